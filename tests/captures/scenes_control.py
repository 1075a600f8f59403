# SPDX-License-Identifier: Apache-2.0
"""ARP, ICMP, ICMPv6 with neighbour discovery, IGMP, and SCTP."""

import struct

import layers as L
from scene import (A, A6, B, B6, C, C6, GATE, MAC_A, MAC_ALL, MAC_B, MAC_GATE, Talk, at, datagram,
                   scene)

NOBODY = "00:00:00:00:00:00"
THIEF = "02:00:00:00:66:66"


def arp(src, dst, *fields):
    return L.ethernet(L.arp(*fields), L.ETH_ARP, src, dst, trailer=b"\0" * 18)


@scene("arp")
def _():
    yield arp(MAC_A, MAC_ALL, 1, MAC_A, A, NOBODY, GATE)
    yield arp(MAC_GATE, MAC_A, 2, MAC_GATE, GATE, MAC_A, A)
    # Unanswered, probe (RFC 5227), announcement as request and as reply.
    yield arp(MAC_A, MAC_ALL, 1, MAC_A, A, NOBODY, "192.0.2.77")
    yield arp(MAC_A, MAC_ALL, 1, MAC_A, "0.0.0.0", NOBODY, "192.0.2.78")
    yield arp(MAC_A, MAC_ALL, 1, MAC_A, "192.0.2.78", NOBODY, "192.0.2.78")
    yield arp(MAC_A, MAC_ALL, 2, MAC_A, "192.0.2.78", MAC_ALL, "192.0.2.78")


@scene("arp-spoof")
def _():
    yield arp(MAC_A, MAC_ALL, 1, MAC_A, A, NOBODY, GATE)
    yield arp(MAC_GATE, MAC_A, 2, MAC_GATE, GATE, MAC_A, A)
    for n in range(5):
        yield at(1 + n, arp(THIEF, MAC_A, 2, THIEF, GATE, MAC_A, A))
        yield arp(THIEF, MAC_GATE, 2, THIEF, A, MAC_GATE, GATE)
    # Ethernet source and ARP sender disagree.
    yield at(9, arp(THIEF, MAC_A, 2, MAC_GATE, GATE, MAC_A, A))


@scene("arp-malformed")
def _():
    good = L.arp(1, MAC_A, A, NOBODY, GATE)
    for bad in (good[:27], good[:8], good[:2], b"",
                b"\0\6" + good[2:], good[:2] + b"\x86\xdd" + good[4:],
                good[:4] + b"\x10\4" + good[6:], good[:4] + b"\6\xff" + good[6:],
                good[:6] + b"\0\x09" + good[8:], good[:6] + b"\0\3" + good[8:]):
        yield L.ethernet(bad, L.ETH_ARP, MAC_A, MAC_ALL)


