# SPDX-License-Identifier: Apache-2.0
"""What the tests of the finished program share: cases, running weir, waiting, made-up traffic."""

import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
CAPTURES = os.path.join(TESTS, "captures")
sys.dont_write_bytecode = True
sys.path[1:1] = [CAPTURES, os.path.join(TESTS, "oracle")]
import facts  # noqa: E402
import files as F  # noqa: E402
import layers as L  # noqa: E402
import runner  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR") or os.path.join(os.path.dirname(TESTS), "build",
                                                              "weir"))
LIMIT = 60  # seconds any one program may take
START = 1700000000 * 10 ** 9
# Names in the environment that are keys of weir would change what is tested.
ENV = {k: v for k, v in os.environ.items() if not k.startswith("WEIR_") and k != "NO_COLOR"}
ENV["TERM"] = "xterm"

cases, running = [], []
folder = None


class NotHere(Exception):
    """This machine lacks what a case needs."""


def case(function):
    cases.append(function)
    return function


def need(*programs):
    for p in programs:
        if not shutil.which(p):
            raise NotHere(f"{p} is not installed")


def need_root():
    if os.geteuid() != 0:
        raise NotHere("only root may do this")


def main(before=None, after=None):
    """Runs all cases, or those named; 77 when none could be run."""
    global folder
    wanted = [c for c in cases if not sys.argv[1:] or c.__name__ in sys.argv[1:]]
    results = []
    with tempfile.TemporaryDirectory(prefix="weir-test-") as folder:
        os.chmod(folder, 0o755)
        try:
            why = guarded(before) if before else None
            for number, c in enumerate(wanted, 1):
                begin = time.monotonic()
                result = why or guarded(c)
                if "WEIR_TEST_TIMES" in os.environ:
                    print(f"# {time.monotonic() - begin:.1f} s", end=" ")
                results.append(result[0] if result else "ok")
                print_result(number, c.__name__, result)
        finally:
            end_all()
            if after:
                after()
    if results and all(r == "skip" for r in results):
        return 77
    return 1 if "not ok" in results or not results else 0


def guarded(function):
    """None, or what went wrong and why."""
    try:
        function()
    except NotHere as e:
        return "skip", str(e)
    except Exception as e:
        last = "" if isinstance(e, AssertionError) else traceback.format_exc()
        line = traceback.extract_tb(e.__traceback__)[1].lineno
        return "not ok", f"line {line}: {type(e).__name__}: {e}\n{last}"
    finally:
        end_all()
    return None


def print_result(number, name, result):
    if not result:
        print(f"ok {number} - {name}")
    elif result[0] == "skip":
        print(f"SKIP: {result[1]}")
        print(f"ok {number} - {name} # SKIP {result[1]}")
    else:
        print(f"not ok {number} - {name}")
        print("".join(f"#   {line}\n" for line in result[1].splitlines()), end="")
    sys.stdout.flush()


def end_all():
    while running:
        p = running.pop()
        if p.poll() is None:
            p.kill()
        p.wait()


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: {str(got)[:1500]}, not {str(want)[:1500]}")


def true(what, holds):
    if not holds:
        raise AssertionError(f"this should hold: {str(what)[:3000]}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text[-3000:]!r}")


def path(name):
    return os.path.join(folder, name)


def save(name, data):
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)


def load(name):
    with open(name, "rb") as f:
        return f.read()


def capture(name):
    return os.path.join(CAPTURES, name)


def wait_for(what, ask, seconds=LIMIT / 2):
    end = time.monotonic() + seconds
    while True:
        got = ask()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


