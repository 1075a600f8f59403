# SPDX-License-Identifier: Apache-2.0
"""Capture files: pcap and pcapng written byte by byte, gzip and zstd without a library.

The compressors store rather than shrink: their output must be the same on every machine,
and a decompressor has to accept it all the same.  The reader at the end understands what the
writers write; it is for the tools beside it, not for hostile files.
"""

import struct
import zlib

USEC, NSEC = 0xA1B2C3D4, 0xA1B23C4D
MODIFIED = 0xA1B2CD34


class Packet:
    """One record: time in ns, captured bytes, length on the wire, pcapng interface."""

    __slots__ = ("ts", "data", "wire", "flow", "ip_bytes", "interface")

    def __init__(self, ts, data, wire=None, interface=0):
        self.ts = ts
        self.data = bytes(data)
        self.wire = len(data) if wire is None else wire
        self.flow = getattr(data, "flow", None)
        self.ip_bytes = getattr(data, "ip_bytes", None)
        self.interface = interface


def pcap(packets, linktype=1, magic=USEC, endian="<", snaplen=262144, version=(2, 4)):
    out = struct.pack(endian + "IHHiIII", magic, *version, 0, 0, snaplen, linktype)
    unit = 1 if magic == NSEC else 1000
    for p in packets:
        sub = p.ts % 1000000000 // unit
        out += struct.pack(endian + "IIII", p.ts // 1000000000, sub, len(p.data), p.wire) + p.data
    return out


# pcapng (draft-ietf-opsawg-pcapng)


def pad4(data):
    return data + b"\0" * (-len(data) % 4)


def options(endian, *items):
    """Items are (code, bytes); the end-of-options mark is added when there are any."""
    out = b"".join(struct.pack(endian + "HH", c, len(v)) + pad4(v) for c, v in items)
    return out + b"\0\0\0\0" if items else b""


def block(endian, kind, body):
    size = 12 + len(pad4(body))
    return struct.pack(endian + "II", kind, size) + pad4(body) + struct.pack(endian + "I", size)


def shb(endian="<", length=-1, *opts):
    body = struct.pack(endian + "IHHq", 0x1A2B3C4D, 1, 0, length) + options(endian, *opts)
    return block(endian, 0x0A0D0D0A, body)


def idb(endian="<", linktype=1, snaplen=262144, *opts):
    return block(endian, 1, struct.pack(endian + "HHI", linktype, 0, snaplen)
                 + options(endian, *opts))


def ticks(ts, resolution, offset_s):
    """Time stamp of a packet block: resolution is the if_tsresol byte."""
    ns = ts - offset_s * 1000000000
    if resolution & 0x80:
        return (ns << (resolution & 0x7F)) // 1000000000
    return ns * 10 ** resolution // 1000000000


def epb(p, endian="<", resolution=6, offset_s=0, *opts):
    t = ticks(p.ts, resolution, offset_s)
    body = struct.pack(endian + "IIIII", p.interface, t >> 32, t & 0xFFFFFFFF, len(p.data), p.wire)
    return block(endian, 6, body + pad4(p.data) + options(endian, *opts))


def spb(p, endian="<", snaplen=0):
    """A simple packet block has no time, no interface and no captured length of its own."""
    data = p.data[:snaplen] if snaplen else p.data
    return block(endian, 3, struct.pack(endian + "I", p.wire) + pad4(data))


def obsolete(p, endian="<", drops=0xFFFF):
    t = ticks(p.ts, 6, 0)
    body = struct.pack(endian + "HHIIII", p.interface, drops, t >> 32, t & 0xFFFFFFFF,
                       len(p.data), p.wire)
    return block(endian, 2, body + pad4(p.data))


def nrb(names, endian="<"):
    """names: (packed address, name)."""
    body = b""
    for addr, name in names:
        value = addr + name.encode() + b"\0"
        body += struct.pack(endian + "HH", 1 if len(addr) == 4 else 2, len(value)) + pad4(value)
    return block(endian, 4, body + b"\0\0\0\0")


def isb(ts, interface=0, endian="<", received=0, dropped=0):
    t = ticks(ts, 6, 0)
    head = struct.pack(endian + "III", interface, t >> 32, t & 0xFFFFFFFF)
    return block(endian, 5, head + options(endian, (4, struct.pack(endian + "Q", received)),
                                           (5, struct.pack(endian + "Q", dropped))))


def custom(data, endian="<", pen=32473, copy=True):
    """32473 is the number RFC 5612 keeps for documentation."""
    return block(endian, 0xBAD if copy else 0x40000BAD, struct.pack(endian + "I", pen) + data)


def pcapng(packets, linktype=1):
    """The plain form: one section, one interface, nanoseconds."""
    return shb() + idb("<", linktype, 262144, (9, b"\x09")) + b"".join(
        epb(p, "<", 9) for p in packets)


# gzip (RFC 1951, 1952) and zstd (RFC 8878)


class Bits:
    def __init__(self):
        self.out, self.acc, self.count = bytearray(), 0, 0

    def put(self, value, width):
        self.acc |= value << self.count
        self.count += width
        while self.count >= 8:
            self.out.append(self.acc & 255)
            self.acc >>= 8
            self.count -= 8

    def code(self, value, width):
        """Huffman codes go in with their highest bit first."""
        self.put(int(format(value, "0%db" % width)[::-1], 2), width)


def deflate(data):
    """One stored block, then one of fixed Huffman codes in which runs become matches."""
    cut = len(data) // 2
    bits = Bits()
    bits.put(0, 3)
    bits.put(0, -bits.count % 8)
    for value in (cut, cut ^ 0xFFFF):
        bits.put(value, 16)
    for byte in data[:cut]:
        bits.put(byte, 8)
    bits.put(3, 3)
    i = cut
    while i < len(data):
        if i > cut and data[i:i + 3] == data[i - 1:i] * 3:
            bits.code(1, 7)
            bits.code(0, 5)
            i += 3
            continue
        byte = data[i]
        bits.code(0x30 + byte if byte < 144 else 0x190 + byte - 144, 8 if byte < 144 else 9)
        i += 1
    bits.code(0, 7)
    bits.put(0, -bits.count % 8)
    return bytes(bits.out)


def gzip(data):
    if len(data) // 2 > 0xFFFF:
        raise ValueError("one stored block holds 65535 bytes")
    return (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflate(data)
            + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))


