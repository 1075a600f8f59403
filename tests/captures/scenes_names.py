# SPDX-License-Identifier: Apache-2.0
"""DNS over UDP, plain and hostile, and multicast DNS."""

import struct

import layers as L
from dns import Message, answer, query, txt
from scene import A, A6, DNS, Talk, at, datagram, scene

DNS6 = "2001:db8::53"


class Asking:
    """Questions from one port each, and their answers."""

    def __init__(self, client=A, server=DNS):
        self.client, self.server, self.port = client, server, 50000

    def ask(self, message):
        self.port += 1
        return datagram(self.client, self.server, self.port, 53, message.bytes())

    def say(self, message):
        return datagram(self.server, self.client, 53, self.port, message.bytes())


@scene("dns-types")
def _():
    d = Asking()
    yield d.ask(query(1, "www.example.com"))
    yield d.say(answer(1, "www.example.com").a("www.example.com", "198.51.100.2"))
    yield d.ask(query(2, "www.example.com", "AAAA"))
    yield d.say(answer(2, "www.example.com", "AAAA").a("www.example.com", "2001:db8:1::2"))
    yield d.ask(query(3, "cdn.example.org"))
    yield d.say(answer(3, "cdn.example.org")
                .record("cdn.example.org", "CNAME", "edge.cdn.example.net")
                .record("edge.cdn.example.net", "CNAME", "e1.cdn.example.net", ttl=20)
                .a("e1.cdn.example.net", "203.0.113.3").a("e1.cdn.example.net", "203.0.113.4"))
    yield d.ask(query(4, "2.100.51.198.in-addr.arpa", "PTR"))
    yield d.say(answer(4, "2.100.51.198.in-addr.arpa", "PTR")
                .record("2.100.51.198.in-addr.arpa", "PTR", "www.example.com"))
    yield d.ask(query(5, "example.com", "TXT"))
    yield d.say(answer(5, "example.com", "TXT")
                .record("example.com", "TXT", txt(b"v=spf1 -all"))
                .record("example.com", "TXT", txt(b"two", b"strings", b"")))
    yield d.ask(query(6, "example.com", "MX"))
    yield d.say(answer(6, "example.com", "MX")
                .record("example.com", "MX", struct.pack("!H", 10), "mail.example.com")
                .record("example.com", "MX", struct.pack("!H", 20), "mail2.example.com"))
    yield d.ask(query(7, "example.com", "HTTPS"))
    yield d.say(answer(7, "example.com", "HTTPS")
                .record("example.com", "HTTPS",
                        b"\0\1\0" + struct.pack("!HH", 1, 6) + b"\2h2\2h3"
                        + struct.pack("!HH", 4, 4) + L.address("198.51.100.2")))
    yield d.ask(query(8, "_sip._udp.example.com", "SRV"))
    yield d.say(answer(8, "_sip._udp.example.com", "SRV")
                .record("_sip._udp.example.com", "SRV", struct.pack("!HHH", 1, 2, 5060),
                        b"\3sip\7example\3com\0"))
    yield d.ask(query(9, "example.com", "SOA"))
    yield d.say(answer(9, "example.com", "SOA")
                .record("example.com", "SOA", "ns.example.com", "host.example.com",
                        struct.pack("!IIIII", 2023111401, 7200, 900, 1209600, 86400)))
    yield d.ask(query(10, "example.com", "ANY"))
    yield d.ask(query(11, "example.com", "NS"))
    yield d.say(answer(11, "example.com", "NS").record("example.com", "NS", "ns.example.com")
                .a("ns.example.com", "192.0.2.53", section=3))


@scene("dns-rcodes")
def _():
    d = Asking()
    soa = (b"\2ns\7example\3com\0\4host\7example\3com\0" + struct.pack("!IIIII", 1, 2, 3, 4, 5))
    yield d.ask(query(20, "no-such-name.example.com"))
    yield d.say(answer(20, "no-such-name.example.com", flags=0x8183)
                .record("example.com", "SOA", soa, section=2))
    for rcode in (1, 2, 4, 5, 9, 11):
        yield d.ask(query(30 + rcode, "rcode%d.example.com" % rcode))
        yield d.say(answer(30 + rcode, "rcode%d.example.com" % rcode, flags=0x8180 | rcode))
    # The answer that never comes, and the one nobody asked for.
    yield d.ask(query(40, "silence.example.com"))
    d.port += 1
    yield d.say(answer(41, "unasked.example.com").a("unasked.example.com", "192.0.2.66"))
    # The right port with the wrong number, then the right one, twice.
    yield d.ask(query(42, "twice.example.com"))
    yield d.say(answer(43, "twice.example.com").a("twice.example.com", "192.0.2.66"))
    yield d.say(answer(42, "twice.example.com").a("twice.example.com", "192.0.2.67"))
    yield d.say(answer(42, "twice.example.com").a("twice.example.com", "192.0.2.67"))
    # Truncated, authoritative, no recursion.
    yield d.ask(query(44, "big.example.com", "TXT"))
    yield d.say(answer(44, "big.example.com", "TXT", flags=0x8780))


