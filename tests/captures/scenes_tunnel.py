# SPDX-License-Identifier: Apache-2.0
"""Packets in packets: labels, tags and tunnels, alone and in heaps."""

import struct

import layers as L
from scene import A, A6, B, B6, C, C6, GATE, MAC_A, MAC_B, Talk, datagram, scene

IP4IN, IP6IN, GRE, MPLS_IN_IP = 4, 41, 47, 137
TEB, ERSPAN2, ERSPAN3 = 0x6558, 0x88BE, 0x22EB


def inner4(sport=7001, size=20):
    return L.ip4("10.0.0.1", "10.0.0.2", L.UDP,
                 L.udp("10.0.0.1", "10.0.0.2", sport, 7000, b"i" * size))


def inner6(sport=7001):
    a, b = "2001:db8:a::1", "2001:db8:a::2"
    return L.ip6(a, b, L.UDP, L.udp(a, b, sport, 7000, b"i" * 20))


def inner_talk(link=lambda p: p):
    t = Talk("10.0.0.1", "10.0.0.2", 40000, 80, link=link)
    return t.open() + [t.c("PA", b"question"), t.s("PA", b"answer")] + t.close()


def outer(payload, proto, src=A, dst=B, **kw):
    return L.ethernet(L.ip(src, dst, proto, payload, **kw))


def over_udp(payload, port, src=A, dst=B, sport=49999, **kw):
    return L.ethernet(L.ip(src, dst, L.UDP, L.udp(src, dst, sport, port, inner=payload, **kw)))


def tagged(payload, tpid, vid, ethertype=None, **kw):
    src, dst = (L.ip_macs(payload) if ethertype is None else (MAC_A, MAC_B))
    return L.ethernet(L.vlan(payload, vid, ethertype, **kw), tpid, src, dst)


@scene("vlan-8021q")
def _():
    for n, p in enumerate(inner_talk()):
        yield tagged(p, 0x8100, 100, pcp=n % 8)
    # The same addresses in another VLAN, priority tag only, highest id.
    yield tagged(inner4(), 0x8100, 200)
    yield tagged(inner4(), 0x8100, 0, pcp=7, dei=1)
    yield tagged(inner6(), 0x8100, 4095)
    yield tagged(L.arp(1, MAC_A, A, "00:00:00:00:00:00", GATE), 0x8100, 100, L.ETH_ARP)


@scene("vlan-qinq")
def _():
    for tpid in (0x88A8, 0x8100, 0x9100):
        yield tagged(L.vlan(inner4(), 10), tpid, 1000, 0x8100)
        yield tagged(L.vlan(inner6(), 11), tpid, 1000, 0x8100)
    three = L.vlan(L.vlan(inner4(), 3), 2, 0x8100)
    yield tagged(three, 0x88A8, 1, 0x8100)


@scene("vlan-cut-and-deep", flows=False)
def _():
    whole = tagged(L.vlan(inner4(), 10), 0x88A8, 1000, 0x8100)
    for n in (14, 15, 16, 17, 18, 20, 21, 22):
        yield bytes(whole[:n])
    deep = inner4()
    kind = None
    for n in range(20):
        deep, kind = L.vlan(deep, n + 1, kind), 0x8100
        if n > 2:
            yield L.ethernet(deep, 0x8100, MAC_A, MAC_B)


@scene("mpls")
def _():
    for labels in ([16000], [16000, 16001], [16000, 16001, 16002], [0], [2], [3], [100, 7, 101]):
        for inner in (inner4(), inner6()):
            if labels[-1] in (0, 2) and (inner[0] >> 4 == 4) != (labels[-1] == 0):
                continue
            yield L.ethernet(L.mpls(inner, labels), L.ETH_MPLS, MAC_A, MAC_B)
    # Pseudowire with control word.
    for p in (inner4(), inner6()):
        cw = L.wrap(struct.pack("!I", 1), L.ethernet(p))
        yield L.ethernet(L.mpls(cw, [17000, 18000]), L.ETH_MPLS, MAC_A, MAC_B)
    yield L.ethernet(L.mpls(inner4(), [19000]), 0x8848, MAC_A, "01:00:5e:80:00:01")
    yield tagged(L.mpls(inner4(), [20000]), 0x8100, 5, L.ETH_MPLS)


