/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_table.c - the table's memory, and a packet's way through it.
 *
 * All memory is mapped at start and comes into being when it is first used.
 * Every packet offered is counted as hit, new or without room, and every record
 * is either free, live or waiting to be taken.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "flow/table.h"

enum { HUGE_FROM = 1000000 };

/* The sizes of the three arrays for that many flows. */
struct sizes {
	uint64_t n_buckets, n_records;
	size_t buckets, flows, more;
};

static struct sizes
sizes_of(uint64_t n_flows)
{
	struct sizes s = { .n_records = n_flows + FLOW_SPARE };

	/* 4.5 flows in each at most; two at least, so that the hash has a choice. */
	s.n_buckets = n_flows * 2 / 9 + 2;
	s.buckets = s.n_buckets * sizeof(struct flow_bucket);
	s.flows = s.n_records * sizeof(struct flow);
	s.more = s.n_records * sizeof(struct flow_more);
	return s;
}

size_t
flow_table_memory(uint64_t n_flows)
{
	struct sizes s = sizes_of(n_flows);

	return sizeof(struct flow_table) + s.buckets + s.flows + s.more;
}

static void *
map(size_t bytes, bool huge)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Each look is at another page.  In a small table what the last large page of each array
	 * rounds up would count, in a large one it does not. */
	if (huge)
		(void)madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

/* What is read before it is written, all over: its pages would come into being twice, the second
 * time with an interrupt for every other thread.  A kernel before 5.14 refuses and does that. */
static void
populate(void *p, size_t bytes)
{
	enum { MOST = 32 << 20 };

	if (p)
		(void)madvise(p, bytes < MOST ? bytes : MOST, MADV_POPULATE_WRITE);
}

static void
unmap(void *p, size_t bytes)
{
	if (p)
		(void)munmap(p, bytes);
}

void
flow_table_free(struct flow_table *t)
{
	struct sizes s;

	if (!t)
		return;
	s = sizes_of(t->max);
	unmap(t->buckets, s.buckets);
	unmap(t->flows, s.flows);
	unmap(t->more, s.more);
	free(t->all);
	free(t);
}

