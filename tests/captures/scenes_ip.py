# SPDX-License-Identifier: Apache-2.0
"""IP itself: options, extension headers, fragments, wrong lengths and checksums, cut packets."""

import struct

import layers as L
from scene import A, A6, B, B6, C, DNS, MAC_A, MAC_B, Talk, at, datagram, scene
from dns import answer, query


@scene("ipv4-options")
def _():
    seg = L.tcp(A, B, 40000, 80, 1000, 0, "S")
    for opts in (b"\1\1\1\0", b"\x94\4\0\0",
                 b"\x07\x0b\x04" + bytes(8),
                 b"\x83\x07\x08" + L.address(C) + b"\0",
                 b"\x44\x0c\5\0" + bytes(8), b"\1" * 40):
        yield L.ethernet(L.ip4(A, B, L.TCP, seg, options=opts))
    # Option lengths 0 and past the end; the header itself is sound.
    for opts in (b"\x07\0\4\0", b"\x07\x27\4\0", b"\x07\1\4\0"):
        yield L.ethernet(L.ip4(A, B, L.TCP, seg, options=opts))


@scene("ipv6-extension-headers")
def _():
    def udp(**kw):
        return L.ethernet(L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 7000, 7001, b"payload!"), **kw))

    hop = (0, L.options6(b"\5\2\0\0"))
    dst = (60, L.options6(b"\x1e\4abcd"))
    routing = (43, bytes([2, 2, 0]) + bytes(4) + L.address(B6))
    srh = (43, bytes([2, 4, 1, 0, 0, 0, 0]) + L.address(B6))
    ah = (51, bytes([4, 0, 0]) + struct.pack("!II", 0x1234, 1) + bytes(12))
    yield udp(extensions=[hop])
    yield udp(extensions=[dst])
    yield udp(extensions=[routing])
    yield udp(extensions=[srh])
    yield udp(extensions=[ah])
    yield udp(extensions=[hop, dst, (43, bytes([0, 0, 0]) + bytes(4)), ah, dst])
    yield udp(extensions=[(60, L.options6(*[b"\x1e\x0e" + bytes(14)] * 9))])
    # No next header.
    yield L.ethernet(L.ip6(A6, B6, 59, L.plain(b"ignored")))
    # ESP hides what follows.
    esp = L.plain(struct.pack("!II", 0x1000, 1) + bytes(range(64)))
    yield L.ethernet(L.ip6(A6, B6, 50, esp))


@scene("ipv6-extension-headers-hostile", flows=False)
def _():
    def udp(**kw):
        return L.ethernet(L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 7000, 7001, b"payload!"), **kw))

    dst = (60, L.options6())
    for n in (7, 8, 9, 15, 16, 17, 40):
        yield udp(extensions=[dst] * n)
    # A length past the end, hop-by-hop not first, twice the same.
    yield udp(extensions=[(60, b"\xff" + bytes(6))])
    yield udp(extensions=[dst, (0, L.options6())])
    yield udp(extensions=[(0, L.options6()), (0, L.options6())])
    # Jumbo option with a payload length of zero, and without need.
    jumbo = (0, b"\0" + b"\xc2\4" + struct.pack("!I", 24))
    yield udp(extensions=[jumbo], plen=0)
    yield udp(extensions=[jumbo])
    yield udp(plen=0)
    # Mobility header; experimental 253 in the place of a header.
    yield udp(extensions=[(135, b"\0\1\0\0\0\0\0")])
    yield udp(extensions=[(253, b"\0" + bytes(6))])
    # AH of length 0, routing cut in its address.
    yield udp(extensions=[(51, b"\0" + bytes(6))])
    yield L.ethernet(L.ip6(A6, B6, 43, L.plain(b"\x11\4\2\0\0\0\0\0" + bytes(8))))


@scene("ipsec-ipv4")
def _():
    inner = L.tcp(A, B, 40000, 80, 1, 1, "A", b"seen")
    ah = L.wrap(bytes([L.TCP, 4, 0, 0]) + struct.pack("!II", 0x1234, 1) + bytes(12), inner)
    frame = L.ip4(A, B, 51, ah)
    yield L.ethernet(frame)
    yield L.ethernet(L.ip4(A, B, 50, L.plain(struct.pack("!II", 7, 1) + bytes(range(48)))))
    yield L.ethernet(L.ip4(B, A, 50, L.plain(struct.pack("!II", 8, 1) + bytes(range(32)))))
    # ESP and IKE in UDP 4500.
    yield datagram(A, B, 4500, 4500, struct.pack("!II", 7, 2) + bytes(range(48)))
    yield datagram(A, B, 4500, 4500, bytes(4) + bytes(28))
    yield datagram(A, B, 4500, 4500, b"\xff")


