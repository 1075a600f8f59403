# SPDX-License-Identifier: Apache-2.0
"""Running weir over a capture, and finding captures: shared by tests/oracle and tests/golden."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KINDS = "packet,flow,dns,arp,icmp,stats,loss"
SKIP = 77
# Nothing here may take long; a run that does is a finding, not a slow machine.
SECONDS = 120


class Failed(Exception):
    """weir could not be run to its end."""


class Run:
    """What one run of weir gave."""

    def __init__(self, status, lines, messages):
        self.status, self.lines, self.messages = status, lines, messages

    def events(self):
        return [json.loads(line) for line in self.lines]


def find_weir(path=None):
    path = path or os.environ.get("WEIR") or os.path.join(ROOT, "build", "weir")
    if not os.access(path, os.X_OK):
        sys.exit("no weir at %s: build it, or name it with WEIR=" % path)
    return os.path.abspath(path)


def run(weir, capture, *more, kinds=KINDS, schema="native", threads=1):
    """Reads a capture to its end.  A signal, a sanitizer's word or a timeout is `Failed`.

    The events do not tell where they were made: neither the host's name nor the folder is in
    them."""
    folder, name = os.path.split(os.path.abspath(capture))
    command = [weir, "run", "-r", name, "-o", "-", "--events", kinds, "--schema", schema,
               "--set", "deterministic=true", "--set", "sensor.id=golden",
               "--threads", str(threads), *more]
    try:
        p = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False,
                           stdin=subprocess.DEVNULL, cwd=folder)
    except subprocess.TimeoutExpired:
        raise Failed("%s: no end after %d s" % (" ".join(command), SECONDS)) from None
    text = p.stderr.decode("utf-8", "replace")
    if p.returncode < 0 or "Sanitizer" in text or "runtime error:" in text:
        raise Failed("%s: status %d\n%s" % (" ".join(command), p.returncode, text[-4000:]))
    if p.stdout and not p.stdout.endswith(b"\n"):
        raise Failed("%s: the last line has no end" % " ".join(command))
    return Run(p.returncode, p.stdout.splitlines(), text)


def rows(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        head = f.readline().rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in f]


def expected():
    """Row of expected.tsv by file name, in the order of that file."""
    return {row["file"]: row for row in rows("expected.tsv")}


def path_of(name):
    return os.path.join(HERE, name)


def chosen(names):
    """Names from the command line, with or without folder, or all."""
    known = expected()
    if not names:
        return list(known)
    names = [os.path.basename(n) for n in names]
    for n in names:
        if n not in known:
            sys.exit("%s is not one of the captures made by tests/captures/make" % n)
    return names


def pcap_dir():
    """The folder of real captures, or None: they are not part of this repository."""
    path = os.environ.get("WEIR_PCAP_DIR") or os.path.join(os.path.dirname(ROOT), "shared", "pcap")
    return path if os.path.isdir(path) else None


def need(program):
    if not shutil.which(program):
        print("skipped: %s is not installed" % program)
        sys.exit(SKIP)


def each(work, items, jobs=2):
    """Runs work(item) for all items on `jobs` threads; yields (item, result or Failed) in order."""
    def guarded(item):
        try:
            return work(item)
        except Failed as failure:
            return failure

    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(items, pool.map(guarded, items))


def report(what, bad, count):
    """Prints findings and the sum; exit status of the test."""
    for line in bad:
        print(line)
    print("%s: %d checked, %d findings" % (what, count, len(bad)))
    return 1 if bad or not count else 0
