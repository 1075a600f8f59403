# SPDX-License-Identifier: Apache-2.0
"""trace - the capture files that are measured on.

Nothing here is drawn by chance: the same inputs give the same bytes."""
import gzip
import os
import struct
import subprocess
import sys

FILE_HEADER = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
ETHERNET = 1
BEGIN = 1_700_000_000


def records(path):
    """(seconds, microseconds, bytes, wire length) of a classic little-endian pcap."""
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] != FILE_HEADER[:4]:
        raise SystemExit(f'bench: {path}: not a little-endian pcap with microseconds')
    at = 24
    while at + 16 <= len(data):
        sec, usec, cap, wire = struct.unpack_from('<IIII', data, at)
        if at + 16 + cap > len(data):
            return
        yield sec, usec, data[at + 16:at + 16 + cap], wire
        at += 16 + cap


def count(path):
    """Packets of a classic little-endian pcap, and how many bytes were kept of them."""
    packets = kept = 0
    for _, _, data, _ in records(path):
        packets += 1
        kept += len(data)
    return packets, kept


def write(path, packets):
    with open(path + '.part', 'wb') as f:
        f.write(FILE_HEADER)
        for sec, usec, data, wire in packets:
            f.write(struct.pack('<IIII', sec, usec, len(data), wire) + data)
    os.replace(path + '.part', path)


def cut(source, path, n):
    """The first n packets of source."""
    def first():
        for i, record in enumerate(records(source)):
            if i == n:
                return
            yield record
    write(path, first())


# --- our own trace, where the shared generator is not at hand


def classic_frames(data):
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    if len(data) < 24 or struct.unpack_from(order + 'I', data, 20)[0] & 0xffff != ETHERNET:
        return
    at = 24
    while at + 16 <= len(data):
        cap, wire = struct.unpack_from(order + 'II', data, at + 8)
        if at + 16 + cap > len(data):
            return
        yield data[at + 16:at + 16 + cap], wire
        at += 16 + cap


def pcapng_frames(data):
    order, links, at = '<', [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order, links = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>', []
        kind, size = struct.unpack_from(order + 'II', data, at)
        if size < 12 or at + size > len(data):
            return
        if kind == 1 and size >= 20:
            links.append(struct.unpack_from(order + 'H', data, at + 8)[0])
        elif kind == 6 and size >= 32:
            interface, _, _, cap, wire = struct.unpack_from(order + '5I', data, at + 8)
            if interface < len(links) and links[interface] == ETHERNET and cap <= size - 32:
                yield data[at + 28:at + 28 + cap], wire
        at += size


def ethernet_frames(path):
    with open(path, 'rb') as f:
        data = f.read()
    reader = pcapng_frames if data[:4] == b'\x0a\x0d\x0d\x0a' else classic_frames
    known = data[:4] in (b'\xd4\xc3\xb2\xa1', b'\xa1\xb2\xc3\xd4', b'\x4d\x3c\xb2\xa1',
                         b'\xa1\xb2\x3c\x4d', b'\x0a\x0d\x0d\x0a')
    return [(b, w) for b, w in reader(data) if len(b) >= 14 and w <= 262144] if known else []


def add(data, at, value):
    """Adds to a 16-bit word in one's complement, as checksums count."""
    total = struct.unpack_from('>H', data, at)[0] + value
    struct.pack_into('>H', data, at, (total & 0xffff) + (total >> 16))


def readdress(frame, copy):
    """The frame with other outer addresses.  What is added to one half of an address is
    taken from the other, so every checksum stays what it was."""
    at = 12
    while frame[at:at + 2] in (b'\x81\x00', b'\x88\xa8') and len(frame) >= at + 6:
        at += 4
    ip = at + 2
    if frame[at:ip] == b'\x08\x00' and len(frame) >= ip + 20:
        spots = ((ip + 12, ip + 14), (ip + 16, ip + 18))
    elif frame[at:ip] == b'\x86\xdd' and len(frame) >= ip + 40:
        spots = ((ip + 8, ip + 22), (ip + 24, ip + 38))
    else:
        return frame
    out = bytearray(frame)
    for high, low in spots:
        if frame[high] < 224:       # multicast and broadcast stay what they are
            add(out, high, copy * 0x0101 & 0xffff)
            add(out, low, ~(copy * 0x0101) & 0xffff)
    return bytes(out)


def from_captures(folder, path, packets, seconds=600):
    """Every Ethernet capture below folder over and over, each time with other addresses, all
    of a round interleaved, spread evenly over some minutes."""
    captures = []
    for where, names, files in os.walk(folder):
        names.sort()
        captures += [ethernet_frames(os.path.join(where, f)) for f in sorted(files)
                     if f.endswith(('.pcap', '.pcapng', '.cap'))]
    captures = [c for c in captures if c]
    total = sum(map(len, captures))
    if not total:
        raise SystemExit(f'bench: no Ethernet capture below {folder}; give --trace FILE')
    longest = max(map(len, captures))
    rounds = [c[i] for i in range(longest) for c in captures if i < len(c)]

    def stream():
        for n in range(packets):
            data, wire = rounds[n % total]
            at = n * seconds * 1_000_000 // packets
            yield (BEGIN + at // 1_000_000, at % 1_000_000, readdress(data, n // total),
                   max(wire, len(data)))
    write(path, stream())


# --- a trace with a known number of flows at once


def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def segment(client, to_server, flags, seq, ack):
    a, b = struct.pack('>I', 0x0a000000 + client), struct.pack('>I', 0xc6120000 + client % 256)
    port = 1024 + client * 7 % 60000
    src, dst, sport, dport = (a, b, port, 443) if to_server else (b, a, 443, port)
    tcp = struct.pack('>HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 65535, 0, 0)
    tcp_sum = checksum(src + dst + struct.pack('>HH', 6, 20) + tcp)
    tcp = tcp[:16] + struct.pack('>H', tcp_sum) + tcp[18:]
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 40, client & 0xffff, 0x4000, 64, 6, 0) + src + dst
    ip = ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:]
    ethernet = (b'\x02\0\0\0\0\x02\x02\0\0\0\0\x01' if to_server else
                b'\x02\0\0\0\0\x01\x02\0\0\0\0\x02')
    return ethernet + b'\x08\x00' + ip + tcp + b'\0' * 6


