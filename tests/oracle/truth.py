# SPDX-License-Identifier: Apache-2.0
"""What tshark and capinfos say about a capture, in weir's terms.

tshark prints the chain of protocols of each packet and every occurrence of the fields asked for.
Walking along the chain and taking the occurrences as they come gives the innermost conversation,
as far as it is reached through headers that weir promises to open; anything else (Teredo, L2TP,
the packet quoted by an ICMP error) ends the walk.  Nothing is reassembled: every packet counts as
it was sent.

The walk keeps weir's rules, which tshark has not: a tunnel in a fragment is not entered, UDP
tunnels are known by their destination port, and there are at most 4 tunnels, 3 tags of a frame
and 8 extension headers of an IPv6 packet.  A packet beyond the last two has no conversation, or
that around its tunnel.
"""

import gzip
import hashlib
import json
import os
import subprocess

SOLE = ("frame.len", "frame.cap_len", "frame.protocols")
NEXT = {"ipv6.hopopts": "ipv6.hopopts.nxt", "ipv6.routing": "ipv6.routing.nxt",
        "ipv6.dstopts": "ipv6.dstopts.nxt", "ipv6.fraghdr": "ipv6.fraghdr.nxt",
        "ah": "ah.next_header"}
FIELDS = SOLE + ("ip.src", "ip.dst", "ip.proto", "ip.len", "ip.id", "ip.frag_offset",
                 "ip.flags.mf", "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen",
                 "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident",
                 "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
                 "sctp.srcport", "sctp.dstport") + tuple(NEXT.values())

PREFERENCES = ("ip.defragment:FALSE", "ipv6.defragment:FALSE", "ip.tso_support:TRUE",
               "tcp.desegment_tcp_streams:FALSE", "ip.use_geoip:FALSE", "ipv6.use_geoip:FALSE",
               "nameres.network_name:FALSE")

# Decode-as rules: ports that weir opens and tshark does not by itself.
DECODE_AS = ("udp.port==8472,vxlan",)

# Headers through which weir follows a packet.
CARRY = {"eth", "ethertype", "llc", "vlan", "ieee8021ad", "mpls", "pwethheuristic", "pwethcw",
         "pwethnocw", "pppoes", "ppp", "gre", "erspan", "vxlan", "geneve", "gtp", "sll", "null",
         "raw", "loop"}
TUNNELS = {"gre": None, "vxlan": (4789, 4790, 8472), "geneve": (6081,), "gtp": (2152,)}
TAGS = {"vlan", "ieee8021ad"}
PORTS = {"tcp": 6, "udp": 17, "sctp": 132}
MAX_TUNNELS, MAX_TAGS, MAX_EXTENSIONS = 4, 3, 8

# One event per packet: what is asked beside, of the captures that have such packets.
KINDS = {"arp": "arp", "rarp": "arp", "icmp": "icmp", "icmpv6": "icmp",
         "dns": "dns", "mdns": "dns", "llmnr": "dns"}
NAME_PORTS = {53, 5353, 5355}
MORE = ("frame.protocols", "arp.hw.type", "arp.proto.type", "arp.hw.size", "arp.proto.size",
        "arp.dst.proto_ipv4", "ip.hdr_len", "dns.flags.opcode", "dns.count.queries",
        "dns.count.add_rr")


def tshark(path, decode_as=()):
    """Rows of all packets, each a dict of field -> list of occurrences."""
    return fields(path, FIELDS, decode_as)


def more(path, table, decode_as=()):
    """The fields of MORE, row by row; [] when no packet of the capture has a use for them."""
    wanted = any(token in KINDS for row in table
                 for token in (row["frame.protocols"] or [""])[0].split(":"))
    return fields(path, MORE, decode_as)[0] if wanted else []


