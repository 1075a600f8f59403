# SPDX-License-Identifier: Apache-2.0
"""cases - what weir is measured at, its memory and its stages."""
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass

import trace
from measure import Series

FLOWS_AT_ONCE = 200_000
FEW_FLOWS = 20_000
PASSES = (1, 5, 10)


@dataclass
class Case:
    name: str
    does: str
    args: tuple
    input: str = 'trace'


CASES = (
    Case('flows', 'decode, flows, DNS; flow and dns events as NDJSON',
         ('-o', '-', '--events', 'flow,dns')),
    Case('packet', 'one packet event per packet as NDJSON', ('-o', '-', '--events', 'packet')),
    Case('layered', 'the same in the dialect `layered`',
         ('-o', '-', '--events', 'packet', '--schema', 'layered')),
    Case('flow-sample', 'the same in the dialect `flow-sample`',
         ('-o', '-', '--events', 'packet', '--schema', 'flow-sample')),
    Case('flows, 2 packet threads', 'as `flows`, with --threads 2',
         ('-o', '-', '--events', 'flow,dns', '--threads', '2')),
    Case('packet, 2 packet threads', 'as `packet`, with --threads 2',
         ('-o', '-', '--events', 'packet', '--threads', '2')),
    Case('flows, gzip', 'as `flows`, from trace.pcap.gz', ('-o', '-', '--events', 'flow,dns'), 'gz'),
    Case('flows, zstd', 'as `flows`, from trace.pcap.zst', ('-o', '-', '--events', 'flow,dns'),
         'zst'),
    Case('-w', 'as `flows`, and all packets written to /dev/null',
         ('-o', '-', '--events', 'flow,dns', '-w', '/dev/null')),
)


def command_line(weir, case, files, passes=1):
    return [weir, 'run', '-q'] + ['-r', files[case.input]] * passes + \
        ['--threads', '1'] * ('--threads' not in case.args) + list(case.args)


def case_named(name):
    return next(c for c in CASES if c.name == name)


def measure_all(meter, weir, files, packets, rounds, say):
    """Every case, round by round, so that a slow minute of the machine hits all of them."""
    series = {c.name: Series(packets) for c in CASES if c.input in files}
    for n in range(rounds):
        say(f'weir, round {n + 1} of {rounds}')
        for case in CASES:
            if case.name in series:
                series[case.name].add(meter.run(command_line(weir, case, files)))
    return series


def stages(meter, weir, files):
    """{case: {stage: ns per packet}} as weir itself counted; {} when it says nothing."""
    found = {}
    for name in ('flows', 'packet'):
        argv = meter.before + command_line(weir, case_named(name), files) + ['--set', 'bench.stages=true']
        argv.remove('-q')
        got = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             errors='replace')
        for line in got.stderr.splitlines():
            if line.startswith('{"stage_ns_per_packet"'):
                found[name] = json.loads(line)['stage_ns_per_packet']
    return found


@dataclass
class Memory:
    rss_kib: int            # with 200,000 flows at once
    flows: int              # flow events of that run
    by_flows: float         # bytes per flow: more flows in the same table
    by_room: float          # bytes per flow: a larger table, the same flows
    passes: dict            # {number of passes: resident KiB}, time going on
    again: dict             # the same with the file given again: time jumps back
    failure: str | None = None


def rss(meter, argv, feed=None):
    result = meter.run(argv, feed)
    return result.rss_kib, result.failure if result.failed else None


def memory(meter, weir, files):
    many, few = files['many'], files['few']
    base = [weir, 'run', '-q', '--threads', '1', '-o', '-', '--events', 'flow', '-r']
    failures, kib = [], {}
    runs = {'many': base + [many], 'few': base + [few]}
    for room in (262144, 524288):
        runs[room] = base + [many, '--set', f'flow.max={room}']
    for name, argv in runs.items():
        kib[name], failure = rss(meter, argv)
        failures.append(failure)
    passes, again = {}, {}
    for n in PASSES:
        again[n], failure = rss(meter, command_line(weir, case_named('flows'), files, n))
        failures.append(failure)
        passes[n], failure = rss(meter, command_line(weir, case_named('flows'), {'trace': '-'}),
                                 lambda out, n=n: trace.passes(files['trace'], n, out))
        failures.append(failure)
    with tempfile.TemporaryFile() as out:
        subprocess.run(base + [many], stdout=out, stderr=subprocess.DEVNULL)
        out.seek(0)
        flows = sum(1 for line in out if b'"event_type":"flow"' in line)
    return Memory(kib['many'], flows,
                  (kib['many'] - kib['few']) * 1024 / (FLOWS_AT_ONCE - FEW_FLOWS),
                  (kib[524288] - kib[262144]) * 1024 / 262144, passes, again,
                  next((f for f in failures if f), None))


REFERENCE = (
    ('read', 'own reader only'),
    ('pcap', 'libpcap loop'),
    ('Rdecode', 'reader and decode'),
    ('Rflowpf', 'and flow table'),
    ('Rflowjson', 'and one JSON line per flow'),
    ('Rjhand', 'reader, decode, flow table, one JSON line per packet'),
)


def reference(source, trace, work, before):
    """{what: ns per packet} of the bare loops, or {} where their source is not at hand."""
    if not os.path.exists(source):
        return {}
    binary = os.path.join(work, 'reference')
    built = subprocess.run(['cc', '-O3', '-march=native', '-w', source, '-o', binary, '-lpcap'],
                           stderr=subprocess.DEVNULL)
    if built.returncode != 0:
        return {}
    found = {}
    for mode, what in REFERENCE:
        got = subprocess.run(before + [binary, mode, trace, '7', '/dev/null'], capture_output=True,
                             text=True)
        words = got.stdout.split()
        if 'ns/pkt' in words:
            found[what] = float(words[words.index('ns/pkt') - 1])
    return found
