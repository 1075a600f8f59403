/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the flow table as its own files see it.
 *
 * Index: buckets of eight tags and record numbers, two buckets per key.  A tag
 * says "maybe", the record's whole key decides.  Records lie in two arrays that
 * are taken from the bottom, and given back last in, first out: memory that was
 * never needed is never touched.
 *
 * A record is free, or live (in the index and on one slot of the wheel), or it
 * stands among the due records: then f->end says why.  Live flows stand there
 * for an interim record only and stay in the index; ended ones have left it, and
 * their record is free once the caller took it.
 *
 * Due are first the records in the queue, which is what the tick swept last has
 * brought, then those on the list: what packets made due, and all of a tick that
 * has too many for the queue.
 *
 * Wheel: SLOTS ticks ahead of the clock, each with several lists: walking them
 * side by side, memory is waited for once and not once for each.  A flow stands at or before the
 * tick at which something is due, never behind it: packets only put deadlines off and leave the
 * wheel alone; whoever is found too early is put where it belongs now.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "flow/flow.h"

enum {
	FLOW_WAYS = 8,
	FLOW_SLOTS = 2048,
	FLOW_LANES = 4, /* lists of a slot */
	FLOW_LISTS = FLOW_SLOTS * FLOW_LANES,
	FLOW_DUE = FLOW_LISTS, /* list of due records, behind those of the slots */
	FLOW_QUEUE = 2048,     /* records that are due in one tick, without that list */
	FLOW_FORCED = 1 << 15, /* flows whose forced end may take more memory for a larger queue */
	FLOW_SPARE = 16,       /* records for flows that ended and were not taken yet */
	FLOW_MORE_BUCKETS = 8, /* looked into for something to evict, when its own hold nothing */
};
#define FLOW_NONE     UINT32_MAX
#define FLOW_NO_SCOPE UINT64_MAX /* see flow_scope: no tunnel has that number of kind */
#define FLOW_LIST_HEAD                                                                             \
	UINT32_C(0x80000000)   /* in wheel_prev: the first of the list of that number */
#define FLOW_QUEUED UINT32_MAX /* in wheel_prev: in the queue, at wheel_next */
#define FLOW_MAX    (UINT64_C(1) << 30)

/* flow.bits */
enum {
	FLOW_SECOND = 1 << 0,    /* the initiator is key.tuple.dst */
	FLOW_PROTECTED = 1 << 1, /* not on probation */
	FLOW_SYN_ACK = 1 << 2,   /* the packet before was the first SYN-ACK */
	FLOW_ATTEND = 1 << 3,    /* the next packet has to look at the timers: see flow_timer_arm */
	FLOW_SEEN_ACK = 1 << 4,  /* and 1 << 5 for NET_REV: letter A is in the history */
	FLOW_SEEN_DATA = 1 << 6, /* and 1 << 7 for NET_REV: letter D is in the history */
};

/* flow.end, beside enum event_flow_end: a copy made for an interim record, and no flow itself. */
enum { FLOW_END_COPY = 0x80 | FLOW_END_ACTIVE };

enum flow_letter {
	FLOW_LETTER_SYN = 1,
	FLOW_LETTER_SYN_ACK,
	FLOW_LETTER_ACK,
	FLOW_LETTER_DATA,
	FLOW_LETTER_FIN,
	FLOW_LETTER_RST,
	FLOW_LETTER_RETRANSMIT,
	FLOW_LETTER_WINDOW,
	FLOW_LETTER_CHECKSUM,
	FLOW_LETTERS = FLOW_LETTER_CHECKSUM
};
_Static_assert(2 * FLOW_LETTERS == FLOW_HISTORY, "each once per direction");

struct flow_bucket {
	uint16_t tag[FLOW_WAYS]; /* 0: empty */
	uint32_t record[FLOW_WAYS];
};
_Static_assert(sizeof(struct flow_bucket) == 48, "11 bytes per flow at 4.5 flows each");

/* A due record with what it is ordered by. */
struct flow_due {
	uint64_t ns, id;
	uint32_t n; /* FLOW_NONE: it is on the list by now */
};

struct flow_table {
	/* What every packet reads. */
	struct flow_bucket *buckets;
	struct flow *flows;
	struct flow_more *more;
	uint64_t secret[6]; /* as long as a key */
	uint32_t n_buckets;
	bool key_vlan, key_tunnel;
	uint64_t timeout_ns[TCP_STATES];
	uint64_t active_timeout_ns;
	uint64_t prev_ns;

	/* Room. */
	uint32_t max, live, protected;
	uint32_t top;       /* records from here on were never used */
	uint32_t free;      /* first of those given back, linked by wheel_next */
	uint32_t n_records; /* max and the spare ones */

	/* Time. */
	bool started;
	uint64_t now_ns, next_ns; /* the clock, and when the tick after it begins */
	uint64_t tick, target;    /* swept up to; to be swept up to */
	uint32_t due_last;
	uint32_t queue_at, queue_end; /* what is left of the queue */
	uint32_t list[FLOW_LISTS + 1];
	uint64_t occupied[FLOW_SLOTS / 64];
	struct flow_due *queue; /* own_queue; or all, which is allocated at a forced end */
	struct flow_due *all, own_queue[FLOW_QUEUE];

	flow_app_name_fn *app_name;
	uint64_t count[EVENT_COUNTERS];
};