def fields(path, names, decode_as):
    command = ["tshark", "-n", "-Q", "-r", path, "-T", "fields", "-E", "separator=/t",
               "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in names:
        command += ["-e", field]
    for item in PREFERENCES:
        command += ["-o", item]
    for item in DECODE_AS + tuple(decode_as):
        command += ["-d", item]
    out = cached("tshark", path, command)
    table = []
    for line in out["stdout"].splitlines():
        values = line.split("\t")
        values += [""] * (len(names) - len(values))
        table.append({f: v.split("|") if v else [] for f, v in zip(names, values)})
    return table, out


def capinfos(path):
    """(packets, bytes) by capinfos, or None where it cannot say."""
    out = cached("capinfos", path, ["capinfos", "-M", "-T", "-r", "-c", "-d", path])
    last = (out["stdout"].splitlines() or [""])[-1].split("\t")
    if len(last) < 3 or not last[1].isdigit() or not last[2].isdigit():
        return None
    return int(last[1]), int(last[2])


def cached(name, path, command):
    """Output of a command about a file; kept below WEIR_ORACLE_CACHE when that is set."""
    folder = os.environ.get("WEIR_ORACLE_CACHE")
    kept = None
    if folder:
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read())
        digest.update("\0".join(c for c in command if c != path).encode())
        kept = os.path.join(folder, "%s-%s.gz" % (name, digest.hexdigest()[:32]))
        if os.path.exists(kept):
            with gzip.open(kept, "rt", encoding="utf-8") as f:
                return json.load(f)
    p = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    out = {"stdout": p.stdout.decode("utf-8", "replace"), "status": p.returncode,
           "stderr": p.stderr.decode("utf-8", "replace")}
    if kept:
        os.makedirs(folder, exist_ok=True)
        with gzip.open(kept + ".%d" % os.getpid(), "wt", encoding="utf-8") as f:
            json.dump(out, f)
        os.rename(kept + ".%d" % os.getpid(), kept)
    return out


class TooDeep(Exception):
    """More headers of a kind than weir reads."""


