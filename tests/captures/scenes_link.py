# SPDX-License-Identifier: Apache-2.0
"""Link types other than Ethernet, what else Ethernet carries, and time that misbehaves."""

import struct

import layers as L
from files import NSEC
from scene import A, A6, B, B6, DNS, MAC_A, MAC_B, SECOND, START, Talk, at, datagram, scene, when
from dns import answer, query


def both():
    """A short TCP conversation, a DNS question and IPv6, without link headers."""
    t = Talk(link=lambda p: p)
    out = t.open() + [t.c("PA", b"hello")] + t.close()
    out.append(L.ip4(A, DNS, L.UDP, L.udp(A, DNS, 50000, 53, query(1, "link.example.com").bytes())))
    out.append(L.ip4(DNS, A, L.UDP, L.udp(DNS, A, 53, 50000, answer(1, "link.example.com")
                                          .a("link.example.com", B).bytes())))
    out.append(L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 6000, 6001, b"six")))
    return out


def family(p):
    return L.ETH_IP6 if p[0] >> 4 == 6 else L.ETH_IP4


@scene("linktype-raw-101", linktype=101)
def _():
    yield from both()


@scene("linktype-raw-12", linktype=12)
def _():
    yield from both()


@scene("linktype-ipv4-228", linktype=228)
def _():
    yield from (p for p in both() if family(p) == L.ETH_IP4)


@scene("linktype-ipv6-229", linktype=229)
def _():
    yield from (p for p in both() if family(p) == L.ETH_IP6)


@scene("linktype-raw-hostile", linktype=101, flows=False)
def _():
    p = both()[0]
    yield b"\x50" + bytes(p[1:])
    yield b"\x00" + bytes(p[1:])
    yield b""
    yield b"\x45"


def cooked1(p, kind=0, hatype=1, proto=None):
    return L.wrap(struct.pack("!HHH8sH", kind, hatype, 6, L.mac(MAC_A),
                              family(p) if proto is None else proto), p)


def cooked2(p, kind=0, hatype=1, proto=None):
    return L.wrap(struct.pack("!HHIHBB8s", family(p) if proto is None else proto, 0, 2, hatype,
                              kind, 6, L.mac(MAC_A)), p)


def cooked(make):
    for n, p in enumerate(both()):
        yield make(p, kind=(0, 4, 3)[n % 3])
    yield make(L.arp(1, MAC_A, A, "00:00:00:00:00:00", B), proto=L.ETH_ARP)
    yield make(L.vlan(both()[-1], 12), proto=L.ETH_VLAN)


@scene("linktype-linux-cooked-113", linktype=113)
def _():
    yield from cooked(cooked1)


@scene("linktype-linux-cooked-v2-276", linktype=276)
def _():
    yield from cooked(cooked2)


@scene("linktype-linux-cooked-other", linktype=113, flows=False)
def _():
    # 802.2, raw 802.3, CAN, netlink, GRE device; cut headers.
    yield cooked1(L.plain(b"\xaa\xaa\3\0\0\0\x08\0" + both()[0]), proto=4)
    yield cooked1(L.plain(b"\xff\xff" + bytes(30)), proto=1)
    yield cooked1(L.plain(bytes(16)), hatype=280, proto=0xC)
    yield cooked1(L.plain(bytes(16)), hatype=824, proto=0)
    yield cooked1(L.plain(bytes(16)), hatype=778, proto=L.ETH_IP4)
    whole = cooked1(both()[0])
    for n in (0, 1, 13, 14, 15, 16, 17):
        yield bytes(whole[:n])


def null(p, order, af6=24):
    return L.wrap(struct.pack(order + "I", af6 if family(p) == L.ETH_IP6 else 2), p)


@scene("linktype-null-0", linktype=0)
def _():
    for p in both():
        yield null(p, "<")
        yield null(p, ">")
    for af6 in (10, 24, 28, 30):
        yield null(both()[-1], "<", af6)
        yield null(both()[-1], ">", af6)


@scene("linktype-loop-108", linktype=108)
def _():
    for p in both():
        yield null(p, ">")
    for af6 in (10, 24, 28, 30):
        yield null(both()[-1], ">", af6)