static inline bool
flow_is_second(const struct flow *f)
{
	return f->bits & FLOW_SECOND;
}

static inline bool
flow_is_half_open(const struct flow *f)
{
	return f->state == TCP_SYN_SENT || f->state == TCP_SYN_RECEIVED;
}

/* TCP header fields that may be believed. */
static inline bool
flow_is_tcp(const struct decoded *d)
{
	return d->tuple.ip_proto == NET_IP_TCP &&
	       (d->flags & (DECODE_HAS_L4 | DECODE_LATER_FRAGMENT | DECODE_BAD_L4_CHECKSUM)) ==
		       DECODE_HAS_L4;
}

/* flow_index.c */
void flow_index_seed(struct flow_table *t, uint64_t seed);
uint64_t flow_scope(const struct flow_table *t, const struct decoded *d);
void flow_probe_tuple(const struct flow_table *t, const struct net_tuple *tuple, uint64_t scope,
		      struct flow_probe *out);
uint32_t flow_index_find(const struct flow_table *t, const struct flow_probe *q);
bool flow_index_has_room(const struct flow_table *t, uint64_t hash);
void flow_index_insert(struct flow_table *t, uint64_t hash, uint32_t n);
void flow_index_remove(struct flow_table *t, uint32_t n);
/* Fetches all memory that the end of a flow will need. */
void flow_index_fetch(const struct flow_table *t, uint32_t n);

/* Whom to evict for a flow of that hash; FLOW_NONE when nobody may be.  Inside: only somebody
 * whose going makes room in its buckets will do. */
uint32_t flow_index_victim(const struct flow_table *t, uint64_t hash, bool inside);

/* flow_table.c */
uint32_t flow_take_record(struct flow_table *t);
void flow_give_record(struct flow_table *t, uint32_t n);
/* Takes a live flow out of index and wheel and puts it on the list of due records. */
void flow_end(struct flow_table *t, uint32_t n, enum event_flow_end end, uint64_t due_ns);
/* The same for one that is on no list, and is put on none. */
void flow_end_unlisted(struct flow_table *t, uint32_t n, enum event_flow_end end, uint64_t due_ns);

/* flow_begin.c */
/* A new flow for a packet, at another's cost if need be, not counted and not on the wheel yet;
 * FLOW_NONE and counted as without room when there is none. */
uint32_t flow_begin(struct flow_table *t, const struct decoded *d, const struct flow_probe *q);

/* flow_timer.c */
/* When the flow ends if it stays silent. */
uint64_t flow_timer_idle_ns(const struct flow_table *t, const struct flow *f);
/* When the interval that has the flow's last packet ends. */
uint64_t flow_timer_active_ns(const struct flow_table *t, const struct flow *f);
/* Counted since the last record. */
bool flow_timer_is_unreported(const struct flow *f);
/* Puts a flow that is on no list where it has to be looked at; re-arm: that is on the wheel. */
void flow_timer_arm(struct flow_table *t, uint32_t n);
void flow_timer_rearm(struct flow_table *t, uint32_t n);
void flow_timer_unlink(struct flow_table *t, uint32_t n);
void flow_timer_append_due(struct flow_table *t, uint32_t n);
/* Sweeps one slot; false when there is nothing left before the clock.  Nothing may be due before;
 * what is due after it stands in order in the queue, or on the list; maybe nothing. */
bool flow_timer_step(struct flow_table *t);
/* The next due record, no longer queued or listed; FLOW_NONE: none. */
uint32_t flow_timer_take_due(struct flow_table *t);
uint64_t flow_timer_due_ns(const struct flow_table *t, const struct flow *f);

/* flow_tcp.c */
/* Nothing but an acknowledgement or the next bytes of a connection that is past its handshake, and
 * not the first such. */
static inline bool
flow_tcp_is_plain(const struct flow *f, const struct decoded *d)
{
	enum net_dir dir = f->dir;
	uint32_t seen = (d->payload_len ? (uint32_t)FLOW_SEEN_DATA : (uint32_t)FLOW_SEEN_ACK)
			<< dir;

	return !(d->tcp_flags & (NET_TCP_SYN | NET_TCP_FIN | NET_TCP_RST)) &&
	       (f->bits & (seen | FLOW_SYN_ACK)) == seen && !flow_is_half_open(f) &&
	       d->tcp_window != 0 && (d->payload_len == 0 || d->tcp_seq == f->next_seq[dir]);
}

static inline void
flow_tcp_count_plain(struct flow *f, const struct decoded *d)
{
	f->next_seq[f->dir] += d->payload_len;
	f->tcp_flags[f->dir] |= d->tcp_flags;
}

/* One TCP packet with a header to be trusted, not counted yet: f's times and numbers are those of
 * before, f->dir is the packet's. */
void flow_tcp_packet(struct flow *f, struct flow_more *more, const struct decoded *d);
/* A SYN that begins another connection on the same tuple. */
bool flow_tcp_is_restart(const struct flow *f, const struct decoded *d, enum net_dir dir);
void flow_history_add(struct flow_more *more, enum flow_letter letter, enum net_dir dir);
void flow_history_text(const struct flow_more *more, char text[FLOW_HISTORY + 1]);

/* flow_event.c */
/* Remembers that what the flow counted so far was reported. */
void flow_event_reported(struct flow *f);

/* flow_options.c */
void flow_options_timeouts(const struct flow_options *o, uint64_t timeout_ns[TCP_STATES]);

#endif
