# SPDX-License-Identifier: Apache-2.0
"""DNS messages (RFC 1035), with as much or as little truth in them as a scene wants."""

import struct

from layers import address

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
         "SRV": 33, "NAPTR": 35, "OPT": 41, "SVCB": 64, "HTTPS": 65, "ANY": 255}


class Message:
    """Appends names with compression against all names written so far."""

    def __init__(self, ident, flags, compress=True):
        self.head = (ident, flags)
        self.counts = [0, 0, 0, 0]
        self.body = b""
        self.seen = {}
        self.compress = compress

    def name(self, text):
        """Text is split at dots; bytes are taken as the wire form already."""
        if isinstance(text, bytes):
            self.body += text
            return
        labels = [part.encode("utf-8", "surrogateescape") for part in text.split(".") if part]
        for i, label in enumerate(labels):
            rest = tuple(labels[i:])
            if self.compress and rest in self.seen:
                self.body += struct.pack("!H", 0xC000 | self.seen[rest])
                return
            self.seen[rest] = 12 + len(self.body)
            self.body += bytes([len(label)]) + label
        self.body += b"\0"

    def question(self, name, kind="A", qclass=1):
        self.counts[0] += 1
        self.name(name)
        self.body += struct.pack("!HH", TYPES.get(kind, kind), qclass)
        return self

    def record(self, name, kind, *data, ttl=300, section=1, rclass=1, length=None):
        """`data` pieces are bytes, or names as text, which are compressed too."""
        self.counts[section] += 1
        self.name(name)
        self.body += struct.pack("!HHI", TYPES.get(kind, kind), rclass, ttl)
        mark = len(self.body)
        self.body += b"\0\0"
        for piece in data:
            if isinstance(piece, str):
                self.name(piece)
            else:
                self.body += piece
        size = len(self.body) - mark - 2 if length is None else length
        self.body = self.body[:mark] + struct.pack("!H", size) + self.body[mark + 2:]
        return self

    def a(self, name, addr, **kw):
        packed = address(addr)
        return self.record(name, "A" if len(packed) == 4 else "AAAA", packed, **kw)

    def edns(self, size=1232, flags=0x8000, rdata=b""):
        self.counts[3] += 1
        self.body += b"\0" + struct.pack("!HHIH", 41, size, flags, len(rdata)) + rdata
        return self

    def bytes(self):
        return struct.pack("!HHHHHH", *self.head, *self.counts) + self.body


def query(ident, name, kind="A", flags=0x0100, qclass=1):
    return Message(ident, flags).question(name, kind, qclass)


def answer(ident, name, kind="A", flags=0x8180):
    return Message(ident, flags).question(name, kind)


def txt(*strings):
    return b"".join(bytes([len(s)]) + s for s in strings)