def concurrent(path, flows, seconds=20):
    """`flows` TCP conversations, all open at once: handshake and two more packets each, in
    five rounds over all of them."""
    rounds = ((True, 0x02, 100, 0), (False, 0x12, 500, 101), (True, 0x10, 101, 501),
              (False, 0x10, 501, 101), (True, 0x10, 101, 501))

    def stream():
        n, total = 0, flows * len(rounds)
        for to_server, flags, seq, ack in rounds:
            for client in range(flows):
                at = n * seconds * 1_000_000 // total
                data = segment(client, to_server, flags, seq, ack)
                yield BEGIN + at // 1_000_000, at % 1_000_000, data, len(data)
                n += 1
    write(path, stream())


def get(work, root, shared, packets):
    """The trace of the benchmark, made once: with the shared generator, or from the captures of
    this tree.  Returns its path and a sentence on what it is."""
    tool = os.path.join(shared, 'tools', 'make-bench-trace')
    if os.path.exists(tool):
        path = os.path.join(work, f'shared-{packets}.pcap')
        if not os.path.exists(path):
            print('bench: making the trace (about a minute)', file=sys.stderr)
            subprocess.run([sys.executable, tool, '--packets', str(packets), path + '.part'],
                           check=True, stdout=subprocess.DEVNULL)
            os.replace(path + '.part', path)
        return path, 'real captures merged (the shared make-bench-trace)'
    path = os.path.join(work, f'own-{packets}.pcap')
    if not os.path.exists(path):
        print('bench: making the trace from tests/captures', file=sys.stderr)
        from_captures(os.path.join(root, 'tests', 'captures'), path, packets)
    return path, 'the captures of tests/captures, repeated with other addresses'


def passes(path, n, out):
    """The trace n times into the stream out, as one file in which time goes on."""
    whole = list(records(path))
    step = whole[-1][0] - whole[0][0] + 1
    out.write(FILE_HEADER)
    for k in range(n):
        for sec, usec, data, wire in whole:
            out.write(struct.pack('<IIII', sec + k * step, usec, len(data), wire) + data)


def compressed(path, work):
    """The trace as .gz and .zst; the second only where zstd is installed."""
    stem = os.path.join(work, f'{os.path.getsize(path)}-{os.path.basename(path)}')
    made = [stem + '.gz']
    if not os.path.exists(made[0]):
        with open(path, 'rb') as f, gzip.open(made[0] + '.part', 'wb', 6) as out:
            while block := f.read(1 << 20):
                out.write(block)
        os.replace(made[0] + '.part', made[0])
    if subprocess.run(['sh', '-c', 'command -v zstd'], stdout=subprocess.DEVNULL).returncode == 0:
        made.append(stem + '.zst')
        if not os.path.exists(made[1]):
            subprocess.run(['zstd', '-q', '-3', '-f', path, '-o', made[1] + '.part'], check=True)
            os.replace(made[1] + '.part', made[1])
    return made
