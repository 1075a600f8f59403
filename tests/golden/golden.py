# SPDX-License-Identifier: Apache-2.0
"""The golden set: tests/golden/NAME.ndjson is what weir makes of tests/captures/NAME.

Of captures with more than MANY packets the packet events are left out: that keeps the folder
small, and what they can show is in the smaller ones."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "captures"))
import runner  # noqa: E402


MANY = 64


def events(weir, name, row):
    """The run whose lines are kept."""
    kinds = runner.KINDS if int(row["packets"]) <= MANY else runner.KINDS.replace("packet,", "")
    return runner.run(weir, runner.path_of(name), kinds=kinds)


def kept(name):
    return os.path.join(HERE, name + ".ndjson")


def arguments(doc, captures=True):
    """Command line shared by the programs here: --weir and names of captures."""
    parser = argparse.ArgumentParser(description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", help="the program to test; default: WEIR, then build/weir")
    parser.add_argument("--jobs", type=int, default=2)
    if captures:
        parser.add_argument("captures", nargs="*")
    return parser


def over(args, work, what):
    """Runs work(name) -> list of findings over the chosen captures; exit status."""
    names, bad = runner.chosen(args.captures), []
    for name, result in runner.each(work, names, args.jobs):
        lines = result if isinstance(result, list) else [str(result)]
        bad += ["%s: %s" % (name, line) for line in lines]
    return runner.report(what, bad, len(names))
