# SPDX-License-Identifier: Apache-2.0
"""One capture: weir beside tshark and capinfos."""

import os

import facts
import truth
from runner import Failed, run

# Per file: decode-as rules tshark needs to see what is there.
DECODE_AS = {
    "mpls.pcap": ("mpls.label==18000,pwethcw",),
}

# Files tshark has another opinion on, by definition and not by mistake, with the reason.  Packets
# and bytes are compared all the same, conversations are not.
BY_DEFINITION = {
    "ip-protocols-unknown.pcap": "IPv4 protocol 0: tshark reads it as an IPv6 header, RFC 791 "
                                 "knows no such thing",
    "linktype-null-0.pcap": "tshark does not know 10, AF_INET6 of Linux, behind a null header",
    "linktype-loop-108.pcap": "as linktype-null-0.pcap",
}

# Files of which wiretap reads something other than a capture library should.
NOT_COUNTED = {
    "nonsense-version.pcap": "wiretap ignores the version of a pcap file, libpcap refuses it",
    "header-cut.pcapng": "wiretap takes 20 bytes of a section header for a text file",
    "compressed-zstd-bad-sum.pcap.zst": "capinfos says nothing where a checksum fails at the end",
    **{"lies-captured-%s.pcap" % n: "wiretap guesses another record layout after the lie"
       for n in ("262145", "2-to-31", "all-ones")},
}


def compare(weir, path):
    """(verdict, sentences): agree, differ, refused (both or by link type), or unread."""
    name = os.path.basename(path)
    ran = run(weir, path, kinds="flow,stats,arp,icmp")
    counted = truth.capinfos(path)
    table, out = truth.tshark(path, DECODE_AS.get(name, ()))
    if name in NOT_COUNTED:
        return "by definition", [NOT_COUNTED[name]]
    if ran.status == 4:
        if unsupported(table) or not table:
            return "refused", [ran.messages.strip()[-200:]]
        return "differ", ["weir refuses what tshark reads: " + ran.messages.strip()[-300:]]
    if ran.status not in (0, 1):
        return "differ", ["status %d: %s" % (ran.status, ran.messages.strip()[-300:])]
    bad = []
    if ran.status == 1 and out["status"] == 0 and not out["stderr"].strip():
        bad.append("weir stops where tshark finds no fault: " + ran.messages.strip()[-300:])
    events = ran.events()
    bad += totals(events, counted, table)
    bad += facts.record_faults(events)
    if name not in BY_DEFINITION:
        bad += facts.differences(facts.conversations(events),
                                 {(k[0], facts.plain(k[1]), k[2], facts.plain(k[3]), k[4]): v
                                  for k, v in truth.conversations(table).items()}, "tshark")
        bad += kinds(events, table)
    return ("differ" if bad else "agree"), bad


def totals(events, counted, table):
    """stats.capture.* against capinfos, or against tshark's own sum where a defect stops it."""
    last = facts.stats(events)
    if last is None:
        return ["no stats event"]
    values = facts.flatten(last)
    ours = values.get("capture.packets"), values.get("capture.bytes")
    theirs = counted or (len(table), sum(int(r["frame.len"][0]) for r in table))
    bad = []
    if ours != theirs:
        bad.append("capture: weir %s packets %s bytes, capinfos %d packets %d bytes"
                   % (*ours, *theirs))
    for key, value in values.items():
        if ".residual." in "." + key and value != 0:
            bad.append("residual %s is %s" % (key, value))
    return bad


def kinds(events, table):
    """Events that come one per packet."""
    ours, theirs = sum(e["event_type"] == "arp" for e in events), truth.arp_packets(table)
    return ["arp: weir %d events, tshark %d packets" % (ours, theirs)] if ours != theirs else []


def unsupported(table):
    """Whether any packet starts with a link header weir does not promise to read."""
    known = {"eth", "ip", "ipv6", "raw", "sll", "null", "loop", ""}
    return any((r["frame.protocols"] or [""])[0].split(":")[0] not in known for r in table)


def safe(weir, path):
    """As compare(); weir not ending or crashing is a difference."""
    try:
        return compare(weir, path)
    except Failed as failure:
        return "differ", [str(failure)]
