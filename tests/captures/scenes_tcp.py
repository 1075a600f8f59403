# SPDX-License-Identifier: Apache-2.0
"""TCP: how conversations begin, go wrong and end."""

import layers as L
from scene import A, A6, B, B6, START, Talk, at, scene, when

SYN_OPTIONS = (L.opt_mss(1460) + L.opt_sack_ok() + L.opt_time(100, 0) + b"\1" + L.opt_wscale(7))
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@scene("tcp-handshake-data-fin")
def _():
    t = Talk(dport=80)
    yield at(0.000, t.c("S", options=SYN_OPTIONS))
    yield at(0.020, t.s("SA", options=L.opt_mss(1400) + L.opt_sack_ok() + L.opt_time(900, 100)
                        + b"\1" + L.opt_wscale(9), win=28960))
    yield at(0.021, t.c("A", options=L.opt_time(121, 900)))
    yield at(0.022, t.c("PA", REQUEST, options=L.opt_time(122, 900)))
    yield at(0.042, t.s("A", options=L.opt_time(942, 122)))
    yield at(0.050, t.s("PA", ANSWER, options=L.opt_time(950, 122)))
    yield at(0.051, t.c("A", options=L.opt_time(151, 950)))
    yield at(0.060, t.c("FA", options=L.opt_time(160, 950)))
    yield at(0.080, t.s("FA", options=L.opt_time(980, 160)))
    yield at(0.081, t.c("A", options=L.opt_time(181, 980)))


@scene("tcp-ipv6")
def _():
    t = Talk(A6, B6, 40001, 443)
    yield from t.open()
    yield t.c("PA", b"\x16\x03\x01\x00\x05hello")
    yield t.s("A", b"x" * 900)
    yield from t.close()


@scene("tcp-server-closes-first")
def _():
    t = Talk()
    yield from t.open()
    yield t.c("PA", REQUEST)
    yield t.s("FPA", ANSWER)
    yield t.c("A")
    yield t.c("FA")
    yield t.s("A")


@scene("tcp-mid-stream")
def _():
    # The first packet seen comes from the server's side: port 443 is no initiator.
    t = Talk(sport=51000, dport=443)
    yield t.s("A", b"s" * 1000)
    yield t.c("A")
    yield t.s("PA", b"s" * 200)
    yield t.c("PA", b"c" * 80)
    yield t.s("A")


@scene("tcp-mid-stream-syn-ack-first")
def _():
    t = Talk()
    t.c("S")
    yield t.s("SA", options=L.opt_mss(1460))
    yield t.c("A")
    yield t.c("PA", REQUEST)
    yield t.s("PA", ANSWER)


@scene("tcp-mid-stream-fin-only")
def _():
    t = Talk()
    yield t.c("FA")
    yield t.s("A")


@scene("tcp-high-ports-mid-stream")
def _():
    # Nothing but the order of arrival tells who began.
    t = Talk(sport=50001, dport=50002)
    yield t.c("PA", b"a" * 10)
    yield t.s("PA", b"b" * 20)
    yield t.c("A")


@scene("tcp-retransmission")
def _():
    t = Talk()
    yield from t.open()
    first = t.next[0]
    yield t.c("PA", b"1" * 500)
    yield at(0.300, t.c("PA", b"1" * 500, seq=first))
    yield at(0.900, t.c("PA", b"1" * 500, seq=first))
    yield t.s("A")
    # Partly new: the first half was sent before.
    yield t.c("PA", b"1" * 250 + b"2" * 250, seq=first + 250)
    t.next[0] += 250
    yield t.s("A")
    yield from t.close()


@scene("tcp-syn-retransmission")
def _():
    t = Talk()
    t.next[0] += 1
    yield at(0, t.c("S", seq=1000, options=L.opt_mss(1460)))
    yield at(1, t.c("S", seq=1000, options=L.opt_mss(1460)))
    yield at(3, t.c("S", seq=1000, options=L.opt_mss(1460)))
    yield at(3.02, t.s("SA", options=L.opt_mss(1460)))
    yield at(3.03, t.c("A"))
    yield from t.close()


