# SPDX-License-Identifier: Apache-2.0
"""Headers, built from the inside out.

Every function returns bytes.  The transport and network functions return `Frame`, which
is bytes that remember which conversation they belong to, so that the generator can write
down the truth about each file beside it.  Checksums are right unless a caller asks
otherwise.  Nothing here is random and nothing reads a clock.
"""

import ipaddress
import struct

TCP, UDP, ICMP, ICMP6, IGMP, SCTP = 6, 17, 1, 58, 2, 132
ETH_IP4, ETH_IP6, ETH_ARP, ETH_VLAN, ETH_MPLS = 0x0800, 0x86DD, 0x0806, 0x8100, 0x8847


class Frame(bytes):
    """Bytes with the innermost conversation (proto, src, sport, dst, dport) and its IP bytes."""

    flow = None
    ip_bytes = None


def wrap(header, inner, trailer=b""):
    """Puts a header before inner bytes and keeps what they know."""
    out = Frame(header + inner + trailer)
    out.flow = getattr(inner, "flow", None)
    out.ip_bytes = getattr(inner, "ip_bytes", None)
    return out


def plain(data):
    """The same bytes, without a conversation."""
    return Frame(bytes(data))


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data):
    """The checksum of SCTP (RFC 9260, appendix A)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def pseudo(src, dst, proto, length):
    a, b = address(src), address(dst)
    if len(a) == 4:
        return a + b + struct.pack("!BBH", 0, proto, length)
    return a + b + struct.pack("!IHBB", length, 0, 0, proto)


# Link layer


def ethernet(payload, ethertype=None, src=None, dst=None, trailer=b""):
    """Ethernet II.  Type and addresses follow from an IP payload unless they are given."""
    if ethertype is None:
        ethertype = ETH_IP6 if payload[0] >> 4 == 6 else ETH_IP4
    if src is None:
        src, dst = ip_macs(payload)
    return wrap(mac(dst) + mac(src) + struct.pack("!H", ethertype), payload, trailer)


def ip_macs(packet):
    """A made-up station per address: 02:00:00:00:00:<last byte>; groups as RFC 1112 and 2464."""
    if packet[0] >> 4 == 6:
        src, dst = packet[8:24], packet[24:40]
        group = dst[0] == 0xFF
        to = "3333" + dst[12:].hex() if group else "0200000000%02x" % dst[15]
        return "0200000000%02x" % src[15], to
    src, dst = packet[12:16], packet[16:20]
    if dst == b"\xff\xff\xff\xff":
        return "0200000000%02x" % src[3], "ff" * 6
    if dst[0] >> 4 == 14:
        return "0200000000%02x" % src[3], "01005e%02x%02x%02x" % (dst[1] & 0x7F, dst[2], dst[3])
    return "0200000000%02x" % src[3], "0200000000%02x" % dst[3]


def vlan(payload, vid, ethertype=None, pcp=0, dei=0):
    """The four bytes after an 802.1Q or 802.1ad type: TCI and next type."""
    if ethertype is None:
        ethertype = ETH_IP6 if payload[0] >> 4 == 6 else ETH_IP4
    return wrap(struct.pack("!HH", pcp << 13 | dei << 12 | vid, ethertype), payload)


def mpls(payload, labels, ttl=63):
    out = b""
    for i, label in enumerate(labels):
        out += struct.pack("!I", label << 12 | (i == len(labels) - 1) << 8 | ttl)
    return wrap(out, payload)


def pppoe_session(payload, session=0x1234):
    proto = 0x0057 if payload[0] >> 4 == 6 else 0x0021
    return wrap(struct.pack("!BBHHH", 0x11, 0, session, len(payload) + 2, proto), payload)


def pppoe_discovery(code, tags, session=0):
    body = b"".join(struct.pack("!HH", t, len(v)) + v for t, v in tags)
    return plain(struct.pack("!BBHH", 0x11, code, session, len(body)) + body)


def arp(op, sha, spa, tha, tpa):
    return plain(struct.pack("!HHBBH", 1, ETH_IP4, 6, 4, op)
                 + mac(sha) + address(spa) + mac(tha) + address(tpa))


# Network layer


def ip(src, dst, proto, payload, **kw):
    return (ip6 if ":" in src else ip4)(src, dst, proto, payload, **kw)


def ip4(src, dst, proto, payload, ttl=64, ident=1, df=True, mf=False, offset=0, options=b"",
        tos=0, length=None, ihl=None, version=4, bad=False):
    """`offset` in bytes.  `length`, `ihl` and `version` may lie; `bad` spoils the checksum."""
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4
    total = words * 4 + len(payload)
    flags = (df and not mf and not offset) << 14 | mf << 13 | offset // 8
    head = struct.pack("!BBHHHBBH", version << 4 | (words if ihl is None else ihl), tos,
                       total if length is None else length, ident, flags, ttl, proto, 0)
    head += address(src) + address(dst) + options
    value = checksum(head) ^ (0x5555 if bad else 0)
    out = wrap(head[:10] + struct.pack("!H", value) + head[12:], payload)
    return network(out, src, dst, proto, total)


def ip6(src, dst, proto, payload, hop=64, plen=None, label=0, tclass=0, extensions=()):
    """`extensions` is a list of (type, bytes after the next-header byte)."""
    chain = [t for t, _ in extensions] + [proto]
    ext = b"".join(bytes([chain[i + 1]]) + body for i, (_, body) in enumerate(extensions))
    size = len(ext) + len(payload)
    head = struct.pack("!IHBB", 6 << 28 | tclass << 20 | label,
                       size if plen is None else plen, chain[0], hop)
    out = wrap(head + address(src) + address(dst) + ext, payload)
    return network(out, src, dst, proto, 40 + size)


def network(out, src, dst, proto, total):
    """The innermost IP header gives the conversation its bytes, or makes one without ports."""
    if out.flow is None and out.ip_bytes is None:
        out.flow = (proto, src, 0, dst, 0)
    if out.ip_bytes is None:
        out.ip_bytes = total
    return out


def options6(*options):
    """Body of a hop-by-hop or destination options header, padded with PadN."""
    body = b"".join(options)
    pad = -(len(body) + 2) % 8
    if pad == 1:
        body += b"\0"
    elif pad:
        body += bytes([1, pad - 2]) + b"\0" * (pad - 2)
    return bytes([(len(body) + 2) // 8 - 1]) + body


def fragment6(offset, more, ident):
    return bytes([0]) + struct.pack("!HI", offset | more, ident)


# Transport layer


def tcp(src, dst, sport, dport, seq, ack, flags, payload=b"", win=65535, options=b"", urg=0,
        bad=False, doff=None):
    options += b"\1" * (-len(options) % 4)
    bits = 0
    for letter in flags:
        bits |= 1 << "FSRPAUEC".index(letter)
    words = 5 + len(options) // 4
    head = struct.pack("!HHIIHHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       (words if doff is None else doff) << 12 | bits, win, 0, urg) + options
    whole = head + payload
    value = checksum(pseudo(src, dst, TCP, len(whole)) + whole) ^ (0x5555 if bad else 0)
    out = Frame(whole[:16] + struct.pack("!H", value) + whole[18:])
    out.flow = (TCP, src, sport, dst, dport)
    return out


def udp(src, dst, sport, dport, payload=b"", length=None, zero=False, bad=False, inner=None):
    """`inner` is a tunnelled packet: the datagram then belongs to its conversation."""
    payload = inner if inner is not None else payload
    size = 8 + len(payload) if length is None else length
    head = struct.pack("!HHHH", sport, dport, size, 0)
    value = checksum(pseudo(src, dst, UDP, 8 + len(payload)) + head + payload) or 0xFFFF
    value = 0 if zero else value ^ (0x5555 if bad else 0)
    out = wrap(head[:6] + struct.pack("!H", value), payload)
    if inner is None:
        out.flow = (UDP, src, sport, dst, dport)
    return out


def icmp(kind, code, rest=b"\0\0\0\0", payload=b"", bad=False):
    whole = struct.pack("!BBH", kind, code, 0) + rest + payload
    value = checksum(whole) ^ (0x5555 if bad else 0)
    return plain(whole[:2] + struct.pack("!H", value) + whole[4:])


def icmp6(src, dst, kind, code, rest=b"\0\0\0\0", payload=b"", bad=False):
    whole = struct.pack("!BBH", kind, code, 0) + rest + payload
    value = checksum(pseudo(src, dst, ICMP6, len(whole)) + whole) ^ (0x5555 if bad else 0)
    return plain(whole[:2] + struct.pack("!H", value) + whole[4:])


def sctp(src, dst, sport, dport, tag, chunks, bad=False):
    body = b""
    for kind, flags, value in chunks:
        body += struct.pack("!BBH", kind, flags, 4 + len(value)) + value
        body += b"\0" * (-len(value) % 4)
    head = struct.pack("!HHI", sport, dport, tag)
    value = crc32c(head + b"\0\0\0\0" + body)
    if bad:
        value = bytes(b ^ 0x55 for b in value)
    out = Frame(head + value + body)
    out.flow = (SCTP, src, sport, dst, dport)
    return out


# TCP options


def opt_mss(n):
    return struct.pack("!BBH", 2, 4, n)


def opt_wscale(n):
    return struct.pack("!BBB", 3, 3, n)


def opt_sack_ok():
    return b"\4\2"


def opt_sack(*blocks):
    return struct.pack("!BB", 5, 2 + 8 * len(blocks)) + b"".join(struct.pack("!II", *b)
                                                                 for b in blocks)


def opt_time(value, echo):
    return struct.pack("!BBII", 8, 10, value, echo)


# Tunnels


def gre(payload, proto, key=None, seq=None, csum=False, version=0):
    """RFC 2784 and 2890."""
    flags = csum << 15 | (key is not None) << 13 | (seq is not None) << 12 | version
    rest = b""
    if key is not None:
        rest += struct.pack("!I", key)
    if seq is not None:
        rest += struct.pack("!I", seq)
    head = struct.pack("!HH", flags, proto)
    if csum:
        value = checksum(head + b"\0\0\0\0" + rest + payload)
        head += struct.pack("!HH", value, 0)
    return wrap(head + rest, payload)


def vxlan(payload, vni, flags=0x08):
    return wrap(struct.pack("!B3xI", flags, vni << 8), payload)


def geneve(payload, vni, proto=0x6558, options=b"", oam=0):
    head = struct.pack("!BBHI", len(options) // 4, oam << 7, proto, vni << 8)
    return wrap(head + options, payload)


def gtpu(payload, teid, kind=0xFF, seq=None, extensions=(), npdu=None):
    """3GPP TS 29.281.  Extensions are (type, content of 4n - 2 bytes)."""
    flags = 0x30
    extra = b""
    if seq is not None or extensions or npdu is not None:
        flags |= (bool(extensions) << 2) | ((seq is not None) << 1) | (npdu is not None)
        types = [t for t, _ in extensions] + [0]
        extra = struct.pack("!HBB", seq or 0, npdu or 0, types[0])
        for i, (_, body) in enumerate(extensions):
            extra += bytes([(len(body) + 2) // 4]) + body + bytes([types[i + 1]])
    return wrap(struct.pack("!BBHI", flags, kind, len(extra) + len(payload), teid) + extra,
                payload)


def erspan2(payload, session, vid=0, index=0):
    return wrap(struct.pack("!HHI", 1 << 12 | vid, session, index), payload)


def erspan3(payload, session, vid=0, stamp=0, sub=False):
    """Type III; `sub` adds the platform-specific subheader."""
    head = struct.pack("!HHIHH", 2 << 12 | vid, session, stamp, 0, int(sub))
    return wrap(head + (struct.pack("!II", 3 << 26, 7) if sub else b""), payload)
