# SPDX-License-Identifier: Apache-2.0
"""What the live tests share: a network namespace of their own, the two programs, and checks."""
import json
import os
import select
import signal
import subprocess
import sys
import time

SEND, RECV = (os.path.abspath(p) for p in sys.argv[1:3])
SPACE = f"weir-live-{os.getpid()}"
LIMIT = 20  # seconds any one program may take
running = []


def call(*args, check=True):
    return subprocess.run(args, check=check, timeout=LIMIT, text=True, capture_output=True)


def ip(*args):
    return call("ip", "-n", SPACE, *args).stdout


def inside(*args):
    return ["ip", "netns", "exec", SPACE, *args]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def set_up():
    if os.geteuid() != 0:
        skip("only root makes network namespaces")
    try:
        made = call("ip", "netns", "add", SPACE, check=False)
    except FileNotFoundError:
        skip("there is no `ip` command (package iproute2)")
    if made.returncode != 0:
        skip(f"`ip netns add` does not work here: {made.stderr.strip()}")
    # Nothing but our frames: no IPv6 neighbour discovery.
    call(*inside("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6;"
                             "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"), check=False)
    try:
        veth()
    except subprocess.CalledProcessError as e:
        skip(f"no veth pairs here: {e.stderr.strip()}")


def veth():
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    ip("link", "set", "v0", "up")
    ip("link", "set", "v1", "up")


def clean_up():
    for process in running:
        process.kill()
        process.wait()
    try:
        call("ip", "netns", "del", SPACE, check=False)
    except OSError:
        pass


class NotHere(Exception):
    """This machine lacks what a test needs."""


TUN_WRITER = """
import fcntl, os, struct, sys
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001))
for n in range(int(sys.argv[2])):
    payload = b"weir" + struct.pack(">I", n) + b"0123456789"
    udp = struct.pack(">HHHH", 1000, 5000 + n % 2, 8 + len(payload), 0)
    head = struct.pack(">BBHHHBBH8s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0,
                       bytes((198, 18, 0, 1, 198, 18, 1, 1)))
    os.write(fd, head + udp + payload)
"""


class Receiver:
    def __init__(self, iface, *options, source="af_packet"):
        self.process = subprocess.Popen(inside(RECV, source, iface, *options), bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(self.process)
        self.pending = b""
        self.error = None
        line = self.line()
        if line != "ready":
            self.error = json.loads(line)
            self.finish()

    def line(self):
        """The next line, or what is left at the end."""
        until = time.monotonic() + LIMIT
        while b"\n" not in self.pending:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"the receiver says nothing after {self.pending!r}")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                break
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def wait_for(self, message=None, known=0, threads=1):
        """Until each thread said a message with this text, or so many frames were taken."""
        while True:
            line = self.line()
            said = json.loads(line) if line else {}
            if not line or "known" in said and "packets" in said:
                raise AssertionError(f"the receiver ended before it said {message or known}")
            if message and message in said.get("message", ""):
                threads -= 1
            if threads == 0 or known and said.get("known", 0) >= known:
                return

    def go(self):
        self.process.stdin.write(b"go\n")

    def finish(self):
        last = line = self.line()
        while line:
            last, line = line, self.line()
        self.process.wait(timeout=LIMIT)
        running.remove(self.process)
        return json.loads(last) if last else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        seen = self.finish()
        check_identity(seen)
        return seen


def send(iface, count, *options):
    sent = int(call(*inside(SEND, iface, str(count), *options)).stdout)
    equal("frames the kernel took", sent, count)


def total(seen, name):
    return sum(t["stats"][name] for t in seen["threads"])


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: {got}, not {want}")


def check_identity(seen):
    """What the kernel counted is found again, thread by thread."""
    for t in seen["threads"]:
        s = t["stats"]
        equal("kernel_packets - kernel_drops - read - unread",
              s["kernel_packets"] - s["kernel_drops"] - s["read"] - s["unread"], 0)
        equal("read - filtered - taken",
              s["read"] - s["user_filtered"] - s["direction_filtered"] - t["taken"], 0)


def check_all_known(seen, count):
    equal("frames of ours", seen["known"], count)
    equal("frames twice", seen["again"], 0)