def pieces(src, dst, proto, whole, step, ident, flow=None, **kw):
    """A datagram as fragments of `step` bytes; all belong to the conversation of the first."""
    out = []
    for offset in range(0, len(whole), step):
        part = L.plain(whole[offset:offset + step])
        more = offset + step < len(whole)
        if ":" in src:
            ext = [(44, L.fragment6(offset, more, ident))]
            frame = L.ip6(src, dst, proto, part, extensions=ext, **kw)
        else:
            frame = L.ip4(src, dst, proto, part, ident=ident, mf=more, offset=offset, df=False,
                          **kw)
        frame.flow = flow or whole.flow
        out.append(L.ethernet(frame))
    return out


def big(src, dst, sport, dport, size=2900):
    return L.udp(src, dst, sport, dport, bytes(i * 7 & 255 for i in range(size)))


@scene("ipv4-fragments")
def _():
    yield from pieces(A, B, L.UDP, big(A, B, 6001, 6002), 1480, 100)
    yield from pieces(A, B, L.UDP, big(A, B, 6001, 6002), 1480, 101)
    yield from pieces(B, A, L.UDP, big(B, A, 6002, 6001, 4000), 800, 102)
    # Two datagrams of different conversations, their fragments interleaved.
    one = pieces(A, B, L.UDP, big(A, B, 6003, 6004), 1000, 103)
    two = pieces(A, B, L.UDP, big(A, B, 6005, 6006), 1000, 104)
    for pair in zip(one, two):
        yield from pair
    # The same identification between others and for another protocol.
    yield from pieces(A, C, L.UDP, big(A, C, 6007, 6008), 1480, 100)
    yield from pieces(A, B, L.TCP, L.tcp(A, B, 6009, 80, 5, 5, "A", b"t" * 2000), 1480, 100)
    answer_ = answer(9, "big.example.com", "TXT").record("big.example.com", "TXT",
                                                         (b"\xff" + b"k" * 255) * 8)
    yield from pieces(DNS, A, L.UDP, L.udp(DNS, A, 53, 6010, answer_.bytes()), 1480, 105)


@scene("ipv4-fragments-out-of-order", flows=False)
def _():
    one, two = pieces(A, B, L.UDP, big(A, B, 6001, 6002), 1480, 200)
    yield two
    yield one
    parts = pieces(A, B, L.UDP, big(A, B, 6003, 6004, 5000), 1000, 201)
    yield from reversed(parts)
    # First piece never comes; then the same identification long after.
    yield from pieces(A, B, L.UDP, big(A, B, 6005, 6006), 1000, 202)[1:]
    yield at(70, pieces(A, B, L.UDP, big(A, B, 6007, 6008), 1000, 202)[0])
    # Last piece never comes.
    yield from pieces(A, B, L.UDP, big(A, B, 6009, 6010), 1000, 203)[:-1]


@scene("ipv4-fragments-hostile", flows=False)
def _():
    whole = big(A, B, 6001, 6002, 1000)

    def part(offset, end, mf, ident, **kw):
        return L.ethernet(L.ip4(A, B, L.UDP, L.plain(whole[offset:end]), ident=ident, mf=mf,
                                offset=offset, df=False, **kw))

    # Overlap (teardrop), double, double with other bytes.
    yield part(0, 520, True, 300)
    yield part(400, 1008, False, 300)
    yield part(0, 520, True, 301)
    yield part(0, 520, True, 301)
    yield L.ethernet(L.ip4(A, B, L.UDP, L.plain(b"\x42" * 520), ident=301, mf=True, df=False))
    yield part(520, 1008, False, 301)
    # Tiny: the ports, then half of them (RFC 1858).
    seg = L.tcp(A, B, 6003, 22, 1, 0, "S")
    for offset, end in ((0, 8), (8, 16), (16, 20)):
        yield L.ethernet(L.ip4(A, B, L.TCP, L.plain(seg[offset:end]), ident=302, mf=end < 20,
                               offset=offset, df=False))
    yield L.ethernet(L.ip4(A, B, L.TCP, L.plain(seg[:2]), ident=303, mf=True, df=False))
    yield L.ethernet(L.ip4(A, B, L.TCP, L.plain(b""), ident=304, mf=True, df=False))
    # Offset 8 rewrites the flags; past 65535 (ping of death); length not a multiple of 8.
    yield L.ethernet(L.ip4(A, B, L.TCP, L.plain(seg[8:]), ident=305, offset=8, df=False))
    yield L.ethernet(L.ip4(A, B, L.ICMP, L.plain(b"D" * 1000), ident=306, offset=65528, df=False))
    yield part(0, 13, True, 307)
    # DF set on a fragment, reserved bit.
    raw = bytearray(part(0, 520, True, 308))
    raw[20] |= 0xC0
    yield bytes(raw)