def ping(src, dst, kind, ident, seq, size=56):
    head = struct.pack("!HH", ident, seq)
    data = bytes(range(256)) * (size // 256 + 1)
    if ":" in src:
        kind = {8: 128, 0: 129}[kind]
        return L.ethernet(L.ip6(src, dst, L.ICMP6, L.icmp6(src, dst, kind, 0, head, data[:size])))
    return L.ethernet(L.ip4(src, dst, L.ICMP, L.icmp(kind, 0, head, data[:size])))


@scene("icmp-echo")
def _():
    for n in range(4):
        yield at(n, ping(A, B, 8, 77, n))
        if n != 2:
            yield at(n + 0.015, ping(B, A, 0, 77, n))
    # A second one at the same time, and a reply without request.
    yield ping(A, B, 8, 78, 0, 0)
    yield ping(B, A, 0, 78, 0, 0)
    yield ping(C, A, 0, 1, 1, 1200)


def error(src, dst, kind, code, rest, quoted):
    return L.ethernet(L.ip4(src, dst, L.ICMP, L.icmp(kind, code, rest, bytes(quoted))))


@scene("icmp-errors-quote-a-flow")
def _():
    probe = L.ip4(A, B, L.UDP, L.udp(A, B, 33000, 33434, b"x" * 20), ttl=1)
    yield L.ethernet(probe)
    yield error(GATE, A, 11, 0, b"\0\0\0\0", probe[:28])
    yield L.ethernet(L.ip4(A, B, L.UDP, L.udp(A, B, 33000, 33435, b"x" * 20)))
    yield error(B, A, 3, 3, b"\0\0\0\0",
                L.ip4(A, B, L.UDP, L.udp(A, B, 33000, 33435, b"x" * 20)))
    t = Talk(link=lambda p: p)
    syn = t.c("S")
    yield L.ethernet(L.ip4(A, B, L.TCP, L.tcp(A, B, 40000, 80, 1000, 0, "S")))
    yield error(GATE, A, 3, 13, b"\0\0\0\0", syn[:28])
    big = L.ip4(A, C, L.TCP, L.tcp(A, C, 40002, 80, 5, 5, "A", b"m" * 1400))
    yield L.ethernet(big)
    yield error(GATE, A, 3, 4, struct.pack("!HH", 0, 1280), big[:28])
    yield error(GATE, A, 5, 1, L.address("192.0.2.253"), big[:28])
    yield error(GATE, A, 4, 0, b"\0\0\0\0", big[:28])
    yield error(GATE, A, 12, 0, b"\x14\0\0\0", big[:28])
    # Quotes of a flow that was never seen, of an ICMP echo, and of an error.
    yield error(GATE, A, 3, 1, b"\0\0\0\0",
                L.ip4(A, "203.0.113.99", L.TCP, L.tcp(A, "203.0.113.99", 9, 9, 0, 0, "S")))
    yield error(GATE, A, 11, 0, b"\0\0\0\0", L.ip4(A, B, L.ICMP, L.icmp(8, 0, b"\0\1\0\1")))
    yield error(GATE, A, 3, 3, b"\0\0\0\0", L.ip4(B, A, L.ICMP, L.icmp(3, 3, b"\0\0\0\0")))


@scene("icmp-errors-malformed")
def _():
    probe = L.ip4(A, B, L.UDP, L.udp(A, B, 33000, 33434, b"x" * 20))
    yield L.ethernet(probe)
    # Quotes cut at every interesting place, with wrong versions and header lengths.
    for quoted in (b"", probe[:1], probe[:19], probe[:20], probe[:21], probe[:23], probe[:24],
                   probe[:27], b"\x4f" + probe[1:28], b"\x40" + probe[1:28],
                   b"\x65" + probe[1:28], b"\0" * 28):
        yield error(GATE, A, 3, 3, b"\0\0\0\0", quoted)
    yield error(GATE, A, 3, 200, b"\0\0\0\0", probe[:28])
    yield error(GATE, A, 250, 1, b"\0\0\0\0", b"?" * 9)
    yield L.ethernet(L.ip4(GATE, A, L.ICMP, L.plain(b"\3")))
    yield L.ethernet(L.ip4(GATE, A, L.ICMP, L.plain(b"")))
    # Multi-part message with an MPLS label stack (RFC 4884, 4950).
    stack = struct.pack("!HHHBB", 0x2000, 0, 8, 1, 1) + struct.pack("!I", 16000 << 12 | 0x101)
    yield error(GATE, A, 11, 0, b"\0\x20\0\0", bytes(probe).ljust(128, b"\0") + stack)


@scene("icmp-other-types")
def _():
    stamp = struct.pack("!HHIII", 5, 1, 1000, 2000, 2001)
    yield L.ethernet(L.ip4(A, B, L.ICMP, L.icmp(13, 0, stamp[:4], stamp[4:])))
    yield L.ethernet(L.ip4(B, A, L.ICMP, L.icmp(14, 0, stamp[:4], stamp[4:])))
    yield L.ethernet(L.ip4(A, B, L.ICMP, L.icmp(17, 0, stamp[:4], bytes(4))))
    yield L.ethernet(L.ip4(B, A, L.ICMP, L.icmp(18, 0, stamp[:4], b"\xff\xff\xff\0")))
    yield L.ethernet(L.ip4(A, "224.0.0.2", L.ICMP, L.icmp(10, 0)))
    yield L.ethernet(L.ip4(GATE, "224.0.0.1", L.ICMP,
                           L.icmp(9, 0, b"\1\2\7\x08", L.address(GATE) + bytes(4))))


LINK_A, LINK_R = "fe80::1", "fe80::fe"


def nd(src, dst, kind, rest, body=b"", hop=255):
    return L.ethernet(L.ip6(src, dst, L.ICMP6, L.icmp6(src, dst, kind, 0, rest, body), hop=hop))


def nd_option(kind, value):
    return bytes([kind, (len(value) + 2) // 8]) + value


@scene("icmpv6-neighbour-discovery")
def _():
    mac_a, mac_r = L.mac(MAC_A), L.mac(MAC_GATE)
    target = "ff02::1:ff00:1"
    yield nd("::", target, 135, bytes(4), L.address(LINK_A))
    yield nd(LINK_A, "ff02::2", 133, bytes(4), nd_option(1, mac_a))
    prefix = struct.pack("!BBIII", 64, 0xC0, 86400, 14400, 0) + L.address("2001:db8::")
    yield nd(LINK_R, "ff02::1", 134, struct.pack("!BBH", 64, 0, 1800),
             bytes(8) + nd_option(1, mac_r) + nd_option(3, prefix)
             + nd_option(5, struct.pack("!HI", 0, 1500)))
    yield nd(A6, "ff02::1:ff00:fe", 135, bytes(4), L.address(LINK_R) + nd_option(1, mac_a))
    yield nd(LINK_R, A6, 136, b"\xe0\0\0\0", L.address(LINK_R) + nd_option(2, mac_r))
    # Unsolicited, with override: what a thief sends.
    yield nd(LINK_R, "ff02::1", 136, b"\x20\0\0\0",
             L.address(LINK_R) + nd_option(2, L.mac(THIEF)))
    yield nd(LINK_R, A6, 137, bytes(4), L.address(B6) * 2)
    # Hop limit below 255, option of length 0, option past the end, cut target.
    yield nd(LINK_R, A6, 136, b"\xe0\0\0\0", L.address(LINK_R), hop=64)
    yield nd(LINK_R, A6, 136, b"\xe0\0\0\0", L.address(LINK_R) + b"\2\0" + mac_r)
    yield nd(LINK_R, A6, 136, b"\xe0\0\0\0", L.address(LINK_R) + b"\2\x09" + mac_r)
    yield nd(LINK_R, A6, 136, b"\xe0\0\0\0", L.address(LINK_R)[:9])


@scene("icmpv6-echo-and-errors")
def _():
    for n in range(3):
        yield ping(A6, B6, 8, 9, n)
        yield ping(B6, A6, 0, 9, n)
    big = L.ip6(A6, B6, L.TCP, L.tcp(A6, B6, 40003, 443, 7, 7, "A", b"m" * 1200))
    yield L.ethernet(big)
    yield nd(C6, A6, 2, struct.pack("!I", 1280), big[:100], hop=60)
    lost = L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 33001, 33434, b"x" * 12), hop=1)
    yield L.ethernet(lost)
    yield nd(C6, A6, 3, bytes(4), bytes(lost), hop=60)
    yield nd(B6, A6, 1, bytes(4), bytes(lost), hop=60)
    yield nd(C6, A6, 4, struct.pack("!I", 6), bytes(lost), hop=60)
    # The quote has an extension header before its ports; others are cut.
    ext = L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 33001, 33434, b"x" * 12),
                extensions=[(60, L.options6())])
    yield nd(C6, A6, 1, bytes(4), bytes(ext), hop=60)
    for n in (0, 1, 39, 40, 43, 44):
        yield nd(C6, A6, 1, bytes(4), bytes(lost[:n]), hop=60)


