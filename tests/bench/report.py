# SPDX-License-Identifier: Apache-2.0
"""report - measurements as Markdown, and into docs/performance.md."""
import datetime
import os
import platform
import re
import subprocess

from cases import FLOWS_AT_ONCE
from measure import ratios


def table(head, rows):
    """A Markdown table; columns after the second are numbers."""
    lines = ['| ' + ' | '.join(head) + ' |',
             '|' + '|'.join('---' if i < 2 else '---:' for i in range(len(head))) + '|']
    return '\n'.join(lines + ['| ' + ' | '.join(r) + ' |' for r in rows])


def number(value):
    if value >= 1e6:
        return f'{value / 1e6:.2f} M'
    return f'{value / 1e3:.1f} k' if value >= 1e4 else f'{value:.0f}'


def times(spread):
    digits = 2 if spread.median < 20 else 0
    return f'{spread.median:.{digits}f} ({spread.low:.{digits}f}-{spread.high:.{digits}f})'


def row(name, does, s):
    if s.failure:
        return [name, does, s.failure] + [''] * 4
    wall = s.wall()
    return [name, does, f'{wall.median:.3f} ({wall.low:.3f}-{wall.high:.3f})', f'{s.wall_ns():.0f}',
            number(s.rate().median), f'{s.cpu_ns():.0f}', f'{s.rss_mib():.0f}']


BUSY = ' (other work was running: trust ratios, not times)'
HEAD = ['program', 'does', 'wall clock, s', 'ns/packet', 'packets/s', 'CPU ns/packet',
        'resident MiB']


def peer_table(found):
    rows = []
    for peer, theirs, ours in found:
        if theirs.failure or not ours or ours.failure:
            rows.append(row(peer.name, peer.does, theirs) + ['', ''])
            continue
        rows.append(row(peer.name, peer.does, theirs) +
                    [times(ratios(ours, theirs, lambda r: r.wall)),
                     times(ratios(ours, theirs, lambda r: r.cpu))])
    return table(HEAD + ['weir, times as many packets/s', 'packets per CPU second'], rows)


def case_table(series, cases):
    return table(HEAD, [row('weir `' + c.name + '`', c.does, series[c.name])
                        for c in cases if c.name in series])


def stage_table(stages, reference):
    lines = []
    for name, found in stages.items():
        shown = ', '.join(f'{stage} {ns:.1f}' for stage, ns in found.items())
        lines.append(f'* `{name}`, packet thread: {shown}; together {sum(found.values()):.1f}')
    for what, ns in reference.items():
        lines.append(f'* bare loop: {what}: {ns:.1f}')
    return '\n'.join(lines) or 'not measured'


def memory_table(m):
    if m.failure:
        return f'failed: {m.failure}'
    def shown(passes):
        return ', '.join(f'{n}: {kib / 1024:.1f} MiB' for n, kib in passes.items())
    return '\n'.join([
        f'* {FLOWS_AT_ONCE:,} flows at once ({m.flows:,} of them reported): '
        f'{m.rss_kib / 1024:.1f} MiB resident',
        f'* bytes per flow: {m.by_flows:.0f} when there are more of them in the same table, '
        f'{m.by_room:.0f} per flow of a larger table',
        f'* passes over the trace in one run: {shown(m.passes)}',
        f'* the same file given again and again, so that packet time jumps back: {shown(m.again)}'])


class Bars:
    """What issue "The spine" asks for, beside what was measured."""

    def __init__(self):
        self.rows = []

    def check(self, what, wanted, got, met):
        self.rows.append([what, wanted, got, 'met' if met else '**missed**'])

    def unknown(self, what, wanted, why):
        self.rows.append([what, wanted, why, 'not measured'])

    def peers(self, found):
        for peer, theirs, ours in found:
            if not peer.least:
                continue
            what = f'packets/s beside {peer.name}'
            wanted = f'at least {peer.least:g} times'
            if theirs.failure or not ours or ours.failure:
                self.unknown(what, wanted, theirs.failure or (ours and ours.failure) or 'no weir')
                continue
            got = ratios(ours, theirs, lambda r: r.wall)
            self.check(what, wanted, times(got), got.median >= peer.least)

    def cases(self, series):
        packet = series.get('packet')
        if not packet or packet.failure:
            self.unknown('packet events/s', 'at least 2 M', packet.failure if packet else 'no weir')
            return
        rate = packet.rate()
        self.check('packet events/s', 'at least 2 M', number(rate.median), rate.median >= 2e6)

    def memory(self, m):
        what = f'resident with {FLOWS_AT_ONCE:,} flows at once'
        if m.failure:
            self.unknown(what, 'at most 128 MiB', m.failure)
            return
        self.check(what, 'at most 128 MiB', f'{m.rss_kib / 1024:.1f} MiB, {m.flows:,} flows',
                   m.rss_kib <= 128 * 1024 and m.flows >= FLOWS_AT_ONCE)
        most = max(m.by_flows, m.by_room)
        self.check('bytes per flow', 'at most 256', f'{most:.0f}', 0 < most <= 256)
        first, last = min(m.passes), max(m.passes)
        grown = m.passes[last] - m.passes[first]
        self.check(f'growth over {last} passes', 'none (1 MiB)', f'{grown} KiB', grown <= 1024)

    def table(self):
        return '\n'.join(['| bar | wanted | measured | |', '|---|---|---:|---|'] +
                         ['| ' + ' | '.join(r) + ' |' for r in self.rows])


def machine(root, weir_version, args):
    model = 'unknown processor'
    with open('/proc/cpuinfo') as f:
        found = re.search(r'^model name\s*: (.*)$', f.read(), re.M)
        model = found[1] if found else model
    with open('/proc/meminfo') as f:
        memory = int(f.readline().split()[1]) // 1024 // 1024
    commit = subprocess.run(['git', '-C', root, 'describe', '--always', '--dirty'],
                            capture_output=True, text=True).stdout.strip()
    return (f'{datetime.date.today()}, {os.cpu_count()} processors ({model}), {memory} GiB, '
            f'Linux {platform.release()}. {weir_version} {commit}. '
            f'{"Pinned to processors " + args.pin if args.pin else "Not pinned"}, '
            f'{"real-time" if args.urgent else "ordinary"} priority. '
            f'Load of the machine before: {os.getloadavg()[0]:.2f}{BUSY if os.getloadavg()[0] > 0.3 else ""}.')


def publish(path, name, text):
    """Puts text between the markers of that name; the rest of the document stays."""
    begin, end = f'<!-- {name}:begin -->', f'<!-- {name}:end -->'
    with open(path) as f:
        document = f.read()
    if begin not in document or end not in document:
        raise SystemExit(f'bench: {path} has no markers {begin} and {end}')
    head, rest = document.split(begin, 1)
    tail = rest.split(end, 1)[1]
    with open(path, 'w') as f:
        f.write(f'{head}{begin}\n{text.rstrip()}\n{end}{tail}')