@scene("tcp-out-of-order")
def _():
    t = Talk()
    yield from t.open()
    base = t.next[1]
    one, two, three = (t.s("PA", bytes([c]) * 100) for c in b"123")
    yield two
    yield t.c("A", ack=base, options=b"\1\1" + L.opt_sack((base + 100, base + 200)))
    yield one
    yield three
    yield t.c("A")
    yield from t.close()


@scene("tcp-hole")
def _():
    # 300 bytes are acknowledged that were never seen.
    t = Talk()
    yield from t.open()
    yield t.s("PA", b"a" * 100)
    t.s("PA", b"b" * 300)
    yield t.s("PA", b"c" * 100)
    yield t.c("A")
    yield from t.close()


@scene("tcp-zero-window")
def _():
    t = Talk()
    yield from t.open()
    yield t.c("PA", b"d" * 1000)
    yield t.s("A", win=0)
    # The window probe carries one byte that is not accepted.
    yield at(0.5, t.c("A", b"p", seq=t.next[0]))
    yield t.s("A", win=0)
    yield at(1.5, t.s("A", win=65535))
    yield t.c("PA", b"e" * 100)
    yield t.s("A")
    yield from t.close()


@scene("tcp-rst-refused")
def _():
    t = Talk(dport=81)
    yield t.c("S", options=L.opt_mss(1460))
    yield t.s("RA", seq=0, win=0)


@scene("tcp-rst-after-data")
def _():
    t = Talk()
    yield from t.open()
    yield t.c("PA", REQUEST)
    yield t.s("R", win=0)
    yield t.c("A")


@scene("tcp-syn-no-answer")
def _():
    for n in range(12):
        yield at(n * 0.01, Talk(sport=41000 + n, dport=1 + n * 7).c("S", options=L.opt_mss(1460)))
    yield at(90, Talk(sport=42000).c("S"))


@scene("tcp-half-open-then-idle")
def _():
    t = Talk()
    yield at(0, t.c("S"))
    yield at(0.02, t.s("SA"))
    # Time passes for others only.
    other = Talk(sport=40999)
    for n in range(0, 130, 5):
        yield at(n + 1, other.c("PA", b"tick"))


@scene("tcp-keep-alive")
def _():
    t = Talk()
    yield from t.open()
    for n in range(1, 5):
        yield at(n * 45, t.c("A", seq=t.next[0] - 1))
        yield at(n * 45 + 0.02, t.s("A"))
    yield at(200, t.c("A", b"\0", seq=t.next[0] - 1))
    yield t.s("A")
    yield from t.close()


@scene("tcp-simultaneous-open")
def _():
    t = Talk(sport=3000, dport=3001)
    yield t.c("S")
    yield t.s("S")
    yield t.c("SA", seq=1000)
    yield t.s("SA", seq=500000)
    yield t.c("PA", b"x")
    yield t.s("A")


@scene("tcp-simultaneous-close")
def _():
    t = Talk()
    yield from t.open()
    mine = t.c("FA")
    t.next[0] -= 1
    theirs = t.s("FA")
    t.next[0] += 1
    yield mine
    yield theirs
    yield t.c("A")
    yield t.s("A")


@scene("tcp-half-closed")
def _():
    # The client is done speaking, the server goes on for minutes.
    t = Talk()
    yield from t.open()
    yield t.c("FA")
    for n in range(1, 8):
        yield at(n * 20, t.s("PA", b"late" * 50))
        yield t.c("A")
    yield t.s("FA")
    yield t.c("A")


@scene("tcp-port-reuse-after-fin")
def _():
    t = Talk()
    yield from t.open()
    yield from t.close()
    again = Talk(isn=(70000, 900000))
    yield at(0.5, again.c("S"))
    yield again.s("SA")
    yield again.c("A")
    yield again.c("PA", b"again")
    yield again.s("RA")
    third = Talk(isn=(130000, 20000))
    yield at(30, third.c("S"))
    yield third.s("SA")


