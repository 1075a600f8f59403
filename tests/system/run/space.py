# SPDX-License-Identifier: Apache-2.0
"""A network namespace of our own with the pair v0 - v1, and a weir that listens in it."""

import os
import subprocess
import sys
import time

from drive import (F, HERE, LIMIT, NotHere, Weir, equal, need, need_root, save, timed, wait_for)

SEND = os.environ.get("LIVE_SEND", "")
SPACE = f"weir-run-{os.getpid()}"
INSIDE = ("ip", "netns", "exec", SPACE)


def call(*args, check=True):
    p = subprocess.run(args, check=False, timeout=LIMIT, text=True, capture_output=True)
    if check and p.returncode != 0:
        raise AssertionError(f"{' '.join(args)}: {p.stderr.strip()}")
    return p


def ip(*args):
    return call("ip", "-n", SPACE, *args).stdout


def make():
    need_root()
    need("ip")
    made = call("ip", "netns", "add", SPACE, check=False)
    if made.returncode != 0:
        raise NotHere(f"`ip netns add` does not work here: {made.stderr.strip()}")
    # Nothing but our frames: no IPv6 neighbour discovery.
    call(*INSIDE, "sh", "-c", "for i in default all; do echo 1 >"
         "/proc/sys/net/ipv6/conf/$i/disable_ipv6; done", check=False)
    made = call("ip", "-n", SPACE, "link", "add", "v0", "type", "veth", "peer", "name", "v1",
                check=False)
    if made.returncode != 0:
        raise NotHere(f"no veth pairs here: {made.stderr.strip()}")
    up("v0", "v1", "lo")


def veth():
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    up("v0", "v1")


def up(*names):
    for name in names:
        ip("link", "set", name, "up")


def remove():
    if os.path.exists(f"/run/netns/{SPACE}"):
        call("ip", "netns", "del", SPACE, check=False)


def replay(frames, iface="v0"):
    """Sends them and returns their bytes."""
    call(*INSIDE, sys.executable, os.path.join(HERE, "replay.py"), iface,
         save("replayed.pcap", F.pcap(timed(frames))))
    return sum(map(len, frames))


def send(count, *options, iface="v0"):
    """Sends numbered UDP frames of 100 bytes, fast."""
    if not SEND:
        raise NotHere("LIVE_SEND does not name the program that sends")
    equal("frames the kernel took",
          int(call(*INSIDE, SEND, iface, str(count), *options).stdout), count)


class Live(Weir):
    """weir run in the namespace, listening when the constructor returns."""

    def __init__(self, *args, sockets=1, **kw):
        super().__init__("run", *args, prefix=INSIDE, **kw)
        wait_for("packet sockets", lambda: self.ended() or self.listening() >= sockets)
        if not self.ended() and sockets:
            self.packets()
            time.sleep(0.05)

    def ended(self):
        return self.process.poll() is not None

    def listening(self):
        """How many packet sockets its namespace has that are on."""
        try:
            with open(f"/proc/{self.process.pid}/net/packet", encoding="ascii") as f:
                rows = [line.split() for line in f.readlines()[1:]]
        except OSError:
            return 0
        with open(f"/proc/{self.process.pid}/comm", encoding="ascii") as f:
            return sum(r[5] == "1" for r in rows) if f.read() == "weir\n" else 0
