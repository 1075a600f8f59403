/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - conversations, and when they end.
 *
 * The table holds a fixed number of flows, allocated at start.  Time comes
 * from the packets, so replaying a file gives the same flows every time.
 *
 * New flows are on probation until both directions were seen; a TCP flow also
 * until its handshake is complete.  When room is short flows on probation go
 * first, so a flood of one-way or half-open flows cannot push out conversations;
 * conversations cannot take the last eighth of the room, so new flows always find
 * some.
 *
 * The initiator is decided with the flow's first packet: it sent a SYN, or was
 * sent a SYN-ACK.  Without either (TCP picked up in mid-stream, or UDP) it is the
 * side opposite to a well-known port (1 to 1023) if exactly one side has one,
 * else the packet's source; and for all other protocols the packet's source.
 *
 * Timeouts: a flow ends when it was silent for idle_timeout; TCP without a
 * complete handshake for half_open_timeout; TCP after an RST or both FINs for
 * closed_timeout, then as FLOW_END_DETECTED.  A SYN with a new sequence number on
 * a flow with a FIN or RST ends that flow at once, as FLOW_END_DETECTED, and
 * begins another.
 *
 * The time of a record (ts_ns) is the deadline that was reached, whenever that
 * was noticed; of an interim record the start of the flow plus a multiple of
 * active_timeout, and only what came before is in it.  An interval in which
 * nothing came gives none, nor does a flow that ends within the same tick
 * (FLOW_TICK_NS).  Of a flow ended by a SYN it is the time of that SYN, of an
 * evicted one the clock or its last packet, whichever is later, of a forced one
 * its last packet.  So what a record says does not depend on how flows are spread
 * over tables, as long as each table is told of all clocks and none is full.
 *
 * History: one letter for each first occurrence, in order, upper case for the
 * initiator.  S SYN, H SYN-ACK, A an ACK with nothing else, D payload, F FIN,
 * R RST, T retransmission, W zero window, C bad checksum.  D and C are those of
 * other protocols than TCP too.
 *
 * A struct flow pointer is valid until the next call on the same table.
 * Thread: a table belongs to one packet thread; RSS, fanout or sharding must
 * bring both directions of a conversation to the same thread.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "decode/decode.h"
#include "event/event.h"

enum { FLOW_SCRATCH = 16, FLOW_HISTORY = 18 };

/* Timers are looked at when the clock enters another of these. */
#define FLOW_TICK_NS (100 * NS_PER_MS)

/* The key: endpoints in canonical order (smaller address, then port, first), so that both
 * directions are the same memory. */
struct flow_key {
	struct net_tuple tuple;
	uint64_t scope; /* VLAN and tunnel, if they are part of the key; else 0 */
};
_Static_assert(sizeof(struct flow_key) == 48, "hashed and compared as memory");

/* Three cache lines: the first is enough to find it and see whether it is alive. */
struct flow {
	struct flow_key key;
	uint64_t last_ns;
	uint8_t state; /* enum event_tcp_state */
	uint8_t end;   /* why a record is due (see table.h); FLOW_END_NONE: none is */
	uint8_t tcp_flags[NET_DIRS];
	uint8_t app;   /* proto's: 0 unknown yet, 255 given up, else 1 + row */
	uint8_t tries; /* proto's: payloads no row recognised */
	uint8_t dir;   /* enum net_dir of the latest packet */
	uint8_t bits;  /* table.h's */

	uint64_t first_ns;
	uint64_t pkts[NET_DIRS], bytes[NET_DIRS];
	union {
		uint32_t next_seq[NET_DIRS]; /* TCP: highest sequence number seen, plus one */
		uint64_t due_ns;             /* of one that ended: time of its record */
	};
	uint32_t wheel_next, wheel_prev; /* flow_timer.c's */
	uint32_t tunnel_id;
	uint16_t vlan_id, vlan_inner;

	uint64_t id;
	/* Totals at the record before, modulo 2^32 and 2^48: differences only. */
	uint32_t reported_pkts[NET_DIRS], reported_bytes[NET_DIRS];
	uint32_t retransmits[NET_DIRS], out_of_order[NET_DIRS];
	uint16_t reported_bytes_high[NET_DIRS];
	uint16_t gap[NET_DIRS]; /* TCP: 16-byte units missing below next_seq; stops at the top */
	uint16_t zero_windows[NET_DIRS];
	uint16_t icmp_errors, record_seq;
	uint32_t rtt_syn_us, rtt_ack_us;
};
_Static_assert(sizeof(struct flow) == 192, "three cache lines");

/* The colder part of the same flow, in an array beside. */
struct flow_more {
	uint8_t src_mac[6], dst_mac[6]; /* as the initiator's side saw them */
	uint32_t history[3];            /* six letters each of five bits; flow_tcp.c's */
	uint8_t flags;                  /* EVENT_HAS_* of the head, as far as they fit */
	uint8_t tos, ttl[NET_DIRS];     /* of the first packet of each direction */
	uint8_t tunnel;                 /* enum event_tunnel */
	uint8_t icmp_type, icmp_code;   /* of the latest error that quoted the flow */
	uint8_t checksum_bad;           /* stops at 255 */
	uint8_t scratch[FLOW_SCRATCH];  /* of the protocol row; zeroed with the flow */
};
_Static_assert(sizeof(struct flow_more) == 48, "keeps a flow, with its index, below 256 bytes");