class Walk:
    """One packet's way inwards."""

    def __init__(self, row, fragments):
        self.row, self.fragments = row, fragments
        self.used = {}
        self.ip = None
        self.outer = None
        self.ports = (0, 0)
        self.fragment = None
        self.tunnels = self.tags = self.extensions = 0
        self.before = self.end = ""

    def take(self, field):
        """The next occurrence of a field."""
        n = self.used.get(field, 0)
        self.used[field] = n + 1
        values = self.row[field]
        return values[n] if n < len(values) else None

    def header4(self):
        src, dst, proto, size = (self.take("ip." + f) for f in ("src", "dst", "proto", "len"))
        ident, offset, more_ = (self.take("ip." + f) for f in ("id", "frag_offset", "flags.mf"))
        if None in (src, dst, proto, size) or not self.enter(int(proto), src, dst, int(size)):
            return False
        if offset is not None and (int(offset) or more_ == "1"):
            self.fragment = (src, dst, int(proto), ident, int(offset))
        return True

    def header6(self):
        src, dst, proto, size = (self.take("ipv6." + f) for f in ("src", "dst", "nxt", "plen"))
        if None in (src, dst, proto, size):
            return False
        return self.enter(int(proto), src, dst, int(size) + 40)

    def enter(self, proto, src, dst, size):
        if self.ip and self.ip[0] in (4, 41) and not self.tunnel():
            return False
        self.ip = [proto, src, dst, size]
        self.ports, self.fragment, self.extensions = (0, 0), None, 0
        return True

    def tunnel(self, ports=None):
        """Whether weir would look inside."""
        if self.fragment or self.tunnels == MAX_TUNNELS or (ports and self.ports[1] not in ports):
            return False
        self.tunnels += 1
        self.tags = 0
        self.outer = (*self.ip, self.ports) if self.ip else None
        return True

    def extension(self, token):
        proto = self.take(NEXT[token])
        if proto is None:
            return False
        self.extensions += 1
        if self.extensions > MAX_EXTENSIONS:
            raise TooDeep
        self.ip[0] = int(proto)
        if token == "ipv6.fraghdr":
            offset, more_, ident = (self.take("ipv6.fraghdr." + f)
                                    for f in ("offset", "more", "ident"))
            if offset is not None and (int(offset) or more_ == "1"):
                self.fragment = (self.ip[1], self.ip[2], 0, ident, int(offset))
        return True

    def transport(self, token):
        src, dst = self.take(token + ".srcport"), self.take(token + ".dstport")
        if src is None or dst is None or self.ip[0] != PORTS[token]:
            return False
        self.ports = (int(src), int(dst))
        return token == "udp"

    def step(self, token):
        """Whether the way goes on behind this header."""
        if token == "ip":
            return self.header4()
        if token == "ipv6":
            return self.header6()
        if token in NEXT:
            return self.ip is not None and self.extension(token)
        if token in PORTS:
            return self.ip is not None and self.transport(token)
        if token in TUNNELS:
            return (token != "gre" or self.ip[0] == 47) and self.tunnel(TUNNELS[token])
        self.tags += token in TAGS
        if self.tags > MAX_TAGS:
            raise TooDeep
        return token in CARRY and (token != "ppp" or self.before in ("pppoes", "gre"))

    def conversation(self):
        """(proto, src, sport, dst, dport), IP bytes; None when there is no IP packet."""
        try:
            for self.end in (self.row["frame.protocols"] or [""])[0].split(":"):
                if not self.step(self.end):
                    break
                self.before = self.end
        except TooDeep:
            if not self.outer:
                return None
            *self.ip, self.ports = self.outer
            self.fragment, self.end = None, ""
        if not self.ip:
            return None
        proto, src, dst, size = self.ip
        if self.fragment:
            *key, offset = self.fragment
            if offset == 0:
                self.fragments[tuple(key)] = self.ports
            else:
                self.ports = self.fragments.get(tuple(key), (0, 0))
        return (proto, src, self.ports[0], dst, self.ports[1]), size

    def kind(self, about):
        """The event weir makes of the packet beside the common ones; after conversation()."""
        kind = KINDS.get(self.end)
        if kind == "arp":
            of = [(about["arp." + f] or [""])[0] for f in ("hw.type", "proto.type", "hw.size",
                                                           "proto.size")]
            whole = of[:1] == ["1"] and int(of[1] or "0", 0) == 0x0800 and of[2:] == ["6", "4"]
            return kind if not self.ip and whole and about["arp.dst.proto_ipv4"] else None
        if kind == "dns":
            return kind if self.is_message(about) else None
        if kind == "icmp":
            return kind if self.has_icmp_header(about) else None
        return None

    def is_message(self, about):
        """A header of DNS that is whole, with an opcode there is."""
        opcode, last = about["dns.flags.opcode"], about["dns.count.add_rr"]
        return bool(NAME_PORTS & set(self.ports) and opcode and last and int(opcode[0]) <= 6)

    def has_icmp_header(self, about):
        """Eight bytes of it; the snapshot length cuts at the end."""
        cut = int(self.row["frame.len"][0]) - int(self.row["frame.cap_len"][0])
        header = 40 if ":" in self.ip[1] else int(about["ip.hdr_len"][self.used["ip.src"] - 1])
        return self.ip[3] - header - max(cut, 0) >= 8


def conversations(table, about):
    """Sum of packets and IP bytes per directed conversation, and packets of each kind."""
    sums, kinds, fragments = {}, {}, {}
    for n, row in enumerate(table):
        walk = Walk(row, fragments)
        found = walk.conversation()
        if found:
            count = sums.setdefault(found[0], [0, 0])
            count[0] += 1
            count[1] += found[1]
        kind = walk.kind(about[n]) if n < len(about) else None
        if kind:
            kinds[kind] = kinds.get(kind, 0) + 1
    return {k: tuple(v) for k, v in sums.items()}, kinds
