# SPDX-License-Identifier: Apache-2.0
"""The list of scenes, and the small words they are written with.

A scene is a function that yields packets: bytes, or `at(...)` where time or length matter.
Without a word about time a packet comes one millisecond after the one before it.
"""

import layers as L
from files import Packet

START = 1700000000000000000
MS, SECOND = 1000000, 1000000000

A, B, C = "192.0.2.1", "198.51.100.2", "203.0.113.3"
A6, B6, C6 = "2001:db8::1", "2001:db8:1::2", "2001:db8:2::3"
GATE, DNS = "192.0.2.254", "192.0.2.53"
MAC_A, MAC_B, MAC_GATE, MAC_ALL = ("02:00:00:00:00:01", "02:00:00:00:00:02",
                                   "02:00:00:00:00:fe", "ff:ff:ff:ff:ff:ff")

SCENES = []


class Scene:
    """One capture.  `flows` says whether the conversations are known by construction; a file
    scene (`raw`) returns the finished bytes with the packets that are readable in them."""

    def __init__(self, name, make, linktype, flows, raw, status, magic):
        self.name, self.make, self.linktype = name, make, linktype
        self.flows, self.raw, self.status, self.magic = flows, raw, status, magic

    def packets(self):
        out, now = [], START
        for item in self.make():
            if isinstance(item, Packet):
                now = item.ts
                out.append(item)
            else:
                out.append(Packet(now, item))
            now += MS
        return out


def scene(name, linktype=1, flows=True, raw=False, status=0, magic=None):
    def keep(make):
        SCENES.append(Scene(name, make, linktype, flows, raw, status, magic))
        return make
    return keep


def at(seconds, data, wire=None, cut=None):
    """A packet `seconds` after the start, perhaps cut as a snaplen would."""
    return when(START + round(seconds * SECOND), data, wire, cut)


def when(ts, data, wire=None, cut=None):
    p = Packet(ts, data, wire)
    if cut is not None:
        p.data = p.data[:cut]
    return p


class Talk:
    """A TCP conversation that counts sequence numbers by itself; c() client, s() server."""

    def __init__(self, client=A, server=B, sport=40000, dport=80, isn=(1000, 500000),
                 link=L.ethernet):
        self.ends = ((client, sport), (server, dport))
        self.next = list(isn)
        self.link = link

    def send(self, side, flags, data=b"", seq=None, ack=None, ttl=64, **kw):
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        number = self.next[side] if seq is None else seq
        if ack is None:
            ack = self.next[1 - side] if "A" in flags else 0
        if seq is None:
            self.next[side] += len(data) + ("S" in flags) + ("F" in flags)
        segment = L.tcp(src, dst, sport, dport, number, ack, flags, data, **kw)
        extra = {"hop": ttl} if ":" in src else {"ttl": ttl}
        return self.link(L.ip(src, dst, L.TCP, segment, **extra))

    def c(self, flags, data=b"", **kw):
        return self.send(0, flags, data, **kw)

    def s(self, flags, data=b"", **kw):
        return self.send(1, flags, data, **kw)

    def open(self):
        return [self.c("S", options=L.opt_mss(1460)),
                self.s("SA", options=L.opt_mss(1460)), self.c("A")]

    def close(self):
        return [self.c("FA"), self.s("FA"), self.c("A")]


def datagram(src, dst, sport, dport, data=b"", **kw):
    return L.ethernet(L.ip(src, dst, L.UDP, L.udp(src, dst, sport, dport, data, **kw)))