@scene("dns-edns")
def _():
    d = Asking()
    cookie = struct.pack("!HH", 10, 8) + b"12345678"
    subnet = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + b"\xc0\0\2"
    yield d.ask(query(50, "dnssec.example.com").edns(rdata=cookie + subnet))
    yield d.say(answer(50, "dnssec.example.com").a("dnssec.example.com", "192.0.2.80")
                .record("dnssec.example.com", 46, b"\0\1\x0d\2" + bytes(40)).edns())
    # The extended rcode BADVERS: 16 is 1 << 4 | 0.
    yield d.ask(query(51, "version.example.com").edns(flags=0x00010000))
    yield d.say(answer(51, "version.example.com").edns(flags=0x01000000))


@scene("dns-ipv6")
def _():
    d = Asking(A6, DNS6)
    yield d.ask(query(60, "six.example.com", "AAAA"))
    yield at(0.035, d.say(answer(60, "six.example.com", "AAAA").a("six.example.com", A6)))


@scene("dns-several-questions")
def _():
    d = Asking()
    yield d.ask(query(70, "one.example.com").question("two.example.com", "AAAA"))
    yield d.ask(Message(71, 0x0100))
    # One socket for many questions; answers in the other order.
    port = 51999
    for n in (1, 2, 3):
        yield datagram(A, DNS, port, 53, query(n, "n%d.example.com" % n).bytes())
    for n in (3, 1, 2):
        yield datagram(DNS, A, 53, port,
                       answer(n, "n%d.example.com" % n).a("n%d.example.com" % n, "192.0.2.9")
                       .bytes())
    # NOTIFY, UPDATE, class CHAOS.
    yield d.ask(query(72, "example.com", "SOA", flags=0x2400))
    yield d.ask(query(73, "example.com", "SOA", flags=0x2800))
    yield d.ask(query(74, "version.bind", "TXT", qclass=3))


def wire(*labels):
    return b"".join(bytes([len(x)]) + x for x in labels) + b"\0"


HOSTILE = (
    (b"\x1b[31mred\x1b[0m", b"example"),
    (b"<script>alert(1)</script>", b"example"),
    (b"a\0b", b"example"),
    (b"line\r\nbreak\ttab", b"example"),
    ("\u202egnp.exe".encode(), b"example"),
    (b"\xff\xfe\x80", b"example"),
    (b"\xc3\x28\xe2\x82", b"example"),
    (b"\xed\xa0\x80\xf4\x90\x80\x80", b"example"),
    ("\u00e9\u4e2d\U0001f600".encode(), b"example"),
    (b'"quote\\back', b"example"),
    (b"dot.inside", b"example"),
    (b"\x7f\x9b1m\x08\x07", b"example"),
    (b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 61),
    (b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 63),
    tuple(b"a" for _ in range(127)),
    (b"MiXeD", b"CaSe"),
    (b"' OR 1=1 --", b"{{7*7}}", b"${jndi:ldap://x}"),
    ("\ufeff\u2028\u2029".encode(), b"example"),
)


@scene("dns-hostile-names")
def _():
    d = Asking()
    for n, labels in enumerate(HOSTILE):
        yield d.ask(query(100 + n, wire(*labels)))
        yield d.say(Message(100 + n, 0x8180).question(wire(*labels))
                    .record(b"\xc0\x0c", "CNAME", wire(*labels)))
    yield d.ask(query(150, "evil.example", "TXT"))
    yield d.say(answer(150, "evil.example", "TXT")
                .record("evil.example", "TXT", txt(b"\x1b]0;owned\x07", b"\xff\x00\n", b"<b>")))


def body(ident, rest, counts=(1, 0, 0, 0), flags=0x0100):
    return struct.pack("!HHHHHH", ident, flags, *counts) + rest


END = struct.pack("!HH", 1, 1)

