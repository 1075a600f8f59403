# SPDX-License-Identifier: Apache-2.0
"""What weir says about a capture, in a form that can be laid beside another's words."""

import base64
import hashlib
import ipaddress
import struct

# As src/net/net.c names them.
PROTOCOLS = {"hopopt": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipip": 4, "tcp": 6, "egp": 8, "igp": 9,
             "udp": 17, "dccp": 33, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46,
             "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-nonxt": 59, "ipv6-opts": 60,
             "eigrp": 88, "ospf": 89, "ipip-nos": 94, "etherip": 97, "pim": 103, "ipcomp": 108,
             "vrrp": 112, "l2tp": 115, "isis": 124, "sctp": 132, "fc": 133, "mobility": 135,
             "udplite": 136, "mpls-in-ip": 137, "hip": 139, "shim6": 140, "rohc": 142,
             "ethernet": 143}


def number(protocol):
    """IANA number of a `protocol` value; numbers are written out where there is no name."""
    text = str(protocol).lower()
    return PROTOCOLS[text] if text in PROTOCOLS else int(text)


def plain(address):
    """tshark and weir may shorten IPv6 addresses differently, and weir has one kind of address:
    what IPv6 writes as ::ffff:a.b.c.d is a.b.c.d to it."""
    a = ipaddress.ip_address(address)
    return str(getattr(a, "ipv4_mapped", None) or a)


def stats(events):
    """The last stats event: the ledger at the end."""
    last = None
    for e in events:
        if e["event_type"] == "stats":
            last = e["stats"]
    return last


def flatten(value, path=""):
    """Nested objects as dotted names: {'capture.packets': 5, ...}."""
    out = {}
    for key, item in value.items():
        name = path + "." + key if path else key
        if isinstance(item, dict):
            out.update(flatten(item, name))
        else:
            out[name] = int(item) if isinstance(item, str) and item.lstrip("-").isdigit() else item
    return out


def conversations(events):
    """Sum over flow records' deltas, per directed conversation.

    Only TCP, UDP and SCTP have ports here: ICMP's type and code are none."""
    sums = {}

    def add(key, pkts, size):
        if pkts or size:
            count = sums.setdefault(key, [0, 0])
            count[0] += pkts
            count[1] += size

    for e in events:
        if e["event_type"] != "flow":
            continue
        f, proto = e["flow"], number(e["protocol"])
        src, dst = plain(e["src_ip"]), plain(e["dst_ip"])
        ported = proto in (6, 17, 132)
        sport, dport = (e.get("src_port", 0), e.get("dst_port", 0)) if ported else (0, 0)
        add((proto, src, sport, dst, dport), f["fwd_pkts_delta"], f["fwd_bytes_delta"])
        add((proto, dst, dport, src, sport), f["rev_pkts_delta"], f["rev_bytes_delta"])
    return {k: tuple(v) for k, v in sums.items()}


def plainly(talks):
    """Conversations of another program with addresses as plain() writes them."""
    sums = {}
    for (proto, src, sport, dst, dport), (pkts, size) in talks.items():
        count = sums.setdefault((proto, plain(src), sport, plain(dst), dport), [0, 0])
        count[0] += pkts
        count[1] += size
    return {k: tuple(v) for k, v in sums.items()}


def kinds(events):
    """Events that come one per packet; names only on the ports where everybody looks for them."""
    sums = {}
    for e in events:
        kind = e["event_type"]
        if kind in ("arp", "icmp") or kind == "dns" and {53, 5353, 5355} & {e["src_port"],
                                                                            e["dst_port"]}:
            sums[kind] = sums.get(kind, 0) + 1
    return sums


def differences(ours, theirs, name):
    """Sentences about conversations that are not equal."""
    out = []
    for key in sorted(set(ours) | set(theirs)):
        mine, other = ours.get(key, (0, 0)), theirs.get(key, (0, 0))
        if mine != other:
            out.append("proto %d %s:%d -> %s:%d: weir %d packets %d bytes, %s %d packets %d bytes"
                       % (*key, *mine, name, *other))
    return out


def record_faults(events):
    """Flow records have to agree with themselves: dense numbers, deltas that add up, one end."""
    out, seen = [], {}
    for e in events:
        if e["event_type"] != "flow":
            continue
        f = e["flow"]
        s = seen.setdefault(e["flow_id"], {"seq": 0, "sum": [0, 0, 0, 0], "final": False})
        where = "flow %s record %d: " % (e["flow_id"], f["seq"])
        if s["final"]:
            out.append(where + "comes after the final one")
        if f["seq"] != s["seq"] + 1:
            out.append(where + "follows %d" % s["seq"])
        names = ("fwd_pkts", "rev_pkts", "fwd_bytes", "rev_bytes")
        s["sum"] = [a + f[n + "_delta"] for a, n in zip(s["sum"], names)]
        if s["sum"] != [f[n] for n in names]:
            out.append(where + "totals are not the sum of the deltas")
        s["seq"], s["final"] = f["seq"], bool(f.get("final"))
    out += ["flow %s has no final record" % k for k, s in seen.items() if not s["final"]]
    return out


def community_id(proto, src, sport, dst, dport, seed=0):
    """Community ID v1 of a conversation that is neither ICMP nor ICMPv6."""
    one, two = ((ipaddress.ip_address(a).packed, p) for a, p in ((src, sport), (dst, dport)))
    one, two = sorted((one, two))
    data = struct.pack("!H", seed) + one[0] + two[0] + bytes([proto, 0])
    if proto in (6, 17, 132):
        data += struct.pack("!HH", one[1], two[1])
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def community_faults(events):
    """Flow records whose community id is not that of their addresses and ports."""
    out = []
    for e in events:
        if e["event_type"] != "flow" or number(e["protocol"]) in (1, 58):
            continue
        key = (number(e["protocol"]), e["src_ip"], e.get("src_port", 0), e["dst_ip"],
               e.get("dst_port", 0))
        if e.get("community_id") != community_id(*key):
            out.append("proto %d %s:%d -> %s:%d: community id %s, should be %s"
                       % (*key, e.get("community_id"), community_id(*key)))
    return out
