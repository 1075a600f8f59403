# SPDX-License-Identifier: Apache-2.0
"""C source as the checks see it: which files there are, and their code without
comments and text."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*suffixes):
    """Paths of the tree with one of these suffixes (all without any), relative to its root."""
    out = subprocess.run([ROOT / 'scripts/files'], stdout=subprocess.PIPE, text=True, check=True)
    return [f for f in out.stdout.splitlines() if not suffixes or f.endswith(suffixes)]


def read(path):
    return (ROOT / path).read_text(encoding='utf-8', errors='replace')


def line_comments(text):
    """Numbers of the lines that hold a // comment."""
    return [text.count('\n', 0, m.start()) + 1 for m in TOKEN.finditer(text) if m[0].startswith('//')]


def code(text, strings=False):
    """The text with comments, and unless strings, quoted text taken out.  Line numbers stay."""
    def blank(m):
        if m[0][0] == '/':
            return ' ' + '\n' * m[0].count('\n')
        return m[0] if strings else m[0][0] * 2
    return TOKEN.sub(blank, text)
