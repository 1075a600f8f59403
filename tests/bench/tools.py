# SPDX-License-Identifier: Apache-2.0
"""tools - what `run` and `live` have in common: builds, the trace, talking."""
import os
import subprocess
import sys

import trace

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, 'b-bench', 'traces')
SHARED = os.environ.get('WEIR_SHARED', os.path.join(ROOT, '..', 'shared'))
DOCUMENT = os.path.join(ROOT, 'docs', 'performance.md')


def say(text):
    print(f'bench: {text}', file=sys.stderr, flush=True)


def build(target, options=()):
    """A target of the release build; returns its path."""
    folder = os.path.join(ROOT, 'b-bench')
    subprocess.run([os.path.join(ROOT, 'scripts', 'build'), '-d', folder, '-t', target,
                    '--buildtype=release', '-Dwerror=false', *options], check=True)
    return os.path.join(folder, target)


def weir_binary(args):
    """None for "none"."""
    if args.weir == 'none':
        return None
    return args.weir or build('weir', args.build)


def version_of(weir):
    if not weir:
        return 'Peers only.'
    got = subprocess.run([weir, '--version'], capture_output=True, text=True)
    return got.stdout.split('\n')[0]


def get_trace(given, packets):
    """(path, what it is)"""
    os.makedirs(WORK, exist_ok=True)
    if given:
        return given, f'the file {os.path.basename(given)}'
    return trace.get(WORK, ROOT, SHARED, packets)


def add_arguments(parser):
    parser.add_argument('--trace', metavar='FILE',
                        help='classic little-endian pcap; default: made')
    parser.add_argument('--packets', type=int, default=1_000_000, help='of a trace that is made')
    parser.add_argument('--weir', metavar='PATH',
                        help='binary to measure; default: a release build; "none": peers only')
    parser.add_argument('--build', metavar='OPTION', action='append', default=[],
                        help='further meson option of that build, e.g. -Doptimization=2')
    parser.add_argument('--no-publish', action='store_true',
                        help='leave docs/performance.md alone')