@scene("ipv4-fragment-flood", flows=False)
def _():
    # More unfinished datagrams than anyone should remember.
    for n in range(300):
        yield L.ethernet(L.ip4("192.0.2.%d" % (n % 250 + 1), B, L.UDP, L.plain(b"f" * 24),
                               ident=n, mf=True, offset=8 * (n % 5), df=False))


@scene("ipv6-fragments")
def _():
    yield from pieces(A6, B6, L.UDP, big(A6, B6, 6001, 6002), 1400, 0x10001)
    yield from pieces(B6, A6, L.UDP, big(B6, A6, 6002, 6001, 4000), 1000, 0x10001)
    # Atomic (RFC 6946): not a fragment at all.
    atomic = L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 6003, 6004, b"whole"),
                   extensions=[(44, L.fragment6(0, 0, 7))])
    yield L.ethernet(atomic)


@scene("ipv6-fragments-hostile", flows=False)
def _():
    one, two = pieces(A6, B6, L.UDP, big(A6, B6, 6001, 6002), 1480, 1)
    yield two
    yield one
    # The ports are not in the first piece: the destination options are.
    ext = L.options6(*[b"\x1e\x0e" + bytes(14)] * 2)
    seg = L.udp(A6, B6, 6003, 6004, b"late ports")
    body = bytes([L.UDP]) + ext + seg
    for offset in range(0, len(body), 16):
        part = L.plain(body[offset:offset + 16])
        yield L.ethernet(L.ip6(A6, B6, 60, part, extensions=[
            (44, L.fragment6(offset, offset + 16 < len(body), 2))]))
    # Fragment header twice, cut short, with a next header of hop-by-hop.
    twice = [(44, L.fragment6(0, 0, 3)), (44, L.fragment6(0, 1, 4))]
    yield L.ethernet(L.ip6(A6, B6, L.UDP, L.plain(seg), extensions=twice))
    yield L.ethernet(L.ip6(A6, B6, 44, L.plain(b"\x11\0\0\1\0")))
    yield L.ethernet(L.ip6(A6, B6, L.UDP, L.plain(seg), extensions=[
        (44, L.fragment6(0, 1, 5)), (0, L.options6())]))
    # Overlap is forbidden in IPv6 (RFC 5722).
    for offset, more in ((0, 1), (8, 0)):
        yield L.ethernet(L.ip6(A6, B6, L.UDP, L.plain(seg[offset:]), extensions=[
            (44, L.fragment6(offset, more, 6))]))


@scene("checksums-bad", flows=False)
def _():
    seg = L.tcp(A, B, 40000, 80, 1, 1, "A", b"data")
    yield L.ethernet(L.ip4(A, B, L.TCP, seg, bad=True))
    yield L.ethernet(L.ip4(A, B, L.TCP, L.tcp(A, B, 40000, 80, 1, 1, "A", b"data", bad=True)))
    yield datagram(A, B, 5000, 5001, b"bad", bad=True)
    yield datagram(A, B, 5000, 5001, b"odd", bad=False)
    yield datagram(A6, B6, 5000, 5001, b"bad", bad=True)
    yield L.ethernet(L.ip6(A6, B6, L.TCP, L.tcp(A6, B6, 40000, 80, 1, 1, "A", bad=True)))
    yield L.ethernet(L.ip4(A, B, L.ICMP, L.icmp(8, 0, b"\0\1\0\1", b"ping", bad=True)))
    yield L.ethernet(L.ip6(A6, B6, L.ICMP6, L.icmp6(A6, B6, 128, 0, b"\0\1\0\1", b"p", bad=True)))
    yield L.ethernet(L.ip4(A, B, L.SCTP, L.sctp(A, B, 1, 2, 3, [(6, 0, b"")], bad=True)))
    # What offloading leaves behind: the sum of the pseudo header only.
    raw = bytearray(L.ethernet(L.ip4(A, B, L.TCP, seg)))
    raw[50:52] = struct.pack("!H", ~L.checksum(L.pseudo(A, B, L.TCP, len(seg))) & 0xFFFF)
    yield bytes(raw)