@scene("linktype-null-other", linktype=0, flows=False)
def _():
    for af in (0, 1, 7, 23, 99, 0xFFFFFFFF):
        yield struct.pack("<I", af) + bytes(both()[0])
    for n in range(6):
        yield bytes(null(both()[0], "<"))[:n]
    yield struct.pack("<I", 2) + bytes(both()[-1])


@scene("linktype-radiotap-127", linktype=127, status=4, flows=False)
def _():
    head = b"\0\0\x08\0\0\0\0\0"
    frame = b"\x08\1\0\0" + L.mac(MAC_B) + L.mac(MAC_A) + L.mac(MAC_B) + b"\x10\0"
    yield head + frame + b"\xaa\xaa\3\0\0\0\x08\0" + bytes(both()[0])


@scene("linktype-unknown-147", linktype=147, status=4, flows=False)
def _():
    yield b"private use 0"


@scene("ethernet-other-types")
def _():
    def other(kind, body):
        return L.ethernet(L.plain(body), kind, MAC_A, MAC_B)

    lldp = (b"\2\7\4" + L.mac(MAC_A) + b"\4\5\5eth0" + b"\6\2\0\x78" + b"\x0a\4weir" + b"\0\0")
    yield L.ethernet(L.plain(lldp), 0x88CC, MAC_A, "01:80:c2:00:00:0e")
    stp = b"\x42\x42\3" + bytes(4) + b"\0" + bytes(30)
    yield L.ethernet(L.plain(stp), len(stp), MAC_A, "01:80:c2:00:00:00", trailer=bytes(8))
    snap = b"\xaa\xaa\3\0\0\x0c\x20\0" + b"\2\xb4" + bytes(20)
    yield L.ethernet(L.plain(snap), len(snap), MAC_A, "01:00:0c:cc:cc:cc")
    yield L.ethernet(L.plain(b"\xff\xff" + bytes(30)), 32, MAC_A, MAC_B)
    yield other(0x88E5, bytes(40))
    yield other(0x8899, bytes(46))
    yield other(0x9000, b"\0\0\1\0" + bytes(42))
    yield other(0x0842, b"\xff" * 6 + L.mac(MAC_B) * 16)
    yield other(0x05DD, bytes(46))
    yield other(0xFFFF, bytes(46))
    yield other(0x1234, b"")


@scene("ethernet-802.3-ip", flows=False)
def _():
    # IP behind LLC and SNAP: legal and rare.  A length of zero and one that lies.
    body = b"\xaa\xaa\3\0\0\0\x08\0" + both()[0]
    yield L.ethernet(L.plain(body), len(body), MAC_A, MAC_B)
    yield L.ethernet(L.plain(body), 0, MAC_A, MAC_B)
    yield L.ethernet(L.plain(body), 1500, MAC_A, MAC_B)
    yield L.ethernet(L.plain(body[:7]), 7, MAC_A, MAC_B)
    yield L.ethernet(L.plain(b"\6\6\3" + both()[0]), 43, MAC_A, MAC_B)


# Time


def tick(n):
    return datagram(A, B, 5000, 5001, b"tick %d" % n)


@scene("time-backwards")
def _():
    for n, second in enumerate((0, 1, 2, 1.5, 0.5, -10, -3600, 3, 200, 100, 201)):
        yield at(second, tick(n))
        yield datagram(B, A, 5001, 5000, b"tock")


@scene("time-epoch-0")
def _():
    for n in range(5):
        yield when(n * SECOND // 2, tick(n))
        yield datagram(B, A, 5001, 5000, b"tock")


@scene("time-jump-of-a-year")
def _():
    yield at(0, tick(0))
    yield at(0.5, tick(1))
    yield at(365 * 86400, tick(2))
    yield at(365 * 86400 + 1, tick(3))
    yield at(10 * 365 * 86400, tick(4))


@scene("time-from-0-to-now")
def _():
    yield when(0, tick(0))
    yield when(START, tick(1))
    yield when(0, tick(2))
    yield when(START + SECOND, tick(3))


@scene("time-all-the-same")
def _():
    for n in range(20):
        yield when(START, tick(n))


@scene("time-last-second", magic=NSEC)
def _():
    # The end of what 32 bits of seconds can say.
    yield when(0xFFFFFFFE * SECOND + 999999999, tick(0))
    yield when(0xFFFFFFFF * SECOND + 999999999, tick(1))


@scene("time-nanoseconds", magic=NSEC)
def _():
    for n in range(10):
        yield when(START + n, tick(n))
