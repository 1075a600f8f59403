# SPDX-License-Identifier: Apache-2.0
"""The same few packets in every file format, and files that are broken.

Each of these scenes returns the bytes of the file and the packets a reader gets out of it.
`status` is the exit status of reading it: 0, 1 for events up to a defect, 4 for no capture.
"""

import base64
import struct
import zlib

import files as F
import layers as L
from dns import query
from scene import A, A6, B6, DNS, SECOND, START, Talk, datagram, scene

ZERO = b"\0\0\0\0"


def few(interfaces=(0,), unit=1):
    """Five packets whose time stamps show how exactly they were read."""
    t = Talk()
    frames = t.open() + [datagram(A, DNS, 50000, 53, query(7, "file.example.com").bytes()),
                         datagram(A6, B6, 6000, 6001, b"six")]
    out = []
    for n, data in enumerate(frames):
        ts = START + n * 123456789
        out.append(F.Packet(ts - ts % unit, data, None, interfaces[n % len(interfaces)]))
    return out


def exact(packets, units):
    """What is left of the time stamps when interface n counts in units[n] nanoseconds."""
    for p in packets:
        p.ts -= p.ts % units[p.interface]
    return packets


def file(name, status=0, linktype=(1,), flows=True):
    return scene(name, linktype, flows, True, status)


for nano in (False, True):
    for order in "<>":
        def make(nano=nano, order=order):
            packets = few(unit=1 if nano else 1000)
            return F.pcap(packets, 1, F.NSEC if nano else F.USEC, order), packets
        file("format-%s-%s.pcap" % ("nsec" if nano else "usec",
                                    "little" if order == "<" else "big"))(make)


@file("format-version-2.3.pcap")
def _():
    # Before 2.4 the two lengths of a record stood the other way round.
    return F.pcap(few(unit=1000), version=(2, 3)), few(unit=1000)


@file("format-fcs-length-said.pcap")
def _():
    # Four bits of the link type give the length of the FCS, in words of 16 bits.
    packets = few(unit=1000)
    for p in packets:
        p.data += struct.pack("<I", zlib.crc32(p.data))
        p.wire += 4
    return F.pcap(packets, 0x24000001), packets


# pcapng


@file("format-plain.pcapng")
def _():
    return F.pcapng(few()), few()


@file("format-big-endian.pcapng")
def _():
    return (F.shb(">") + F.idb(">", 1, 0, (9, b"\x09"))
            + b"".join(F.epb(p, ">", 9) for p in few())), few()


@file("format-microseconds-by-default.pcapng")
def _():
    return F.shb() + F.idb() + b"".join(F.epb(p) for p in few()), few(unit=1000)