struct flow_table *
flow_table_new(const struct flow_options *options, uint64_t n_flows, uint64_t seed)
{
	struct flow_options o = *options;
	struct flow_table *t;
	struct sizes s = sizes_of(n_flows);
	bool huge = n_flows >= HUGE_FROM;

	if (n_flows == 0 || n_flows > FLOW_MAX)
		return NULL;
	t = aligned_alloc(CACHE_LINE, (sizeof(*t) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!t)
		return NULL;
	flow_options_resolve(&o);
	*t = (struct flow_table){
		.n_buckets = (uint32_t)s.n_buckets,
		.key_vlan = o.key_vlan,
		.key_tunnel = o.key_tunnel,
		.active_timeout_ns = o.active_timeout_ns,
		.max = (uint32_t)n_flows,
		.n_records = (uint32_t)s.n_records,
		.free = FLOW_NONE,
		.due_last = FLOW_LIST_HEAD | FLOW_DUE,
		.buckets = map(s.buckets, huge),
		.flows = map(s.flows, huge),
		.more = map(s.more, huge),
	};
	flow_index_seed(t, seed);
	populate(t->buckets, s.buckets);
	flow_options_timeouts(&o, t->timeout_ns);
	t->queue = t->own_queue;
	for (int i = 0; i <= FLOW_LISTS; i++)
		t->list[i] = FLOW_NONE;
	if (!t->buckets || !t->flows || !t->more) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

/* The record that the next new flow will take. */
static inline void
fetch_spare(const struct flow_table *t, uint32_t n)
{
	if (n == FLOW_NONE)
		return;
	for (size_t line = 0; line < sizeof(struct flow); line += CACHE_LINE)
		__builtin_prefetch((const char *)&t->flows[n] + line, 1);
	__builtin_prefetch(&t->more[n], 1);
}

uint32_t
flow_take_record(struct flow_table *t)
{
	uint32_t n = t->free;

	if (n != FLOW_NONE) {
		t->free = t->flows[n].wheel_next;
		fetch_spare(t, t->free);
	} else if (t->top < t->n_records)
		n = t->top++;
	return n;
}

void
flow_give_record(struct flow_table *t, uint32_t n)
{
	t->flows[n].wheel_next = t->free;
	t->free = n;
}

static enum event_counter
counter_of(enum event_flow_end end)
{
	switch (end) {
	case FLOW_END_IDLE:
		return COUNT_FLOWS_ENDED_IDLE;
	case FLOW_END_DETECTED:
		return COUNT_FLOWS_ENDED_DETECTED;
	case FLOW_END_RESOURCES:
		return COUNT_FLOWS_ENDED_RESOURCES;
	default:
		return COUNT_FLOWS_ENDED_FORCED;
	}
}

void
flow_end_unlisted(struct flow_table *t, uint32_t n, enum event_flow_end end, uint64_t due_ns)
{
	struct flow *f = &t->flows[n];

	flow_index_remove(t, n);
	t->live--;
	t->protected -= f->bits & FLOW_PROTECTED ? 1 : 0;
	t->count[counter_of(end)]++;
	t->count[COUNT_FLOW_ENDED_PACKETS] += f->pkts[NET_FWD] + f->pkts[NET_REV];
	t->count[COUNT_FLOW_ENDED_BYTES] += f->bytes[NET_FWD] + f->bytes[NET_REV];
	f->end = (uint8_t)end;
	f->due_ns = due_ns;
}

void
flow_end(struct flow_table *t, uint32_t n, enum event_flow_end end, uint64_t due_ns)
{
	flow_timer_unlink(t, n);
	flow_end_unlisted(t, n, end, due_ns);
	flow_timer_append_due(t, n);
}

/* What was counted before an interval's end is reported as of then: a copy stands for it. */
static BASE_COLD void
split(struct flow_table *t, uint32_t n, uint64_t ts_ns)
{
	struct flow *f = &t->flows[n];
	uint64_t due_ns = flow_timer_active_ns(t, f);
	uint32_t copy;

	if (f->end != FLOW_END_NONE || ts_ns < due_ns || !flow_timer_is_unreported(f))
		return;
	copy = flow_take_record(t);
	if (copy == FLOW_NONE)
		return;
	t->flows[copy] = *f;
	t->more[copy] = t->more[n];
	t->flows[copy].key.scope = FLOW_NO_SCOPE;
	t->flows[copy].end = FLOW_END_COPY;
	t->flows[copy].due_ns = due_ns;
	flow_timer_append_due(t, copy);
	flow_event_reported(f);
}

/* A flow that was found may have ended before this packet, or be ended by it. */
static inline bool
is_over(struct flow_table *t, uint32_t n, const struct decoded *d, bool swapped)
{
	struct flow *f = &t->flows[n];

	if (BASE_UNLIKELY(d->ts_ns > f->last_ns &&
			  d->ts_ns - f->last_ns >= t->timeout_ns[f->state])) {
		flow_end(t, n, f->state >= TCP_CLOSED ? FLOW_END_DETECTED : FLOW_END_IDLE,
			 flow_timer_idle_ns(t, f));
		return true;
	}
	if (BASE_UNLIKELY(f->state >= TCP_CLOSING && flow_is_tcp(d) &&
			  flow_tcp_is_restart(f, d, swapped != flow_is_second(f)))) {
		flow_end(t, n, FLOW_END_DETECTED, d->ts_ns > f->last_ns ? d->ts_ns : f->last_ns);
		return true;
	}
	if (BASE_UNLIKELY(f->bits & FLOW_ATTEND))
		split(t, n, d->ts_ns);
	return false;
}

static BASE_COLD void
note_checksum(struct flow_more *more, enum net_dir dir)
{
	more->checksum_bad = (uint8_t)(more->checksum_bad + (more->checksum_bad < UINT8_MAX));
	flow_history_add(more, FLOW_LETTER_CHECKSUM, dir);
}

/* What a packet tells beside its length. */
static inline void
note(struct flow_table *t, uint32_t n, const struct decoded *d)
{
	struct flow *f = &t->flows[n];
	struct flow_more *more = &t->more[n];
	enum net_dir dir = f->dir;

	if (BASE_UNLIKELY(f->pkts[dir] == 0))
		more->ttl[dir] = d->ttl;
	if (BASE_UNLIKELY(d->flags & (DECODE_BAD_L4_CHECKSUM | DECODE_BAD_IP_CHECKSUM)))
		note_checksum(more, dir);
	if (flow_is_tcp(d)) {
		if (BASE_LIKELY(flow_tcp_is_plain(f, d)))
			flow_tcp_count_plain(f, d);
		else
			flow_tcp_packet(f, more, d);
		return;
	}
	f->bits &= (uint8_t)~FLOW_SYN_ACK;
	if (BASE_UNLIKELY(d->payload_len > 0 && !(f->bits & FLOW_SEEN_DATA << dir))) {
		f->bits |= (uint8_t)(FLOW_SEEN_DATA << dir);
		flow_history_add(more, FLOW_LETTER_DATA, dir);
	}
}

/* Counts a packet of flow n.  True when its deadline came nearer by it. */
static inline bool
count(struct flow_table *t, uint32_t n, const struct decoded *d, bool swapped)
{
	struct flow *f = &t->flows[n];
	enum net_dir dir = swapped != flow_is_second(f) ? NET_REV : NET_FWD;
	uint8_t state = f->state;

	f->dir = (uint8_t)dir;
	note(t, n, d);
	if (d->ts_ns > f->last_ns)
		f->last_ns = d->ts_ns;
	f->pkts[dir]++;
	f->bytes[dir] += d->ip_bytes;
	t->count[COUNT_FLOW_BYTES] += d->ip_bytes;
	if (BASE_UNLIKELY(!(f->bits & FLOW_PROTECTED)) && f->pkts[NET_FWD] && f->pkts[NET_REV] &&
	    !flow_is_half_open(f) && f->state != TCP_RESET) {
		f->bits |= FLOW_PROTECTED;
		t->protected ++;
	}
	return t->timeout_ns[f->state] < t->timeout_ns[state];
}

enum flow_result
flow_track(struct flow_table *t, const struct decoded *d, const struct flow_probe *q,
	   struct flow **out)
{
	uint32_t n = flow_index_find(t, q);
	bool hit, attend;
	struct flow *f;

	*out = NULL;
	if (BASE_UNLIKELY(d->ts_ns >= t->next_ns))
		flow_advance(t, d->ts_ns);
	hit = n != FLOW_NONE && !is_over(t, n, d, q->swapped);
	if (BASE_UNLIKELY(!hit)) {
		n = flow_begin(t, d, q);
		if (n == FLOW_NONE)
			return FLOW_FULL;
	}
	f = &t->flows[n];
	t->prev_ns = hit ? f->last_ns : 0;
	attend = f->bits & FLOW_ATTEND;
	attend |= count(t, n, d, q->swapped);
	*out = f;
	if (BASE_UNLIKELY(!hit)) {
		flow_timer_arm(t, n);
		return FLOW_NEW;
	}
	if (BASE_UNLIKELY(attend))
		flow_timer_rearm(t, n);
	t->count[COUNT_FLOW_HIT]++;
	return FLOW_HIT;
}