@scene("mpls-hostile", flows=False)
def _():
    # Never a bottom of stack, deep stacks, a cut label, nothing after the bottom.
    yield L.ethernet(struct.pack("!I", 16000 << 12 | 64) * 8 + bytes(20), L.ETH_MPLS, MAC_A, MAC_B)
    for n in (8, 12, 15, 16, 17, 40):
        yield L.ethernet(L.mpls(inner4(), range(100, 100 + n)), L.ETH_MPLS, MAC_A, MAC_B)
    yield L.ethernet(b"\1\2\3", L.ETH_MPLS, MAC_A, MAC_B)
    yield L.ethernet(L.mpls(b"", [16]), L.ETH_MPLS, MAC_A, MAC_B)
    # Pseudowire without control word, generic associated channel (RFC 5586), rubbish.
    yield L.ethernet(L.mpls(L.ethernet(inner4()), [17001]), L.ETH_MPLS, MAC_A, MAC_B)
    yield L.ethernet(L.mpls(b"\x10\0\0\x21" + inner4(), [13]), L.ETH_MPLS, MAC_A, MAC_B)
    yield L.ethernet(L.mpls(b"\xf0" * 40, [17002]), L.ETH_MPLS, MAC_A, MAC_B)


@scene("pppoe")
def _():
    tags = [(0x0101, b""), (0x0103, b"host-1234")]
    for n, code in enumerate((0x09, 0x07, 0x19, 0x65, 0xA7)):
        src, dst = ((MAC_A, MAC_B), (MAC_B, MAC_A))[n % 2]
        yield L.ethernet(L.pppoe_discovery(code, tags, 0x1234 if n > 2 else 0), 0x8863, src, dst)
    for p in inner_talk():
        yield L.ethernet(L.pppoe_session(p), 0x8864, MAC_A, MAC_B)
    yield L.ethernet(L.pppoe_session(inner6()), 0x8864, MAC_A, MAC_B)
    # LCP echo, IPCP: no conversation.
    for proto, body in ((0xC021, b"\x09\1\0\x08abcd"), (0x8021, b"\1\1\0\4")):
        head = struct.pack("!BBHHH", 0x11, 0, 0x1234, len(body) + 2, proto)
        yield L.ethernet(L.plain(head + body), 0x8864, MAC_B, MAC_A)


@scene("pppoe-hostile", flows=False)
def _():
    good = bytes(L.pppoe_session(inner4()))
    for bad in (good[:5], good[:6], good[:7], good[:8], b"\x21" + good[1:], b"\x11\1" + good[2:],
                good[:4] + b"\0\0" + good[6:], good[:4] + b"\0\1" + good[6:],
                good[:4] + b"\xff\xff" + good[6:], good[:6] + b"\x21" + good[8:]):
        yield L.ethernet(bad, 0x8864, MAC_A, MAC_B)


@scene("gre")
def _():
    for kw in ({}, {"key": 0xDEADBEEF}, {"seq": 1}, {"csum": True},
               {"key": 1, "seq": 2, "csum": True}):
        yield outer(L.gre(inner4(), L.ETH_IP4, **kw), GRE)
        yield outer(L.gre(inner6(), L.ETH_IP6, **kw), GRE)
        yield outer(L.gre(L.ethernet(inner4()), TEB, **kw), GRE)
    for p in inner_talk():
        yield outer(L.gre(p, L.ETH_IP4), GRE, A6, B6)
    yield outer(L.gre(L.mpls(inner4(), [16000]), L.ETH_MPLS), GRE)


