# SPDX-License-Identifier: Apache-2.0
"""measure - one command with the kernel's accounting, and medians of several."""
import json
import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass


@dataclass
class Result:
    wall: float     # seconds
    user: float
    sys: float
    rss_kib: int
    status: int     # 0: well ended
    signal: int     # that ended it, or 0
    err: str        # the end of its standard error

    @property
    def cpu(self):
        return self.user + self.sys

    def take_off(self, start):
        """Leaves what it took beyond another run."""
        for name in ('wall', 'user', 'sys'):
            setattr(self, name, max(getattr(self, name) - getattr(start, name), 1e-6))

    @property
    def failed(self):
        return self.status != 0 or self.signal != 0

    @property
    def failure(self):
        why = f'killed by signal {self.signal}' if self.signal else f'status {self.status}'
        last = self.err.strip().splitlines()[-1:] or ['']
        return f'{why}: {last[0]}' if last[0] else why


class Meter:
    """Runs commands below the program `account` (its head says why)."""

    def __init__(self, account, cpus=None, urgent=False, limit=600):
        self.before = ['chrt', '-f', '10'] if urgent else []
        self.before += ['taskset', '-c', cpus] if cpus else []
        self.account, self.limit = account, limit

    def run(self, argv, feed=None):
        """feed, if given, writes what the command reads from standard input."""
        with tempfile.NamedTemporaryFile('r') as result, tempfile.TemporaryFile() as err:
            child = subprocess.Popen(self.before + [self.account, result.name] + argv,
                                     stdout=subprocess.DEVNULL, stderr=err,
                                     stdin=subprocess.PIPE if feed else subprocess.DEVNULL)
            try:
                if feed:
                    self.feed(child, feed)
                child.wait(self.limit)
            except subprocess.TimeoutExpired:
                child.terminate()
                child.wait()
            got = json.loads(result.read() or 'null')
            err.seek(max(0, err.seek(0, os.SEEK_END) - 4096))
            text = err.read().decode('utf-8', 'replace')
        if got is None:
            raise SystemExit(f'bench: {argv[0]}: no accounting: {text}')
        return Result(err=text, **got)

    @staticmethod
    def feed(child, feed):
        try:
            feed(child.stdin)
            child.stdin.close()
        except BrokenPipeError:
            pass    # it ended early; its status says so


@dataclass
class Spread:
    median: float
    low: float
    high: float


def spread(values):
    values = list(values)
    return Spread(statistics.median(values), min(values), max(values))


class Series:
    """Several runs of the same thing over `packets` packets."""

    def __init__(self, packets):
        self.packets, self.runs = packets, []

    def add(self, result):
        self.runs.append(result)

    @property
    def failure(self):
        return next((r.failure for r in self.runs if r.failed), None)

    def wall(self):
        return spread(r.wall for r in self.runs)

    def cpu(self):
        return spread(r.cpu for r in self.runs)

    def rate(self):
        """Packets per second of wall clock."""
        return spread(self.packets / r.wall for r in self.runs)

    def wall_ns(self):
        return self.wall().median / self.packets * 1e9

    def cpu_ns(self):
        return self.cpu().median / self.packets * 1e9

    def rss_mib(self):
        return max(r.rss_kib for r in self.runs) / 1024


def ratios(ours, theirs, what):
    """How many times as many packets per second we do, pair by pair."""
    scale = ours.packets / theirs.packets
    return spread(what(b) / what(a) * scale for a, b in zip(ours.runs, theirs.runs))
