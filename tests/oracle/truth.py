# SPDX-License-Identifier: Apache-2.0
"""What tshark and capinfos say about a capture, in weir's terms.

tshark prints the chain of protocols of each packet and every occurrence of the fields asked for.
Walking along the chain and taking the occurrences as they come gives the innermost conversation,
as far as it is reached through headers that weir promises to open; anything else (Teredo, L2TP,
the packet quoted by an ICMP error) ends the walk.  Nothing is reassembled: every packet counts as
it was sent.
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
CARRY = {"eth", "ethertype", "vlan", "ieee8021ad", "mpls", "pwethheuristic", "pwethcw",
         "pwethnocw", "pppoes", "ppp", "gre", "erspan", "vxlan", "geneve", "gtp", "sll", "null",
         "raw", "loop"}
TUNNELS = {"gre", "vxlan", "geneve", "gtp"}
PORTS = {"tcp": 6, "udp": 17, "sctp": 132}
MAX_TUNNELS = 4


def tshark(path, decode_as=()):
    """Rows of all packets, each a dict of field -> list of occurrences."""
    command = ["tshark", "-n", "-Q", "-r", path, "-T", "fields", "-E", "separator=/t",
               "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    for item in PREFERENCES:
        command += ["-o", item]
    for item in DECODE_AS + tuple(decode_as):
        command += ["-d", item]
    out = cached("tshark", path, command)
    table = []
    for line in out["stdout"].splitlines():
        values = line.split("\t")
        values += [""] * (len(FIELDS) - len(values))
        table.append({f: v.split("|") if v else [] for f, v in zip(FIELDS, values)})
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


class Walk:
    """One packet's way inwards."""

    def __init__(self, row, fragments):
        self.row, self.fragments = row, fragments
        self.used = {}
        self.ip = None
        self.ports = (0, 0)
        self.fragment = None
        self.tunnels = 0
        self.before = ""

    def take(self, field):
        """The next occurrence of a field."""
        n = self.used.get(field, 0)
        self.used[field] = n + 1
        values = self.row[field]
        return values[n] if n < len(values) else None

    def header4(self):
        src, dst, proto, size = (self.take("ip." + f) for f in ("src", "dst", "proto", "len"))
        ident, offset, more = (self.take("ip." + f) for f in ("id", "frag_offset", "flags.mf"))
        if None in (src, dst, proto, size):
            return False
        self.enter(int(proto), src, dst, int(size))
        if offset is not None and (int(offset) or more == "1"):
            self.fragment = (src, dst, int(proto), ident, int(offset))
        return True

    def header6(self):
        src, dst, proto, size = (self.take("ipv6." + f) for f in ("src", "dst", "nxt", "plen"))
        if None in (src, dst, proto, size):
            return False
        self.enter(int(proto), src, dst, int(size) + 40)
        return True

    def enter(self, proto, src, dst, size):
        if self.ip:
            self.tunnels += self.ip[0] in (4, 41)
        self.ip = [proto, src, dst, size]
        self.ports, self.fragment = (0, 0), None

    def extension(self, token):
        proto = self.take(NEXT[token])
        if proto is None:
            return False
        self.ip[0] = int(proto)
        if token == "ipv6.fraghdr":
            offset, more, ident = (self.take("ipv6.fraghdr." + f)
                                   for f in ("offset", "more", "ident"))
            if offset is not None and (int(offset) or more == "1"):
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
        self.tunnels += token in TUNNELS
        return token in CARRY and (token != "ppp" or self.before == "pppoes")

    def conversation(self):
        """(proto, src, sport, dst, dport), IP bytes; None when there is no IP packet."""
        for token in (self.row["frame.protocols"] or [""])[0].split(":"):
            if not self.step(token):
                break
            self.before = token
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


def conversations(table):
    """Sum of packets and IP bytes per directed conversation."""
    sums, fragments = {}, {}
    for row in table:
        found = Walk(row, fragments).conversation()
        if found:
            count = sums.setdefault(found[0], [0, 0])
            count[0] += 1
            count[1] += found[1]
    return {k: tuple(v) for k, v in sums.items()}


def arp_packets(table):
    return sum("arp" in (row["frame.protocols"] or [""])[0].split(":") for row in table)
