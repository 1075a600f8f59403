# SPDX-License-Identifier: Apache-2.0
"""replay.py IFACE PCAP: puts each packet of the file on the interface, as it stands there."""

import os
import socket
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "captures"))
sys.dont_write_bytecode = True
import files  # noqa: E402

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for number, (p, _) in enumerate(files.read(sys.argv[2])):
    s.send(p.data)
    if number % 64 == 63:
        time.sleep(0.0002)