MALFORMED = (
    body(200, b"\xc0\x0c" + END),
    body(201, b"\xc0\x20" + END),
    body(202, b"\xc0\x0e\xc0\x0c" + END),
    body(203, b"\1a\xc0\x0c" + END),
    body(204, b"\xc0\x12" + END + b"\4late\0" + END),
    body(205, b"\xff\xff" + END),
    body(206, b"\x40abc\0" + END),
    body(207, b"\x80abc\0" + END),
    body(208, b"\x3fshort"),
    body(209, b"\1a\0"),
    body(210, b"\1a\0\0\1"),
    body(211, b""),
    body(212, b"\1a\0" + END, counts=(65535, 65535, 65535, 65535)),
    body(213, b"\1a\0" + END + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 65535) + b"abcd",
         counts=(1, 1, 0, 0), flags=0x8180),
    body(214, b"\1a\0" + END + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 3) + b"abc",
         counts=(1, 1, 0, 0), flags=0x8180),
    body(215, b"\1a\0" + END + b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, 3) + b"\x09ab",
         counts=(1, 1, 0, 0), flags=0x8180),
    body(216, b"\1a\0" + END + b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 2) + b"\xc0\x17",
         counts=(1, 1, 0, 0), flags=0x8180),
    body(217, b"\0" + END),
    body(218, b"\1a\0" + END + b"trailing bytes"),
    b"\0\1\1\0\0\1\0\0\0\0\0",
    b"\0",
    b"",
)


@scene("dns-malformed")
def _():
    # Pointers to themselves, forward, in a ring, past the end; reserved label types; short
    # messages; counts and lengths that lie.
    for n, message in enumerate(MALFORMED):
        yield datagram(A, DNS, 52000 + n, 53, message)
    # A hundred records, each name one label and a pointer longer than the one before: legal.
    chain = b"\1a\0" + END
    for n in range(100):
        back = 12 if n == 0 else 19 + 14 * (n - 1)
        chain += b"\1b" + struct.pack("!HHHIH", 0xC000 | back, 16, 1, 60, 0)
    yield datagram(A, DNS, 52900, 53, body(230, chain, counts=(1, 100, 0, 0), flags=0x8180))
    # Not DNS at all on port 53.
    yield datagram(A, DNS, 52901, 53, bytes(range(256)))


@scene("dns-tunnel-like")
def _():
    d = Asking()
    for n in range(20):
        label = format((n * 0x9E3779B97F4A7C15) % (1 << 200), "050x")
        yield d.ask(query(n, "%s.%s.t.example.net" % (label, label[:40]), "TXT"))
        yield d.say(answer(n, "%s.%s.t.example.net" % (label, label[:40]), "TXT")
                    .record(b"\xc0\x0c", "TXT", txt(bytes(range(65, 91)) * 4)))


@scene("dns-over-tcp")
def _():
    t = Talk(A, DNS, 50053, 53)
    yield from t.open()
    q = query(80, "tcp.example.com", "TXT").bytes()
    r = answer(80, "tcp.example.com", "TXT").record("tcp.example.com", "TXT",
                                                    txt(b"z" * 200)).bytes()
    yield t.c("PA", struct.pack("!H", len(q)) + q)
    yield t.s("PA", struct.pack("!H", len(r)) + r)
    yield from t.close()


@scene("mdns")
def _():
    def ethernet4(src, message):
        return L.ethernet(L.ip4(src, "224.0.0.251", L.UDP,
                                L.udp(src, "224.0.0.251", 5353, 5353, message.bytes()), ttl=255))

    yield ethernet4(A, query(0, "_ipp._tcp.local", "PTR", flags=0)
                    .question("printer.local", "A", 0x8001))
    yield ethernet4("192.0.2.9", Message(0, 0x8400)
                    .record("_ipp._tcp.local", "PTR", "Office \u2014 2nd floor._ipp._tcp.local")
                    .record("Office \u2014 2nd floor._ipp._tcp.local", "SRV",
                            struct.pack("!HHH", 0, 0, 631), "printer.local", rclass=0x8001)
                    .record("Office \u2014 2nd floor._ipp._tcp.local", "TXT", txt(b"txtvers=1"))
                    .a("printer.local", "192.0.2.9", rclass=0x8001))
    yield L.ethernet(L.ip6("fe80::1", "ff02::fb", L.UDP,
                           L.udp("fe80::1", "ff02::fb", 5353, 5353,
                                 query(0, "_services._dns-sd._udp.local", "PTR", 0).bytes()),
                           hop=255))


@scene("udp-other-names")
def _():
    # LLMNR, NetBIOS and a resolver on an odd port.
    yield datagram(A, "224.0.0.252", 50100, 5355, query(1, "fileserver").bytes())
    nb = "".join(chr(65 + (b >> 4)) + chr(65 + (b & 15)) for b in b"WORKGROUP      \0")
    yield datagram(A, "192.0.2.255", 137, 137, query(2, nb, 32, flags=0x0110).bytes())
    yield datagram(A, DNS, 50101, 5300, query(3, "odd.example.com").bytes())