@scene("icmpv6-multicast-listener")
def _():
    hop = [(0, L.options6(b"\5\2\0\0"))]
    group = L.address("ff02::fb")

    def mld(src, dst, kind, body):
        return L.ethernet(L.ip6(src, dst, L.ICMP6, L.icmp6(src, dst, kind, 0, body[:4], body[4:]),
                                hop=1, extensions=hop))

    yield mld(LINK_R, "ff02::1", 130, struct.pack("!HH", 10000, 0) + bytes(16))
    yield mld(LINK_A, "ff02::fb", 131, bytes(4) + group)
    yield mld(LINK_A, "ff02::2", 132, bytes(4) + group)
    yield mld(LINK_A, "ff02::16", 143, struct.pack("!HH", 0, 1)
              + struct.pack("!BBH", 4, 0, 0) + group)


@scene("igmp")
def _():
    def igmp(src, dst, body):
        whole = body[:2] + struct.pack("!H", L.checksum(body)) + body[4:]
        return L.ethernet(L.ip4(src, dst, L.IGMP, L.plain(whole), ttl=1, options=b"\x94\4\0\0"))

    group = "239.1.2.3"
    yield igmp(GATE, "224.0.0.1", b"\x11\x64\0\0" + bytes(4))
    yield igmp(A, group, b"\x16\0\0\0" + L.address(group))
    yield igmp(A, "224.0.0.2", b"\x17\0\0\0" + L.address(group))
    yield igmp(GATE, "224.0.0.1", b"\x11\x64\0\0" + bytes(4) + b"\x02\x7d\0\0")
    yield igmp(A, "224.0.0.22", b"\x22\0\0\0\0\0\0\2" + b"\4\0\0\0" + L.address(group)
               + b"\1\0\0\1" + L.address("232.1.1.1") + L.address(B))
    yield igmp(A, group, b"\x12\0\0\0" + L.address(group))


