# SPDX-License-Identifier: Apache-2.0
"""peers - the programs of Debian that weir is measured against."""
import os
import shutil
import subprocess
from dataclasses import dataclass


@dataclass
class Peer:
    name: str
    command: str
    package: str
    does: str
    argv: tuple             # {trace} and {tmp} are filled in
    against: str = 'flows'  # the case of weir that it alternates with
    slow: str = ''          # it gets few packets, 'cut' or 'plain', and its start is taken off
    least: float = 0        # how many times as many packets/s weir is meant to do

    @property
    def path(self):
        return shutil.which(self.command, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')

    def command_line(self, trace, tmp):
        return [self.path] + [a.format(trace=trace, tmp=tmp) for a in self.argv]


PEERS = (
    Peer('tcpdump -w', 'tcpdump', 'tcpdump', 'copies packets to /dev/null, decodes nothing',
         ('-r', '{trace}', '-w', '/dev/null'), least=1),
    Peer('softflowd', 'softflowd', 'softflowd', 'flows, no export',
         ('-r', '{trace}', '-d', '-m', '400000', '-p', '{tmp}/pid', '-c', 'none'), least=3),
    Peer('argus', 'argus', 'argus-server', 'flow records to /dev/null',
         ('-r', '{trace}', '-w', '/dev/null')),
    Peer('nfpcapd', 'nfpcapd', 'nfdump', 'flows to a file',
         ('-r', '{trace}', '-w', '{tmp}'), least=4),
    Peer('ndpiReader', 'ndpiReader', 'libndpi-bin', 'flows and their application protocol, no export',
         ('-q', '-i', '{trace}'), least=10),
    Peer('tcpdump -n', 'tcpdump', 'tcpdump', 'one line of text per packet',
         ('-n', '-r', '{trace}'), against='packet'),
    Peer('tshark -T ek', 'tshark', 'tshark', 'one JSON object per packet',
         ('-r', '{trace}', '-T', 'ek'), against='packet', slow='cut', least=300),
    Peer('tshark -T ek, plain', 'tshark', 'tshark', 'the same on TCP segments without payload',
         ('-r', '{trace}', '-T', 'ek'), against='packet', slow='plain'),
)


def install(missing):
    packages = sorted({p.package for p in missing})
    command = ['apt-get', 'install', '-y', '--no-install-recommends'] + packages
    if os.geteuid() != 0:
        command = ['sudo'] + command
    subprocess.run(command, check=True, env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})


def present(may_install):
    """(those installed, those not)"""
    missing = [p for p in PEERS if not p.path]
    if missing and may_install:
        install(missing)
        missing = [p for p in PEERS if not p.path]
    return [p for p in PEERS if p.path], missing


def version(peer):
    """Debian's version of the package, "" elsewhere."""
    try:
        got = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', peer.package],
                             capture_output=True, text=True)
    except FileNotFoundError:
        return ''
    return got.stdout if got.returncode == 0 else ''