class Ran:
    """How a run ended and what it wrote."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err.decode("utf-8", "replace")
        self.parsed = None
        if status < 0 or "Sanitizer" in self.err or "runtime error:" in self.err:
            raise AssertionError(f"weir ended with status {status}: {self.err[-3000:]}")

    def events(self, kind=None):
        if self.out and not self.out.endswith(b"\n"):
            raise AssertionError("the last line has no end")
        if self.parsed is None:
            self.parsed = [json.loads(line) for line in self.out.splitlines()]
        return [e for e in self.parsed if e["event_type"] == kind] if kind else self.parsed

    def stats(self):
        return last_stats(self.events())


def last_stats(events):
    found = facts.stats(events)
    if found is None:
        raise AssertionError("there is no stats event")
    return facts.flatten(found)


def settled(stats, but=()):
    """Nothing is unaccounted for."""
    found = {k: v for k, v in stats.items() if ".residual." in k}
    for name in ("I1", "I2", "I3", "I4", "I5", "I6", "I7"):
        true(f"there is a residual of {name}", f"ledger.residual.{name}" in found)
    equal("residuals", {k: v for k, v in found.items() if v and k not in but}, {})


def weir(*args, data=None, status=0, more=None, **kw):
    """Runs weir to its end; status None: any."""
    command = [WEIR, *map(str, args)]
    stdin = {} if data is not None else {"stdin": subprocess.DEVNULL}
    p = subprocess.run(command, input=data, capture_output=True, timeout=LIMIT, check=False,
                       env={**ENV, **(more or {})}, **{**stdin, **kw})
    ran = Ran(p.returncode, p.stdout or b"", p.stderr or b"")
    if status is not None and ran.status != status:
        raise AssertionError(f"{' '.join(command)}: status {ran.status}, not {status}: "
                             f"{ran.err[-2000:]}")
    return ran


def read(*names, args=(), kinds="flow,stats,loss", **kw):
    """Events of captures, made the same way in each run."""
    sources = [a for n in names for a in ("-r", n)]
    return weir("run", *sources, "-o", "-", "--events", kinds, "--set", "deterministic=true",
                *args, **kw)


def start(*args, prefix=(), **kw):
    """Starts weir in the background; ended with the case if not before."""
    p = subprocess.Popen([*prefix, WEIR, *map(str, args)], env=ENV, **kw)
    running.append(p)
    return p


class Weir:
    """A weir in the background whose outputs go to files."""

    def __init__(self, *args, prefix=(), stdin=subprocess.DEVNULL, stdout=None, **kw):
        self.out, self.err = path(f"out-{len(os.listdir(folder))}"), None
        self.err = self.out + ".err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = start(*args, prefix=prefix, stdin=stdin, stdout=stdout or out,
                                 stderr=err, **kw)

    def said(self):
        return load(self.err).decode("utf-8", "replace")

    def packets(self):
        """How many packets it has, by its own word on SIGUSR1, which kills before it is caught."""
        wait_for("caught signals", self.catches)
        before = self.said().count(" packets, ")
        self.process.send_signal(signal.SIGUSR1)

        def told():
            if self.process.poll() is not None:
                raise AssertionError(f"weir has ended: {self.said()[-2000:]}")
            lines = [t for t in self.said().split("\n")[:-1] if " packets, " in t]
            return lines[-1] if len(lines) > before else None
        return int(wait_for("an answer to SIGUSR1", told).split()[1])

    def catches(self):
        if self.process.poll() is not None:
            raise AssertionError(f"weir has ended: {self.said()[-2000:]}")
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            masks = dict(line.split(":\t") for line in f if line.startswith("SigBlk"))
        return int(masks["SigBlk"], 16) >> (signal.SIGUSR1 - 1) & 1

    def wait_packets(self, n):
        wait_for(f"{n} packets", lambda: self.packets() >= n)

    def kill(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGINT, status=0):
        """Ends it; all it wrote."""
        if number:
            self.process.send_signal(number)
        got = self.process.wait(LIMIT)
        if self.process in running:
            running.remove(self.process)
        ran = Ran(got, load(self.out), load(self.err))
        if status is not None and got != status:
            raise AssertionError(f"status {got}, not {status}: {ran.err[-2000:]}")
        return ran


class Terminal:
    """A weir whose terminal we are.  stderr_apart: a terminal of its own for messages."""

    def __init__(self, *args, **kw):
        self.master, slave = pty.openpty()
        tty.setraw(slave)  # newlines as they are written
        self.shown = b""
        own = {"stdin": slave, "stdout": slave, "stderr": slave, **kw}
        self.process = start(*args, **own, start_new_session=True,
                             preexec_fn=lambda: take_terminal(slave))
        os.close(slave)
        os.set_blocking(self.master, False)

    def look(self):
        try:
            while True:
                part = os.read(self.master, 65536)
                if not part:
                    break
                self.shown += part
        except (BlockingIOError, OSError):
            pass
        return self.shown

    def press(self, key):
        os.write(self.master, key)

    def end(self):
        """Waits for the end while looking; its status."""
        wait_for("the end of weir", lambda: (self.look(), self.process.poll() is not None)[1])
        self.look()
        os.close(self.master)
        running.remove(self.process)
        return self.process.returncode


def take_terminal(fd):
    import fcntl
    import termios
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


# Traffic


def udp(number, src="192.0.2.1", dst="198.51.100.2", sport=None, dport=4000, size=40):
    sport = 20000 + number % 40 if sport is None else sport
    body = b"weir" + number.to_bytes(4, "big") + bytes(max(0, size - 8))
    return L.ethernet(L.ip(src, dst, L.UDP, L.udp(src, dst, sport, dport, body)))


def flood(count, size=40, n_flows=40):
    """A pcap file of as many UDP packets, made fast: they differ in ports and number only."""
    body = bytearray(udp(0, size=size))
    body[40:42] = b"\0\0"  # no UDP checksum
    out = [F.pcap([])]
    for i in range(count):
        flow = i % n_flows
        body[34:38] = struct.pack("!HH", 1 + flow % 50000, 6000 + flow // 50000)
        body[46:50] = struct.pack("!I", i)
        ts = START + i * 1000000
        out.append(struct.pack("<IIII", ts // 10 ** 9, ts % 10 ** 9 // 1000, len(body), len(body)))
        out.append(bytes(body))
    return b"".join(out)


def mixed(count):
    """Frames of all sorts: UDP, TCP conversations, DNS, ARP, ICMP, a VLAN, IPv6."""
    sources = [capture(n) for n in (
        "tcp-handshake-data-fin.pcap", "tcp-many-conversations.pcap", "dns-types.pcap",
        "dns-ipv6.pcap", "arp.pcap", "icmp-echo.pcap", "vlan-8021q.pcap", "tcp-ipv6.pcap",
        "tcp-retransmission.pcap", "icmp-errors-quote-a-flow.pcap", "vxlan.pcap", "gre.pcap")]
    kinds = [[p.data for p, _ in F.read(s) if 14 <= len(p.data) <= 1514] for s in sources]
    # A few packets of each kind in turn, in their order.
    known = [p for at in range(0, 60, 4) for kind in kinds for p in kind[at:at + 4]]
    out = []
    while len(out) < count:
        number = len(out)
        out.append(known[number // 3 % len(known)] if number % 3 == 0 else udp(number))
    return out


def timed(frames, step_ns=1000000, first=START):
    return [F.Packet(first + i * step_ns, data) for i, data in enumerate(frames)]


def packets_of(name):
    """(time, length on the wire, captured bytes) of each packet, as tcpdump reads them."""
    need("tcpdump")
    p = subprocess.run(["tcpdump", "-r", name, "--nano", "-w", "-"], capture_output=True,
                       timeout=LIMIT, check=False)
    if p.returncode != 0:
        raise AssertionError(f"tcpdump cannot read {name}: {p.stderr.decode()}")
    return [(q.ts, q.wire, q.data) for q, _ in F.read_pcap(p.stdout, "<")]