@scene("gre-other", flows=False)
def _():
    # PPTP (version 1) with and without acknowledgement, keep-alive, unknown type, NHRP.
    ppp = b"\xff\x03\x00\x21" + inner4()
    yield outer(L.plain(struct.pack("!HHHHI", 0x3001, 0x880B, len(ppp), 5, 1) + ppp), GRE)
    yield outer(L.plain(struct.pack("!HHHHII", 0x3081, 0x880B, len(ppp), 5, 2, 1) + ppp), GRE)
    yield outer(L.plain(struct.pack("!HHHHI", 0x2081, 0x880B, 0, 5, 2)), GRE)
    yield outer(L.gre(b"", 0), GRE)
    yield outer(L.gre(b"\1\2\3\4", 0x1234), GRE)
    yield outer(L.gre(bytes(28), 0x2001), GRE)
    # Source route bit (RFC 1701), reserved bits, version 2, cut headers, a wrong checksum.
    yield outer(L.plain(struct.pack("!HHHH", 0x4000, L.ETH_IP4, 0, 0) + bytes(4) + inner4()), GRE)
    yield outer(L.plain(struct.pack("!HH", 0x0007, L.ETH_IP4) + inner4()), GRE)
    yield outer(L.plain(struct.pack("!HH", 0x0700, L.ETH_IP4) + inner4()), GRE)
    yield outer(L.plain(struct.pack("!HHHH", 0x8000, L.ETH_IP4, 0x1234, 0) + inner4()), GRE)
    whole = L.gre(inner4(), L.ETH_IP4, key=1, seq=2, csum=True)
    for n in (0, 1, 3, 4, 7, 8, 11, 12, 15, 16, 17):
        yield outer(L.plain(whole[:n]), GRE)


@scene("ip-in-ip")
def _():
    yield outer(inner4(), IP4IN)
    yield outer(inner6(), IP6IN)
    yield outer(inner4(), IP4IN, A6, B6)
    yield outer(inner6(), IP6IN, A6, B6)
    for p in inner_talk():
        yield outer(p, IP4IN)
    yield outer(inner6(), IP6IN, A6, B6, extensions=[(60, L.options6(b"\4\1\4"))])
    # 6to4 and ISATAP addresses, an ICMP echo inside.
    echo = L.ip4("10.0.0.1", "10.0.0.2", L.ICMP, L.icmp(8, 0, b"\0\1\0\1", b"ping"))
    yield outer(echo, IP4IN)


@scene("vxlan")
def _():
    for p in inner_talk(L.ethernet):
        yield over_udp(L.vxlan(p, 4097), 4789)
    yield over_udp(L.vxlan(L.ethernet(inner6()), 0xFFFFFF), 4789, A6, B6)
    yield over_udp(L.vxlan(L.ethernet(inner4()), 0), 4789, zero=True)
    yield over_udp(L.vxlan(tagged(inner4(), 0x8100, 30), 5), 4789)
    # The same conversation in another segment.
    yield over_udp(L.vxlan(inner_talk(L.ethernet)[0], 4098), 4789)


@scene("vxlan-other", flows=False)
def _():
    # No I flag, GPE, on the old port, cut, an inner ARP, inner rubbish.
    inner = L.ethernet(inner4())
    yield over_udp(L.vxlan(inner, 7, flags=0), 4789)
    yield over_udp(L.vxlan(inner, 7, flags=0xFF), 4789)
    yield over_udp(L.vxlan(inner, 7), 8472)
    yield over_udp(L.plain(L.vxlan(inner, 7)[:7]), 4789)
    yield over_udp(L.plain(L.vxlan(inner, 7)[:8]), 4789)
    yield over_udp(L.plain(L.vxlan(inner, 7)[:21]), 4789)
    arp = L.ethernet(L.arp(1, MAC_A, A, "00:00:00:00:00:00", GATE), L.ETH_ARP, MAC_A, MAC_B)
    yield over_udp(L.vxlan(arp, 7), 4789)
    yield over_udp(L.vxlan(b"\xff" * 30, 7), 4789)
    # From the port, not to it.
    yield L.ethernet(L.ip4(B, A, L.UDP, L.udp(B, A, 4789, 49999, inner=L.vxlan(inner, 7))))