P1, P2, P3, P4, P5 = (11400714785074694791, 14029467366897019727, 1609587929392839161,
                      9650029242287828579, 2870177450012600261)
M64 = (1 << 64) - 1


def rotl(x, n):
    return ((x << n) | (x >> (64 - n))) & M64


def xxh64(data):
    """XXH64 with seed 0, whose lower half is the content checksum of zstd."""
    pos = 0
    if len(data) >= 32:
        acc = [(P1 + P2) & M64, P2, 0, -P1 & M64]
        while pos + 32 <= len(data):
            for i in range(4):
                lane = struct.unpack_from("<Q", data, pos + 8 * i)[0]
                acc[i] = rotl((acc[i] + lane * P2) & M64, 31) * P1 & M64
            pos += 32
        h = sum(rotl(a, n) for a, n in zip(acc, (1, 7, 12, 18))) & M64
        for a in acc:
            h = ((h ^ (rotl(a * P2 & M64, 31) * P1 & M64)) * P1 + P4) & M64
    else:
        h = P5
    h = (h + len(data)) & M64
    while pos + 8 <= len(data):
        lane = struct.unpack_from("<Q", data, pos)[0]
        h = (rotl(h ^ (rotl(lane * P2 & M64, 31) * P1 & M64), 27) * P1 + P4) & M64
        pos += 8
    if pos + 4 <= len(data):
        h = (rotl(h ^ (struct.unpack_from("<I", data, pos)[0] * P1 & M64), 23) * P2 + P3) & M64
        pos += 4
    for byte in data[pos:]:
        h = rotl(h ^ (byte * P5 & M64), 11) * P1 & M64
    h = (h ^ (h >> 33)) * P2 & M64
    h = (h ^ (h >> 29)) * P3 & M64
    return h ^ (h >> 32)


def zstd(data, step=200):
    """A frame of raw blocks, and run-length blocks where a step is all one byte."""
    out = struct.pack("<IBB", 0xFD2FB528, 0x04, 0x38)
    starts = range(0, max(len(data), 1), step)
    for start in starts:
        part = data[start:start + step]
        last = start == starts[-1]
        run = len(part) > 1 and part == part[:1] * len(part)
        out += struct.pack("<I", len(part) << 3 | run << 1 | last)[:3]
        out += part[:1] if run else part
    return out + struct.pack("<I", xxh64(data) & 0xFFFFFFFF)


def zstd_skippable(data):
    return struct.pack("<II", 0x184D2A50, len(data)) + data


# Reading


class Refused(Exception):
    """The file is not a capture, or not one with whole packets in it."""


def read(path):
    """Whole packets of a file: list of (Packet, linktype).  Stops quietly at a cut."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        data = inflate(data)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return list(read_pcapng(data))
    for endian in "<>":
        if len(data) >= 24 and struct.unpack_from(endian + "I", data)[0] in (USEC, NSEC, MODIFIED):
            return list(read_pcap(data, endian))
    raise Refused(path)


def inflate(data):
    out = b""
    while data:
        d = zlib.decompressobj(31)
        try:
            out += d.decompress(data)
        except zlib.error:
            break
        data = d.unused_data
    return out


def read_pcap(data, endian):
    magic, = struct.unpack_from(endian + "I", data)
    linktype = struct.unpack_from(endian + "I", data, 20)[0] & 0x03FFFFFF
    unit = 1 if magic == NSEC else 1000
    head = 24 if magic == MODIFIED else 16
    pos = 24
    while pos + head <= len(data):
        sec, sub, caplen, wire = struct.unpack_from(endian + "IIII", data, pos)
        pos += head
        if caplen > 0x40000000 or pos + caplen > len(data):
            return
        yield Packet(sec * 1000000000 + sub * unit, data[pos:pos + caplen], wire), linktype
        pos += caplen


def read_pcapng(data):
    pos, endian, links = 0, "<", []
    while pos + 12 <= len(data):
        if data[pos:pos + 4] == b"\x0a\x0d\x0d\x0a":
            endian = "<" if data[pos + 8:pos + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack_from(endian + "II", data, pos)
        if size < 12 or size % 4 or pos + size > len(data):
            return
        body = data[pos + 8:pos + size - 4]
        pos += size
        if kind == 1 and len(body) >= 8:
            links.append(struct.unpack_from(endian + "HHI", body))
        elif kind in (2, 6) and len(body) >= 20:
            form = "HHIIII" if kind == 2 else "IIIII"
            fields = struct.unpack_from(endian + form, body)
            caplen, wire = fields[-2:]
            if fields[0] < len(links) and caplen <= len(body) - 20:
                yield Packet(0, body[20:20 + caplen], wire), links[fields[0]][0]
        elif kind == 3 and links and len(body) >= 4:
            wire, = struct.unpack_from(endian + "I", body)
            caplen = min(wire, links[0][2] or wire, len(body) - 4)
            yield Packet(0, body[4:4 + caplen], wire), links[0][0]