/* Options below "flow." */
struct flow_options {
	uint64_t max; /* flows at once, over all packet threads */
	/* 0: as the preset says. */
	uint64_t idle_timeout_ns, active_timeout_ns, half_open_timeout_ns, closed_timeout_ns;
	uint32_t preset;           /* index into "default|netflow|nfstream|cic" */
	bool key_vlan, key_tunnel; /* part of the key */
};
extern const struct option_group flow_option_group;

/* Puts the preset's timeouts where none was set, and the nearest that is possible where one is not:
 * a tick at least, a day at most.  Done by flow_table_new on its copy; for whoever wants to show
 * them. */
void flow_options_resolve(struct flow_options *options);

struct flow_table;

/* n_flows: this table's share of max.  seed: secret, or whoever sends the packets chooses where
 * they collide.  NULL when memory is short. */
struct flow_table *flow_table_new(const struct flow_options *options, uint64_t n_flows,
				  uint64_t seed);
void flow_table_free(struct flow_table *t);
size_t flow_table_memory(uint64_t n_flows);

/* A packet's key, hash and direction; step one of two, so that a burst's memory can be fetched
 * ahead.  Pure. */
struct flow_probe {
	struct flow_key key;
	uint64_t hash;   /* with the table's seed */
	uint32_t guess;  /* the record it may be; flow_prefetch_record's */
	uint8_t swapped; /* the packet's source is key.tuple.dst */
};
void flow_probe(const struct flow_table *t, const struct decoded *d, struct flow_probe *out);
/* Fetches the buckets, then (called a few packets later) the candidate's record. */
void flow_prefetch_bucket(const struct flow_table *t, const struct flow_probe *q);
void flow_prefetch_record(const struct flow_table *t, struct flow_probe *q);

/* Which of n threads a conversation belongs to: the same for both directions, from the tuple alone
 * with a public seed.  The second is for the tuple an ICMP error quotes: its flow may be another
 * thread's than the error's own. */
uint32_t flow_shard(const struct flow_probe *q, uint32_t n);
uint32_t flow_shard_tuple(const struct net_tuple *tuple, uint32_t n);

enum flow_result { FLOW_HIT, FLOW_NEW, FLOW_FULL };

/* Finds or creates the packet's flow and counts the packet.  *out is NULL for FLOW_FULL.  May make
 * records due (of an idle flow found on the way, of an evicted one): take them with
 * flow_next_record first thing after.  Before it the clock has to be told of the packet's time:
 * flow_advance, and what that made due taken. */
enum flow_result flow_track(struct flow_table *t, const struct decoded *d,
			    const struct flow_probe *q, struct flow **out);
struct flow_more *flow_get_more(struct flow_table *t, const struct flow *f);

/* After FLOW_NEW, for packets with DECODE_HAS_MAC: mac is where the frame's twelve bytes of
 * addresses begin (packet.data + decoded.mac_offset). */
void flow_set_macs(struct flow_table *t, const struct flow *f, const uint8_t mac[12]);

/* Time of the packet before the latest one of the flow flow_track returned last; 0: none. */
uint64_t flow_prev_ns(const struct flow_table *t);

/* An ICMP error quoted this tuple: the flow it belongs to, told; NULL when it is not here.  Counts
 * one or the other. */
struct flow *flow_icmp_error(struct flow_table *t, const struct decoded *d,
			     const struct net_tuple *quoted, uint8_t type, uint8_t code);

/* Time has come to now_ns (never backwards; the table keeps the highest).  Records that are due by
 * the last full tick are then given by flow_next_record. */
bool flow_is_due(const struct flow_table *t, uint64_t now_ns); /* cheap: once per packet */
void flow_advance(struct flow_table *t, uint64_t now_ns);

/* The next record due: a flow that ended (then it is gone from the table), or an interim record of
 * one that goes on; head and body of ev, but for order, phase, seq, interface and dir.  Within one
 * flow_advance they come ordered by (ts_ns, flow_id).  False when there is none. */
bool flow_next_record(struct flow_table *t, struct event *ev);

/* Whether a record is due without time going on: because of the packet tracked last. */
bool flow_has_record(const struct flow_table *t);

/* Ends everything left, ordered likewise; then flow_next_record until false.  The end reason is
 * forced, or detected where both FINs or a RST were seen. */
void flow_force_end(struct flow_table *t);

/* Sets COUNT_FLOW_HIT to COUNT_FLOW_ICMP_UNMATCHED, and no other; gauges are those of now.  A flow
 * counts as ended from when its record is due. */
void flow_get_counters(const struct flow_table *t, uint64_t value[EVENT_COUNTERS]);

/* Names the application protocol of a flow record: set by proto, "" while unknown. */
typedef const char *flow_app_name_fn(uint8_t app);
void flow_set_app_names(struct flow_table *t, flow_app_name_fn *name);

#endif
