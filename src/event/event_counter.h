/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_counter.h - everything weir counts, and the identities the counts obey.
 *
 * One row per counter in event_counter.c; the stats event, docs/counters.md,
 * /metrics and the summary are made from it.  Every packet and every event is
 * counted in exactly one place; at rest every residual is 0 (ARCHITECTURE.md,
 * invariant 5).
 */
#ifndef EVENT_EVENT_COUNTER_H
#define EVENT_EVENT_COUNTER_H

#include "base/base.h"

enum event_counter {
	/* Capture.  "kernel" counters are those of the packet socket. */
	COUNT_CAPTURE_PACKETS,        /* handed to the decoder */
	COUNT_CAPTURE_BYTES,          /* their length on the wire */
	COUNT_CAPTURE_CAPTURED_BYTES, /* their bytes we have */
	COUNT_CAPTURE_IF_RX_PACKETS,  /* the interface's own count while we listened; 0: file */
	COUNT_CAPTURE_KERNEL_PACKETS, /* tp_packets, which includes drops */
	COUNT_CAPTURE_KERNEL_DROPS,   /* tp_drops */
	COUNT_CAPTURE_BPF_FILTERED,   /* on the interface, rejected by the filter in the kernel */
	COUNT_CAPTURE_USER_FILTERED,  /* rejected by the filter here (files) */
	COUNT_CAPTURE_UNREAD,         /* in the ring when we stopped, or beyond -c */
	COUNT_CAPTURE_DIRECTION_FILTERED, /* rejected by -Q */
	COUNT_CAPTURE_READ,      /* read from file or ring: packets + the ones filtered here */
	COUNT_CAPTURE_LINK_DOWN, /* times the interface went away or down */
	/* Decode: each packet in exactly one. */
	COUNT_DECODE_OK,
	COUNT_DECODE_TRUNCATED,
	COUNT_DECODE_MALFORMED,
	COUNT_DECODE_UNKNOWN_LINK,
	COUNT_DECODE_TOO_DEEP,
	/* Decode: facts about decoded packets. */
	COUNT_DECODE_IPV4,
	COUNT_DECODE_IPV6,
	COUNT_DECODE_TCP,
	COUNT_DECODE_UDP,
	COUNT_DECODE_ICMP,
	COUNT_DECODE_SCTP,
	COUNT_DECODE_OTHER_IP,
	COUNT_DECODE_TUNNELS,
	COUNT_DECODE_FRAGMENTS,
	COUNT_DECODE_FRAGMENTS_UNMATCHED, /* later fragments whose first one is not known */
	COUNT_DECODE_BAD_IP_CHECKSUM,
	COUNT_DECODE_BAD_L4_CHECKSUM,
	COUNT_DECODE_PAYLOAD_CUT, /* decoded, but the snapshot length cut the payload */
	/* Decoded packets that are no flow, by what they are. */
	COUNT_NON_FLOW_ARP,
	COUNT_NON_FLOW_LLC, /* 802.3 with LLC: STP, IS-IS ... */
	COUNT_NON_FLOW_LLDP,
	COUNT_NON_FLOW_PPPOE, /* discovery and control protocols */
	COUNT_NON_FLOW_OTHER, /* other EtherTypes */
	/* Flow table. */
	COUNT_FLOW_HIT,        /* packets of a known flow */
	COUNT_FLOW_NEW,        /* packets that began a flow */
	COUNT_FLOW_TABLE_FULL, /* packets without a flow for want of room */
	COUNT_FLOW_BYTES,      /* IP bytes of hit and new */
	COUNT_FLOWS_CREATED,
	COUNT_FLOWS_ENDED_IDLE,
	COUNT_FLOWS_ENDED_DETECTED,
	COUNT_FLOWS_ENDED_FORCED,
	COUNT_FLOWS_ENDED_RESOURCES,
	COUNT_FLOWS_ACTIVE, /* gauge */
	COUNT_FLOW_RECORDS_INTERIM,
	COUNT_FLOW_ENDED_PACKETS, /* packets of ended flows */
	COUNT_FLOW_ENDED_BYTES,
	COUNT_FLOW_ACTIVE_PACKETS, /* gauge: packets of flows still open */
	COUNT_FLOW_ACTIVE_BYTES,
	COUNT_FLOW_ICMP_MATCHED, /* ICMP errors tied to the flow they quote */
	COUNT_FLOW_ICMP_UNMATCHED,
	/* Protocol rows. */
	COUNT_PROTO_BAD, /* messages that were not what they seemed */
	/* Events, from packet threads to sinks. */
	COUNT_EVENTS_PRODUCED,  /* offered to the rings of the analysis thread */
	COUNT_EVENTS_RING_FULL, /* refused there: lost before they had a number */
	COUNT_EVENTS_TAKEN,     /* taken out by the analysis thread */
	COUNT_EVENTS_MADE,      /* made on the analysis thread itself: stats, loss */
	COUNT_EVENTS_NUMBERED,
	COUNT_EVENTS_OFFERED, /* to sinks: numbered ones times sinks that want them */
	COUNT_EVENTS_SINK_RING_FULL,
	COUNT_EVENTS_SINK_TAKEN,
	COUNT_EVENTS_WRITTEN,      /* by sinks */
	COUNT_EVENTS_SINK_FAILED,  /* could not be written: closed pipe, full disk */
	COUNT_EVENTS_SINK_SKIPPED, /* not in the sink's dialect or kinds */
	/* Packets written by -w. */
	COUNT_WRITE_OFFERED,
	COUNT_WRITE_RING_FULL,
	COUNT_WRITE_WRITTEN,
	COUNT_WRITE_FAILED,
	EVENT_COUNTERS
};

struct event_counter_row {
	const char *name; /* path below "stats": "capture.packets" */
	const char *unit; /* "packets", "bytes", "flows", "events" */
	bool gauge;
	const char *doc; /* one sentence */
};

extern const struct event_counter_row event_counter_table[EVENT_COUNTERS];

/* One accounting identity (delivery contract, I1 to I9; a letter where one of them needs several
 * rows): the sum of its terms is 0 at rest. */
enum { EVENT_LEDGER_TERMS = 16 };
struct event_ledger_row {
	const char *name; /* "I1" */
	const char *doc;  /* the identity as people write it */
	bool live_only;   /* says nothing about files: 0 while the kernel's counters are */
	struct {
		int8_t sign; /* 0 ends the list */
		uint8_t counter;
	} term[EVENT_LEDGER_TERMS];
};

extern const struct event_ledger_row event_ledger_table[];
extern const size_t event_n_ledger_rows;

int64_t event_ledger_residual(const struct event_ledger_row *row,
			      const uint64_t value[EVENT_COUNTERS]);

#endif
