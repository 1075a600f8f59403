# SPDX-License-Identifier: Apache-2.0
"""Captures in which each packet is cut to every length: see the program `cut` beside."""

import files as F

SECOND = 1000000000
START = 1700000000 * SECOND


def passes(packets, most):
    """(packet, linktype) cut to each length, an hour between lengths; whole ones come last."""
    for length in range(most + 1):
        for i, (p, linktype) in enumerate(packets):
            if length < len(p.data):
                yield F.Packet(START + length * 3600 * SECOND + i * 1000000, p.data[:length],
                               p.wire), linktype
    for i, (p, linktype) in enumerate(packets):
        yield F.Packet(START + (most + 1) * 3600 * SECOND + i * 1000000, p.data, p.wire), linktype


def cut(source, most=160):
    """The bytes of the new file, how many packets are in it, and their bytes on the wire."""
    packets = F.read(source)
    links = sorted({linktype for _, linktype in packets})
    out, count, size = [F.shb()], 0, 0
    out += [F.idb("<", linktype, 0, (9, b"\x09")) for linktype in links]
    for p, linktype in passes(packets, most):
        p.interface = links.index(linktype)
        out.append(F.epb(p, "<", 9))
        count += 1
        size += p.wire
    return b"".join(out), count, size