@scene("checksum-udp-zero")
def _():
    yield datagram(A, B, 5000, 5001, b"no sum", zero=True)
    # Forbidden in IPv6 outside tunnels, yet seen.
    yield datagram(A6, B6, 5000, 5001, b"no sum", zero=True)
    # A true sum of zero is sent as ffff: the last two bytes make it so.
    seg = L.udp(A, B, 5000, 5001, b"\0\0")
    fix = struct.unpack("!H", seg[6:8])[0]
    yield datagram(A, B, 5000, 5001, struct.pack("!H", fix))


@scene("lengths-that-lie", flows=False)
def _():
    seg = L.udp(A, B, 5000, 5001, b"0123456789")
    for length in (0, 19, 20, 27, 28, 37, 39, 1500, 65535):
        yield L.ethernet(L.ip4(A, B, L.UDP, seg, length=length))
    for ihl in (0, 4, 6, 15):
        yield L.ethernet(L.ip4(A, B, L.UDP, seg, ihl=ihl))
    for version in (0, 5, 6, 15):
        yield L.ethernet(L.ip4(A, B, L.UDP, seg, version=version), L.ETH_IP4, MAC_A, MAC_B)
    for length in (0, 7, 8, 17, 19, 65535):
        yield datagram(A, B, 5000, 5001, b"0123456789", length=length)
    for plen in (1, 7, 8, 17, 19, 1500, 65535):
        six = L.udp(A6, B6, 5000, 5001, b"0123456789")
        yield L.ethernet(L.ip6(A6, B6, L.UDP, six, plen=plen))
    yield L.ethernet(b"\x45" + bytes(19), L.ETH_IP6, MAC_A, MAC_B)
    yield L.ethernet(L.ip6(A6, B6, L.UDP, L.udp(A6, B6, 1, 2)), L.ETH_IP4, MAC_A, MAC_B)


@scene("segmentation-offload", flows=False)
def _():
    # A length of zero: the packet was longer than 65535 bytes before it was cut (TSO).
    seg = L.tcp(A, B, 40000, 80, 1, 1, "A", b"t" * 3000)
    yield L.ethernet(L.ip4(A, B, L.TCP, seg, length=0))
    yield L.ethernet(L.ip4(A, B, L.TCP, seg))


def story():
    t = Talk()
    return (t.open() + [t.c("PA", b"d" * 300)]
            + [datagram(A, DNS, 50000, 53, query(5, "cut.example.com").bytes()),
               datagram(A6, B6, 5000, 5001, b"six" * 30),
               L.ethernet(L.ip4(A, B, L.ICMP, L.icmp(8, 0, b"\0\1\0\1", b"p" * 56)))])


def cut_scene(size):
    @scene("snaplen-%d" % size, flows=size >= 96)
    def _():
        for n, p in enumerate(story()):
            yield at(n * 0.001, p, cut=size)


for depth in (0, 1, 13, 14, 20, 33, 34, 36, 38, 42, 53, 54, 60, 68, 96):
    cut_scene(depth)


@scene("ethernet-padding-and-runts", flows=False)
def _():
    # Padded to 60, padded with a trailer and FCS, and shorter than any Ethernet frame may be.
    small = L.ip4(A, B, L.TCP, L.tcp(A, B, 40000, 80, 1, 1, "A"))
    yield L.ethernet(small, trailer=b"\0" * 6)
    yield L.ethernet(small, trailer=b"\xaa" * 10)
    yield L.ethernet(small, trailer=b"\xaa" * 1000)
    whole = L.ethernet(L.ip4(A, B, L.UDP, L.udp(A, B, 1, 2)))
    for n in (0, 1, 6, 12, 13, 14, 15, 20, 33, 34, 41):
        yield bytes(whole[:n])


@scene("ip-protocols-unknown")
def _():
    for proto in (0, 3, 8, 46, 88, 89, 103, 112, 115, 136, 253, 255):
        yield L.ethernet(L.ip4(A, B, proto, L.plain(b"\x02\x01" + bytes(30))))
    for proto in (46, 89, 103, 112, 253):
        yield L.ethernet(L.ip6(A6, B6, proto, L.plain(b"\x02\x01" + bytes(30))))


@scene("addresses-odd")
def _():
    for src, dst in (("0.0.0.0", "255.255.255.255"), ("127.0.0.1", "127.0.0.1"),
                     ("255.255.255.255", A), ("224.0.0.1", A), ("0.0.0.0", "0.0.0.0"),
                     ("::", "::1"), ("::1", "::1"), ("ff02::1", A6),
                     ("::ffff:192.0.2.1", "::ffff:198.51.100.2"), ("fe80::1", "fe80::2"),
                     ("64:ff9b::c000:201", A6)):
        yield datagram(src, dst, 4000, 4001, b"odd")