@scene("tcp-port-reuse-after-silence")
def _():
    t = Talk()
    yield from t.open()
    yield t.c("PA", b"before")
    yield t.s("A")
    # The old one was never closed.
    yield at(600, t.c("PA", b"after"))
    yield t.s("A")
    again = Talk(isn=(70000, 900000))
    yield at(2000, again.c("S"))
    yield again.s("SA")
    yield again.c("A")


@scene("tcp-long-active")
def _():
    # Longer than the active timeout several times over: interim records.
    t = Talk()
    yield from t.open()
    for n in range(1, 26):
        yield at(n * 10, t.c("PA", b"q" * n))
        yield t.s("PA", b"r" * (2 * n))
    yield from t.close()


@scene("tcp-odd-flags")
def _():
    # NULL, XMAS, FIN, SYN+FIN, SYN+RST, all bits: scanners send these.
    for n, flags in enumerate(("", "FPU", "F", "SF", "SR", "FSRPAUEC", "U", "EC", "SEC")):
        yield Talk(sport=45000 + n, dport=22).c(flags, urg=7 if "U" in flags else 0)
    yield Talk(sport=45100, dport=22).s("R")


@scene("tcp-sequence-wraps")
def _():
    t = Talk(isn=(0xFFFFFF00, 0xFFFFFFFE))
    yield from t.open()
    for n in range(6):
        yield t.c("PA", bytes([65 + n]) * 100)
        yield t.s("PA", b"ok")
    yield from t.close()


@scene("tcp-option-oddities", flows=False)
def _():
    # Length 0, length 1, length past the end, unknown kind, 40 bytes of NOP, EOL then rubbish.
    bad = (b"\2\0\0\0", b"\2\1\0\0", b"\2\x28\5\xb4", b"\xfe\4ab", b"\1" * 40,
           b"\0\xff\xff\xff", b"\x08\x0a\0\0\0\1\0\0\0\2\3\3\xff\0", b"\5\x0b123456789\0")
    for n, opts in enumerate(bad):
        yield Talk(sport=46000 + n).c("S", options=opts)
    for n, doff in enumerate((0, 4, 15)):
        yield Talk(sport=46100 + n).c("S", doff=doff)


@scene("tcp-same-time")
def _():
    # Two conversations, every packet at one instant.
    one, two = Talk(), Talk(A6, B6)
    for p in one.open() + two.open() + one.close() + two.close():
        yield when(START, p)


@scene("tcp-many-conversations")
def _():
    for n in range(40):
        t = Talk("192.0.2.%d" % (1 + n % 5), B, 30000 + n, (22, 80, 443, 8080)[n % 4],
                 isn=(n * 1000, n * 77777))
        yield from t.open()
        for k in range(n % 4):
            yield t.c("PA", bytes(n + k))
            yield t.s("PA", bytes(10 * k + n))
        if n % 3 == 0:
            yield from t.close()
        elif n % 3 == 1:
            yield t.s("RA")


@scene("tcp-self")
def _():
    # Same address and port at both ends (land).
    yield L.ethernet(L.ip4(A, A, L.TCP, L.tcp(A, A, 139, 139, 1, 0, "S")))
    yield L.ethernet(L.ip4(A, A, L.TCP, L.tcp(A, A, 139, 139, 1, 2, "SA")))
    yield L.ethernet(L.ip4(A, A, L.TCP, L.tcp(A, A, 138, 139, 1, 0, "S")))
    yield L.ethernet(L.ip4(A, A, L.TCP, L.tcp(A, A, 139, 138, 1, 2, "SA")))


@scene("tcp-port-zero")
def _():
    yield Talk(sport=0, dport=0).c("S")
    yield Talk(sport=0, dport=80).c("S")
    yield Talk(sport=0, dport=80).s("RA")