def resolution(value, name, offset=0):
    @file("format-%s.pcapng" % name)
    def _():
        opts = [(9, bytes([value]))] + ([(14, struct.pack("<q", offset))] if offset else [])
        packets = few()
        data = F.shb() + F.idb("<", 1, 262144, *opts)
        data += b"".join(F.epb(p, "<", value, offset) for p in packets)
        for p in packets:
            count = F.ticks(p.ts, value, offset) * SECOND
            p.ts = offset * SECOND + (count >> (value & 0x7F) if value & 0x80
                                      else count // 10 ** value)
        return data, packets


resolution(0, "tsresol-seconds")
resolution(3, "tsresol-milliseconds")
resolution(12, "tsresol-picoseconds", START // SECOND - 100)
resolution(0x80 | 20, "tsresol-2-to-minus-20")
resolution(0x80 | 32, "tsresol-2-to-minus-32")


@file("format-tsoffset.pcapng")
def _():
    base = START // SECOND - 5
    opts = ((9, b"\x09"), (14, struct.pack("<q", base)))
    negative = (14, struct.pack("<q", -1000))
    packets = few((0, 1))
    return (F.shb() + F.idb("<", 1, 0, *opts) + F.idb("<", 1, 0, negative)
            + b"".join(F.epb(p, "<", 6, -1000) if p.interface else F.epb(p, "<", 9, base)
                       for p in packets)), exact(packets, (1, 1000))


@file("format-several-interfaces.pcapng", linktype=(1, 101, 113))
def _():
    # Three link types and three resolutions; the second interface is described late.
    one, two, three = few(), few((1,)), few((2,))
    for p in two:
        p.data, p.wire = p.data[14:], p.wire - 14
    for p in three:
        p.data = struct.pack("!HHH8s", 0, 1, 6, b"\2\0\0\0\0\1") + p.data[12:]
        p.wire = len(p.data)
    data = F.shb() + F.idb("<", 1, 0, (2, b"eth0"), (9, b"\x09")) + F.epb(one[0], "<", 9)
    data += F.idb("<", 101, 0, (2, b"tun0"), (9, b"\x06")) + F.idb("<", 113, 0, (9, b"\x03"))
    packets = [one[0]]
    for n in range(1, 5):
        data += F.epb(one[n], "<", 9) + F.epb(two[n], "<", 6) + F.epb(three[n], "<", 3)
        packets += [one[n], two[n], three[n]]
    return data, exact(packets, (1, 1000, 1000000))


@file("format-two-sections.pcapng", linktype=(1, 1))
def _():
    # Each section has its own byte order and its own interfaces.
    a, b = few(), few(unit=1000)
    first = F.shb("<") + F.idb("<", 1, 0, (9, b"\x09")) + b"".join(F.epb(p, "<", 9) for p in a)
    second = F.shb(">") + F.idb(">", 1, 0) + b"".join(F.epb(p, ">") for p in b)
    return first + second, a + b


@file("format-section-length-said.pcapng")
def _():
    rest = F.idb("<", 1, 0, (9, b"\x09")) + b"".join(F.epb(p, "<", 9) for p in few())
    return F.shb("<", len(rest)) + rest, few()


@file("format-simple-packets.pcapng")
def _():
    # The interface's snaplen says how much of each packet is there.
    packets = few()
    for p in packets:
        p.data, p.ts = p.data[:64], 0
    return F.shb() + F.idb("<", 1, 64) + b"".join(F.spb(p, "<", 64) for p in few()), packets


@file("format-obsolete-packets.pcapng")
def _():
    return F.shb() + F.idb() + b"".join(F.obsolete(p) for p in few()), few(unit=1000)


@file("format-every-block.pcapng")
def _():
    p = few()
    secrets = F.block("<", 10, struct.pack("<II", 0x544C534B, 4) + b"none")
    journal = F.block("<", 9, b"__REALTIME_TIMESTAMP=1\n\0")
    names = F.nrb([(L.address(A), "host.example.com"), (L.address(A6), "six.example.com")])
    comment = (1, "comment: \u00fc, \u202e and \x1b[31m".encode())
    head = F.shb("<", -1, comment, (2, b"hardware"), (3, b"system"), (4, b"generator"))
    face = F.idb("<", 1, 0, (2, b"eth0"), (3, b"first"), (4, L.address(A) + b"\xff\xff\xff\0"),
                 (5, L.address(A6) + b"\x40"), (6, L.mac("02:00:00:00:00:01") + b"\0\0"),
                 (8, struct.pack("<Q", 10 ** 9)), (9, b"\x09"), (11, b"\0tcp or udp"),
                 (12, b"Linux"), (0x8bad, ZERO))
    flags = (2, struct.pack("<I", 1))
    queue = (6, struct.pack("<I", 3))
    data = head + face + names + F.custom(b"for us only") + F.block("<", 0x7FFF1234, b"unknown")
    data += F.epb(p[0], "<", 9, 0, comment, flags, (3, b"\2" + ZERO), (5, bytes(8)), queue)
    data += secrets + journal + F.isb(START, 0, "<", 5, 0)
    data += F.epb(p[1], "<", 9, 0, (4, struct.pack("<Q", 2))) + F.block("<", 0x80000001, b"")
    data += F.epb(p[2], "<", 9, 0, (2988, struct.pack("<I", 32473) + b"x"), comment, comment)
    data += F.custom(b"", "<", 1, False) + F.epb(p[3], "<", 9) + F.epb(p[4], "<", 9)
    return data + F.isb(START + SECOND, 0, "<", 5, 1), p


# Compressed


@file("compressed-gzip.pcap.gz")
def _():
    return F.gzip(F.pcap(few())), few(unit=1000)


@file("compressed-gzip.pcapng.gz")
def _():
    return F.gzip(F.pcapng(few())), few()


@file("compressed-gzip-two-members.pcap.gz")
def _():
    data = F.pcap(few())
    return F.gzip(data[:100]) + F.gzip(b"") + F.gzip(data[100:]), few(unit=1000)


@file("compressed-gzip-cut.pcap.gz", status=1, flows=False)
def _():
    # The stored half is whole and holds two records, the rest of the stream is missing.
    data = F.pcap(few())
    return F.gzip(data)[:10 + 5 + len(data) // 2], few(unit=1000)[:2]


@file("compressed-gzip-bad-sum.pcap.gz", status=1, flows=False)
def _():
    data = F.gzip(F.pcap(few()))
    return data[:-8] + bytes(4) + data[-4:], few(unit=1000)


@file("compressed-zstd.pcap.zst")
def _():
    return F.zstd(F.pcap(few())), few(unit=1000)


@file("compressed-zstd.pcapng.zst")
def _():
    return F.zstd(F.pcapng(few())), few()


@file("compressed-zstd-two-frames.pcap.zst")
def _():
    data = F.pcap(few())
    return (F.zstd(data[:100]) + F.zstd_skippable(b"skip me") + F.zstd(data[100:])
            + F.zstd(b"")), few(unit=1000)


@file("compressed-zstd-entropy.pcap.zst")
def _():
    # The bytes of format-usec-little.pcap as the zstd program (1.5.4, -19) writes them: with
    # Huffman tables and sequences, which the writer here cannot make.
    return base64.b64decode(ENTROPY), few(unit=1000)


@file("compressed-zstd-cut.pcap.zst", status=1, flows=False)
def _():
    # The first block of 200 bytes is whole: two records.
    return F.zstd(F.pcap(few()))[:6 + 3 + 200 + 2], few(unit=1000)[:2]


@file("compressed-zstd-bad-sum.pcap.zst", status=1, flows=False)
def _():
    return F.zstd(F.pcap(few()))[:-4] + bytes(4), few(unit=1000)


# Cut


def cut(name, whole, size, left):
    @file(name, status=1)
    def _():
        return whole[:size], left


def cuts():
    packets = few(unit=1000)
    usec = F.pcap(packets)
    second = 24 + 16 + len(packets[0].data)
    third = second + 16 + len(packets[1].data)
    cut("cut-in-record-header.pcap", usec, third + 9, packets[:2])
    cut("cut-after-record-header.pcap", usec, third + 16, packets[:2])
    cut("cut-in-packet.pcap", usec, third + 30, packets[:2])
    cut("cut-last-byte.pcap", usec, len(usec) - 1, packets[:4])
    head = len(F.shb() + F.idb("<", 1, 262144, (9, b"\x09")))
    one = len(F.epb(few()[0], "<", 9))
    ng = F.pcapng(few())
    cut("cut-in-block-header.pcapng", ng, head + one + 5, few()[:1])
    cut("cut-in-packet.pcapng", ng, head + one + 50, few()[:1])
    cut("cut-last-byte.pcapng", ng, len(ng) - 1, few()[:4])
    cut("cut-in-interface.pcapng", ng, len(F.shb()) + 13, [])


cuts()


@file("empty.pcap", status=4, linktype=())
def _():
    return b"", []


@file("header-only.pcap")
def _():
    return F.pcap([]), []


@file("header-only.pcapng", linktype=())
def _():
    return F.shb(), []


@file("header-and-interface-only.pcapng")
def _():
    return F.shb() + F.idb(), []


@file("header-cut.pcap", status=4, linktype=())
def _():
    return F.pcap([])[:20], []


@file("magic-only.pcap", status=4, linktype=())
def _():
    return F.pcap([])[:4], []


@file("header-cut.pcapng", status=4, linktype=())
def _():
    return F.shb()[:20], []


@file("nonsense-text.pcap", status=4, linktype=())
def _():
    return b"This is not a capture, but a sentence of more than twenty-four bytes.\n", []


@file("nonsense-zeros.pcap", status=4, linktype=())
def _():
    return bytes(100), []


@file("nonsense-gzip.pcap.gz", status=4, linktype=())
def _():
    return F.gzip(b"Compressed, but no capture either: only these few words.\n"), []


@file("nonsense-version.pcap", status=4, linktype=())
def _():
    return F.pcap(few(), version=(9, 0)), []


@file("nonsense-version.pcapng", status=4, linktype=())
def _():
    data = F.pcapng(few())
    return data[:12] + struct.pack("<HH", 7, 0) + data[16:], []


# Lengths and other lies


@file("lies-snaplen-small.pcap")
def _():
    return F.pcap(few(), snaplen=10), few(unit=1000)


@file("lies-snaplen-zero.pcap")
def _():
    return F.pcap(few(), snaplen=0), few(unit=1000)


@file("lies-snaplen-huge.pcap")
def _():
    return F.pcap(few(), snaplen=0xFFFFFFFF), few(unit=1000)


@file("lies-wire-shorter-than-captured.pcap", flows=False)
def _():
    packets = few(unit=1000)
    packets[1].wire = 20
    packets[2].wire = 0
    return F.pcap(packets), packets


@file("lies-wire-huge.pcap", flows=False)
def _():
    packets = few(unit=1000)
    packets[1].wire = 0xFFFFFFFF
    return F.pcap(packets), packets


@file("lies-sub-second.pcap")
def _():
    # A microsecond field of a second and more.
    data = bytearray(F.pcap(few()))
    data[28:32] = struct.pack("<I", 0xFFFFFFFF)
    packets = few(unit=1000)
    packets[0].ts = START + 0xFFFFFFFF * 1000
    return bytes(data), packets


def huge(name, caplen):
    @file(name, status=1)
    def _():
        head = struct.pack("<IIII", START // SECOND, 0, caplen, caplen)
        return F.pcap(few()[:2]) + head + b"rest", few(unit=1000)[:2]


huge("lies-captured-262145.pcap", 262145)
huge("lies-captured-2-to-31.pcap", 0x7FFFFFFF)
huge("lies-captured-all-ones.pcap", 0xFFFFFFFF)


def broken(name, block, linktype=(1,)):
    """Two sound packets, one broken block, more packets nobody may rely on."""
    @file(name, status=1, linktype=linktype, flows=False)
    def _():
        head = F.shb() + F.idb("<", 1, 262144, (9, b"\x09"))
        p = few()
        return head + F.epb(p[0], "<", 9) + F.epb(p[1], "<", 9) + block + F.epb(p[2], "<", 9), p[:2]


EPB = F.epb(few()[2], "<", 9)
broken("lies-block-length-zero.pcapng", struct.pack("<III", 6, 0, 0))
broken("lies-block-length-8.pcapng", struct.pack("<III", 6, 8, 8))
broken("lies-block-length-odd.pcapng", struct.pack("<III", 6, 13, 13) + bytes(4))
broken("lies-block-length-huge.pcapng", struct.pack("<III", 6, 0x7FFFFFFC, 0))
broken("lies-block-length-all-ones.pcapng", struct.pack("<III", 6, 0xFFFFFFFC, 0))
broken("lies-block-trailer.pcapng", EPB[:-4] + struct.pack("<I", 12))
broken("lies-block-captured.pcapng", EPB[:20] + struct.pack("<I", 5000) + EPB[24:])
broken("lies-block-interface.pcapng", EPB[:8] + struct.pack("<I", 9) + EPB[12:])
broken("lies-block-too-short.pcapng", F.block("<", 6, bytes(16)))


@file("lies-packet-before-interface.pcapng", status=1, linktype=(), flows=False)
def _():
    return F.shb() + F.epb(few()[0], "<", 9) + F.idb() + F.epb(few()[1]), []


@file("lies-simple-packet-before-interface.pcapng", status=1, linktype=(), flows=False)
def _():
    return F.shb() + F.spb(few()[0]) + F.idb(), []


@file("lies-option-length.pcapng", flows=False)
def _():
    # An option that reaches past its block: the packet itself is sound.
    p = few()
    body = struct.pack("<IIIII", 0, 0, 0, len(p[0].data), len(p[0].data))
    bad = F.block("<", 6, body + F.pad4(p[0].data) + struct.pack("<HH", 1, 400))
    return F.shb() + F.idb("<", 1, 0, (9, b"\x09")) + bad + F.epb(p[1], "<", 9), p[:2]


def absurd(name, *opts):
    @file(name, flows=False)
    def _():
        return F.shb() + F.idb("<", 1, 0, *opts) + b"".join(F.epb(p) for p in few()), few()


absurd("lies-tsresol-10-to-minus-127.pcapng", (9, b"\x7f"))
absurd("lies-tsresol-2-to-minus-127.pcapng", (9, b"\xff"))
absurd("lies-tsresol-10-to-minus-20.pcapng", (9, b"\x14"))
absurd("lies-tsoffset-huge.pcapng", (14, struct.pack("<q", (1 << 63) - 1)))
absurd("lies-tsoffset-lowest.pcapng", (14, struct.pack("<q", -(1 << 63))))
absurd("lies-tsresol-empty.pcapng", (9, b""))


@file("many-interfaces.pcapng", linktype=(1,) * 40)
def _():
    packets = few(range(0, 40, 9))
    return (F.shb() + F.idb("<", 1, 0, (9, b"\x09")) * 40
            + b"".join(F.epb(p, "<", 9) for p in packets)), packets


@file("later-interface-unknown.pcapng", linktype=(1, 147), flows=False)
def _():
    # The second interface has a link type nobody can read: its packets are counted as such.
    # The first one's packets are sound.
    p = few((0, 1))
    return (F.shb() + F.idb("<", 1, 0, (9, b"\x09")) + F.idb("<", 147, 0, (9, b"\x09"))
            + b"".join(F.epb(x, "<", 9) for x in p)), p


ENTROPY = """
KLUv/WSfAHUHAMINLixgVzpILFxQlkj75xEWo2gq7BQdn0H7IHuEXSgyvOojzz95War/edmR7C1lCiDMByR594AdsJnfEnDB
ft7/jzTR4//jdTT5/G84lUlqOhsKiKykBnOh///zz/WLEvHwIizsu0rW53j4yP/Iu9QrF7p3IBpupgPjP+MzFnJk7iWMtwKq
3p7EN3PNrjraf+nd2+P/2+Yv3p7aopBx31WSAOwtP/FDHuD/7/7/bvw/OcH9P5+evlEq2CwYICBLQcEOoGT0vdhWS7T013Rz
WgObnewG2wCmi7N7IT3DRuDIEckAyCMwxWljtusqDOPXog8l
"""