@scene("geneve")
def _():
    opts = struct.pack("!HBB", 0x0102, 0x80, 1) + b"abcd" + struct.pack("!HBB", 0x0103, 1, 0)
    for p in inner_talk(L.ethernet):
        yield over_udp(L.geneve(p, 77, options=opts), 6081)
    yield over_udp(L.geneve(L.ethernet(inner6()), 78), 6081, A6, B6)
    yield over_udp(L.geneve(inner4(), 79, proto=L.ETH_IP4), 6081)
    yield over_udp(L.geneve(inner6(), 79, proto=L.ETH_IP6, options=bytes(4) * 63), 6081)


@scene("geneve-hostile", flows=False)
def _():
    whole = L.geneve(L.ethernet(inner4()), 80)
    for bad in (whole[:7], whole[:8], b"\x3f" + whole[1:], b"\x40" + whole[1:],
                whole[:2] + b"\x12\x34" + whole[4:], b"\0\x80" + whole[2:]):
        yield over_udp(L.plain(bad), 6081)


@scene("gtp-u")
def _():
    session = (0x85, b"\x10\x09")
    for p in inner_talk():
        yield over_udp(L.gtpu(p, 0x11223344), 2152, sport=2152)
    yield over_udp(L.gtpu(inner4(), 1, seq=5), 2152)
    yield over_udp(L.gtpu(inner4(), 1, extensions=[session]), 2152)
    yield over_udp(L.gtpu(inner6(), 1, seq=6, extensions=[session, (0xC0, b"\0\7")]), 2152)
    yield over_udp(L.gtpu(inner6(), 1, npdu=9), 2152, A6, B6)
    # Echo request and answer, error indication, end marker: nothing inside.
    for kind, body in ((1, b""), (2, b"\x0e\0"), (26, b"\x10\0\0\0\1\x85\0\4" + L.address(A)),
                       (254, b"")):
        frame = over_udp(L.gtpu(L.plain(body), 0, kind=kind, seq=1), 2152, sport=2152)
        frame.flow, frame.ip_bytes = (L.UDP, A, 2152, B, 2152), len(frame) - 14
        yield frame


@scene("gtp-u-hostile", flows=False)
def _():
    whole = L.gtpu(inner4(), 1, seq=1, extensions=[(0x85, b"\x10\x09")])
    for bad in (whole[:7], whole[:8], whole[:11], whole[:12], whole[:13], whole[:16],
                b"\x10" + whole[1:], b"\x50" + whole[1:], whole[:2] + b"\0\0" + whole[4:],
                whole[:2] + b"\xff\xff" + whole[4:], whole[:12] + b"\0" + whole[13:],
                whole[:12] + b"\xff" + whole[13:], whole[:8] + b"\0\0\0\x85" + b"\1\0\0\x85" * 20):
        yield over_udp(L.plain(bad), 2152)
    yield over_udp(L.gtpu(b"\x55" * 40, 2), 2152)


@scene("erspan")
def _():
    for p in inner_talk(L.ethernet):
        yield outer(L.gre(L.erspan2(p, 100, vid=7, index=3), ERSPAN2, seq=9), GRE)
    yield outer(L.gre(L.ethernet(inner4()), ERSPAN2), GRE)
    yield outer(L.gre(L.erspan3(L.ethernet(inner4()), 101, stamp=12345), ERSPAN3, seq=1), GRE)
    yield outer(L.gre(L.erspan3(L.ethernet(inner6()), 101, sub=True), ERSPAN3, seq=2), GRE)


@scene("erspan-hostile", flows=False)
def _():
    two = L.erspan2(L.ethernet(inner4()), 100)
    three = L.erspan3(L.ethernet(inner4()), 101, sub=True)
    for n in (0, 4, 7, 8, 20):
        yield outer(L.gre(L.plain(two[:n]), ERSPAN2, seq=1), GRE)
    for n in (0, 8, 11, 12, 19, 20):
        yield outer(L.gre(L.plain(three[:n]), ERSPAN3, seq=1), GRE)
    yield outer(L.gre(L.plain(b"\xf0" + two[1:]), ERSPAN2, seq=1), GRE)
    yield outer(L.gre(L.plain(b"\xf0" + three[1:]), ERSPAN3, seq=1), GRE)


