# SPDX-License-Identifier: Apache-2.0
"""One capture: weir beside tshark and capinfos."""

import fnmatch

import facts
import truth
from runner import Failed, run

# All keys of the tables are patterns of path ends.

# Decode-as rules tshark needs to see what is there.
DECODE_AS = {
    "mpls.pcap": ("mpls.label==18000,pwethcw",),
    "mpls_pw/02_mpls_pw_eth_ipv4_udp_no_cw.pcap": ("mpls.label==16050,pwethnocw",),
    "mpls_pw/15_mpls_pw_ambiguous_no_cw_inner_ethernet.pcap": ("mpls.label==16050,pwethnocw",),
}

NOT_OPENED = "a tunnel weir does not promise to open: the packet around it counts"
BIG_TCP = "lengths of 0 above 64 KiB (BIG TCP): tshark does not look behind them"
CUT_EXTENSION = ("an extension header that is cut or longer than its packet has not told what "
                 "follows: weir keeps its number, tshark believes its first byte")
CUT_OPTIONS = "an IPv4 header longer than what is there: weir does not read it, tshark half of it"
GRE_VERSION = "a GRE version other than 0 and 1: tshark does not look at it, RFC 2784 asks for 0"
VXLAN_FLAG = "VXLAN without the flag that says it has a VNI: tshark ignores it, RFC 7348 asks for it"
PPPOE = "a PPPoE version or code RFC 2516 does not have: tshark reads on"
LOOPBACK = "tshark does not know 10, AF_INET6 of Linux, behind a null header"

# Captures weir and tshark see differently by definition and not by mistake: how many differences
# there have to be, and why.  One more or less is a finding.
BY_DEFINITION = {
    "ip-protocols-unknown.pcap": (2, "IPv4 protocol 0: tshark reads it as an IPv6 header, RFC 791 "
                                     "knows no such thing"),
    "linktype-null-0.pcap": (1, LOOPBACK),
    "linktype-loop-108.pcap": (1, LOOPBACK),
    "geneve-hostile.pcap": (2, "GENEVE version 1: RFC 8926 has it dropped, tshark reads on"),
    "gre-other.pcap": (2, GRE_VERSION),
    "ipv6-extension-headers-hostile.pcap": (5, CUT_EXTENSION + "; an AH shorter than 12 bytes"),
    "ipv6-fragments-hostile.pcap": (2, CUT_EXTENSION),
    "lies-option-length.pcapng": (3, "wiretap stops at a packet whose options lie, weir takes the "
                                     "packet and leaves the options"),
    "mpls-hostile.pcap": (1, "more than 16 labels; a pseudowire that tshark guesses wrong"),
    "pppoe-hostile.pcap": (1, PPPOE),
    "tunnels-other.pcap": (3, NOT_OPENED),
    "tunnels-without-end.pcap": (2, "weir reads 16 headers of a packet"),
    "vxlan-other.pcap": (2, VXLAN_FLAG),
    "dns-malformed.pcap": (1, "two messages that claim more questions than they have room for: "
                              "weir takes them for no DNS"),
    # Real captures.
    "eoip/0[1369]_*.pcap": (2, NOT_OPENED),
    "eoip/1[014]_*.pcap": (2, NOT_OPENED),
    "eoip/31_*.pcap": (2, NOT_OPENED),
    "pbb/10_pbb_outer_btag_inner_vlan_ipv4_tcp.pcap": (1, NOT_OPENED),
    "tests/ipv6-srh-ipproto-ether.pcap": (3, NOT_OPENED),
    "tests/bigtcp-ipv4-vxlan-ipv6.pcap": (2, BIG_TCP),
    "tests/bigtcp-ipv6-geneve-ipv?.pcap": (2, BIG_TCP),
    "tests/ipv6_jumbogram_1.pcap": (2, "tshark counts the length field, 0, of a jumbogram "
                                       "(RFC 2675)"),
    "tests/hoobr_rt6_print.pcap": (2, CUT_EXTENSION),
    "Traces/ipv6-mobility-dst-opts.pcap": (3, CUT_EXTENSION),
    "Traces/ipv6_zero_len_ah.pcap": (3, "an AH of 8 bytes: RFC 4302 has no header shorter than 12"),
    "ip_options/21_ipv4_ihl_exceeds_packet_length.pcap": (1, CUT_OPTIONS),
    "PcapExamples/ip4_bad_fragment.pcap": (1, CUT_OPTIONS),
    "pppoe/28_pppoe_session_unsupported_version_with_ipv4_trailer.pcap": (1, PPPOE),
    "vxlan/06_vxlan_invalid_flags_or_reserved_bits.pcap": (2, VXLAN_FLAG),
    "pcap/18.gre.pcap": (2, GRE_VERSION),
    "sctp/12_sctp_truncated_common_header.pcap": (2, "a header of 8 bytes: weir takes the ports, "
                                                     "tshark none of it"),
    "tests/pcap/arkime_synthetic.pcap": (4, "VXLAN-GPE without the flag that says its next "
                                            "protocol is set: what follows is Ethernet"),
    "inputs/tls.pcap": (18, "some packets stand in it twice with the same time: a flow's name is "
                            "made of its tuple and first time, so two flows have one name"),
}

# Files of which wiretap reads something other than a capture library should.
NOT_COUNTED = {
    "nonsense-version.pcap": "wiretap ignores the version of a pcap file, libpcap refuses it",
    "header-cut.pcapng": "wiretap takes 20 bytes of a section header for a text file",
    "compressed-zstd-bad-sum.pcap.zst": "capinfos says nothing where a checksum fails at the end",
    **{"lies-captured-%s.pcap" % n: "wiretap guesses another record layout after the lie"
       for n in ("262145", "2-to-31", "all-ones")},
    "bug-6875-01/fuzz.pcap": "wiretap guesses another record layout from the second packet on",
}


def row_of(table, path):
    """The entry of a table whose pattern is an end of the path; None when there is none."""
    for pattern, row in table.items():
        if fnmatch.fnmatchcase("/" + path, "*/" + pattern):
            return row
    return None


def compare(weir, path):
    """(verdict, sentences): agree, differ, by definition, refused (both or by link type)."""
    decode_as = row_of(DECODE_AS, path) or ()
    ran = run(weir, path, kinds="flow,stats,dns,arp,icmp")
    counted = truth.capinfos(path)
    table, out = truth.tshark(path, decode_as)
    why = row_of(NOT_COUNTED, path)
    if why:
        return "by definition", [why]
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
    talks, kinds = truth.conversations(table, truth.more(path, table, decode_as))
    bad += facts.differences(facts.conversations(events), facts.plainly(talks), "tshark")
    bad += kinds_differ(facts.kinds(events), kinds)
    count, why = row_of(BY_DEFINITION, path) or (0, "")
    if len(bad) == count:
        return ("by definition" if count else "agree"), [why] * bool(count) + bad
    if count:
        bad.append("%d differences, by definition there are %d: %s" % (len(bad), count, why))
    return "differ", bad


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


def kinds_differ(ours, theirs):
    """Events that come one per packet."""
    return ["%s: weir %d events, tshark %d packets" % (k, ours.get(k, 0), theirs.get(k, 0))
            for k in sorted(set(ours) | set(theirs)) if ours.get(k, 0) != theirs.get(k, 0)]


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