@scene("sctp")
def _():
    def c(*chunks, tag=0x22222222):
        return L.ethernet(L.ip4(A, B, L.SCTP, L.sctp(A, B, 38000, 38001, tag, chunks)))

    def s(*chunks):
        return L.ethernet(L.ip4(B, A, L.SCTP, L.sctp(B, A, 38001, 38000, 0x11111111, chunks)))

    init = struct.pack("!IIHHI", 0x11111111, 65536, 10, 10, 1)
    yield c((1, 0, init), tag=0)
    yield s((2, 0, struct.pack("!IIHHI", 0x22222222, 65536, 10, 10, 9)
             + struct.pack("!HH", 7, 12) + b"a cookie"))
    yield c((10, 0, b"a cookie"))
    yield s((11, 0, b""))
    yield c((0, 3, struct.pack("!IHHI", 1, 0, 0, 0) + b"message!"))
    yield s((3, 0, struct.pack("!IIHH", 1, 65536, 0, 0)),
            (0, 3, struct.pack("!IHHI", 9, 0, 0, 0) + b"an answer"))
    yield c((4, 0, struct.pack("!HH", 1, 8) + b"beat"))
    yield s((5, 0, struct.pack("!HH", 1, 8) + b"beat"))
    yield c((7, 0, struct.pack("!I", 9)))
    yield s((8, 0, b""))
    yield c((14, 0, b""))
    other = L.sctp(A6, B6, 1, 2, 3, [(6, 0, b"")])
    yield L.ethernet(L.ip6(A6, B6, L.SCTP, other))


@scene("udp-plain")
def _():
    for n in range(5):
        yield datagram(A, B, 5004, 6000, bytes([n]) * (20 + n))
        yield datagram(B, A, 6000, 5004, bytes([n]) * (200 + n))
    yield datagram(A6, B6, 123, 123, b"\x23" + bytes(47))
    yield datagram(B6, A6, 123, 123, b"\x24" + bytes(47))
    yield datagram(A, "255.255.255.255", 68, 67, b"\1\1\6\0" + bytes(240))
    yield datagram(A, "239.255.255.250", 1900, 1900, b"M-SEARCH * HTTP/1.1\r\n\r\n")
    yield datagram(A, B, 9, 9)