@scene("tunnels-nested")
def _():
    # VLAN, IPv4, UDP, VXLAN, Ethernet, VLAN, MPLS, IPv6, GRE, IPv4, TCP and so on.
    yield over_udp(L.vxlan(tagged(L.mpls(L.ip6(A6, B6, GRE, L.gre(inner4(), L.ETH_IP4)), [16000]),
                                  0x8100, 9, L.ETH_MPLS), 5), 4789)
    yield outer(L.ip6(A6, B6, IP4IN, inner4()), IP6IN)
    yield over_udp(L.gtpu(L.ip4(C, B, GRE, L.gre(inner6(), L.ETH_IP6)), 1), 2152)
    yield outer(L.gre(L.ip6(C6, B6, IP6IN, inner6()), L.ETH_IP6, key=1), GRE)
    frag = L.udp("10.0.0.1", "10.0.0.2", 7100, 7000, b"f" * 800)
    for offset in (0, 400):
        part = L.ip4("10.0.0.1", "10.0.0.2", L.UDP, L.plain(frag[offset:offset + 400 + offset]),
                     ident=9, mf=not offset, offset=offset, df=False)
        part.flow = frag.flow
        yield outer(part, IP4IN)


@scene("tunnels-without-end", flows=False)
def _():
    # More headers than anyone may follow: the limit has to hold and to be counted.
    for depth in (3, 7, 8, 12, 13, 14, 15, 16, 17, 30, 60):
        p = inner4()
        for n in range(depth):
            p = L.ip4("10.1.%d.1" % n, "10.1.%d.2" % n, IP4IN, L.plain(p))
        yield L.ethernet(p)
    for depth in (2, 3, 4, 5, 6, 12):
        p = L.ethernet(inner4())
        for n in range(depth):
            p = over_udp(L.vxlan(L.plain(p), n), 4789)
        yield p
    p = inner6()
    for n in range(40):
        p = L.ip6(A6, B6, 60, L.plain(bytes([IP6IN]) + L.options6() + p))
    yield L.ethernet(p)
    p = inner4()
    for n in range(30):
        p = L.ip4(A, B, GRE, L.gre(L.plain(p), L.ETH_IP4))
    yield L.ethernet(p)


@scene("tunnels-in-fragments", flows=False)
def _():
    # The tunnel header is in the first piece, its rest in another.
    whole = L.udp(A, B, 49999, 4789, L.vxlan(L.ethernet(inner4(size=900)), 5))
    for offset, end in ((0, 480), (480, len(whole))):
        yield L.ethernet(L.ip4(A, B, L.UDP, L.plain(whole[offset:end]), ident=77, offset=offset,
                               mf=end < len(whole), df=False))
    whole = L.plain(inner4(size=900))
    for offset, end in ((0, 480), (480, len(whole))):
        yield L.ethernet(L.ip4(A, B, IP4IN, L.plain(whole[offset:end]), ident=78, offset=offset,
                               mf=end < len(whole), df=False))
    # An ICMP error quoting a tunnel packet.
    quoted = L.ip4(A, B, GRE, L.gre(inner4(), L.ETH_IP4))
    yield L.ethernet(L.ip4(GATE, A, L.ICMP, L.icmp(11, 0, bytes(4), bytes(quoted))))


@scene("tunnels-other", flows=False)
def _():
    # Tunnels nobody promised to open: Teredo, L2TP, WireGuard, EtherIP, MPLS in IP and in UDP,
    # PPP in HDLC, Linux bareudp; they are conversations of their outer packets.
    yield datagram(A, B, 50000, 3544, inner6())
    yield datagram(A, B, 1701, 1701, b"\0\2\0\1\0\2\xff\3\0\x21" + inner4())
    yield datagram(A, B, 51820, 51820, b"\4\0\0\0" + bytes(44))
    yield outer(L.plain(b"\x30\0" + L.ethernet(inner4())), 97)
    yield outer(L.plain(L.mpls(inner4(), [16000])), MPLS_IN_IP)
    yield datagram(A, B, 50000, 6635, L.mpls(inner4(), [16000]))
