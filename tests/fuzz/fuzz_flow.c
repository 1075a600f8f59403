/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_flow.c - any sequence of packets, times and ICMP errors through a tiny table.
 *
 * Four bytes choose table and timeouts, then eight are a step.  After each step
 * the identities hold; now and then, and at the end, every list is walked; and
 * the records add up to the packets.  A careful caller takes records before the
 * next packet and gets them in order; a careless one must not break anything.
 */
#include <assert.h>
#include <string.h>

#include "flow/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4, STEP = 8, MAX_STEPS = 4096, WALK_EVERY = 64 };

struct run {
	struct flow_table *t;
	bool careful;
	uint64_t now_ns;
	/* Offered and taken into a flow; out of records. */
	uint64_t offered, pkts, bytes;
	uint64_t pkts_delta, bytes_delta, pkts_final, bytes_final, finals;
	uint64_t last_ns, last_id; /* of the record before, since the clock was advanced */
};

static void
check_identities(const struct run *r)
{
	uint64_t v[EVENT_COUNTERS] = { 0 };

	flow_get_counters(r->t, v);
	assert(v[COUNT_FLOW_HIT] + v[COUNT_FLOW_NEW] == r->pkts);
	assert(r->pkts + v[COUNT_FLOW_TABLE_FULL] == r->offered);
	assert(v[COUNT_FLOW_BYTES] == r->bytes);
	assert(v[COUNT_FLOWS_CREATED] == v[COUNT_FLOW_NEW]);
	assert(v[COUNT_FLOWS_CREATED] == v[COUNT_FLOWS_ENDED_IDLE] + v[COUNT_FLOWS_ENDED_DETECTED] +
						 v[COUNT_FLOWS_ENDED_FORCED] +
						 v[COUNT_FLOWS_ENDED_RESOURCES] +
						 v[COUNT_FLOWS_ACTIVE]);
	assert(v[COUNT_FLOW_ENDED_PACKETS] + v[COUNT_FLOW_ACTIVE_PACKETS] == r->pkts);
	assert(v[COUNT_FLOW_ENDED_BYTES] + v[COUNT_FLOW_ACTIVE_BYTES] == r->bytes);
	assert(v[COUNT_FLOWS_ACTIVE] <= r->t->max);
	assert(r->t->protected <= r->t->live);
}

/* What the live flows themselves counted is what the gauges say. */
static void
check_index(const struct run *r)
{
	const struct flow_table *t = r->t;
	uint64_t v[EVENT_COUNTERS] = { 0 }, pkts = 0, bytes = 0;
	uint32_t live = 0, protected = 0;

	for (uint32_t i = 0; i < t->n_buckets; i++)
		for (int way = 0; way < FLOW_WAYS; way++) {
			const struct flow *f = &t->flows[t->buckets[i].record[way]];
			struct flow_probe q;

			if (!t->buckets[i].tag[way])
				continue;
			flow_probe_tuple(t, &f->key.tuple, f->key.scope, &q);
			assert(!q.swapped);
			assert(flow_index_find(t, &q) == t->buckets[i].record[way]);
			assert(f->first_ns <= f->last_ns);
			live++;
			protected += f->bits & FLOW_PROTECTED ? 1 : 0;
			pkts += f->pkts[NET_FWD] + f->pkts[NET_REV];
			bytes += f->bytes[NET_FWD] + f->bytes[NET_REV];
		}
	flow_get_counters(t, v);
	assert(live == t->live && protected == t->protected);
	assert(pkts == v[COUNT_FLOW_ACTIVE_PACKETS] && bytes == v[COUNT_FLOW_ACTIVE_BYTES]);
}

struct walked {
	uint32_t live, records;
};

static void
walk_list(const struct flow_table *t, uint32_t list, struct walked *w)
{
	uint32_t before = FLOW_LIST_HEAD | list;

	for (uint32_t n = t->list[list]; n != FLOW_NONE; n = t->flows[n].wheel_next) {
		uint8_t end = t->flows[n].end;

		assert(n < t->top && t->flows[n].wheel_prev == before);
		assert((list == FLOW_DUE) == (end != FLOW_END_NONE));
		assert(list == FLOW_DUE || list % FLOW_LANES == n % FLOW_LANES);
		w->live += end == FLOW_END_NONE || end == FLOW_END_ACTIVE;
		w->records++;
		before = n;
	}
	assert(list != FLOW_DUE || t->due_last == before);
}

static void
walk_queue(const struct flow_table *t, struct walked *w)
{
	for (uint32_t i = t->queue_at; i < t->queue_end; i++) {
		uint32_t n = t->queue[i].n;

		if (n == FLOW_NONE)
			continue;
		assert(n < t->top && t->flows[n].end != FLOW_END_NONE);
		assert(t->flows[n].end != FLOW_END_ACTIVE ||
		       (t->flows[n].wheel_prev == FLOW_QUEUED && t->flows[n].wheel_next == i));
		w->live += t->flows[n].end == FLOW_END_ACTIVE;
		w->records++;
	}
}

/* Every live flow is on one list or in the queue, and every list is whole. */
static void
check_lists(const struct run *r)
{
	const struct flow_table *t = r->t;
	struct walked w = { 0, 0 };

	for (uint32_t slot = 0; slot < FLOW_SLOTS; slot++) {
		uint32_t before = w.records;

		for (uint32_t lane = 0; lane < FLOW_LANES; lane++)
			walk_list(t, slot * FLOW_LANES + lane, &w);
		assert((w.records > before) == (t->occupied[slot / 64] >> slot % 64 & 1));
	}
	walk_list(t, FLOW_DUE, &w);
	walk_queue(t, &w);
	assert(w.live == t->live);
	for (uint32_t n = t->free; n != FLOW_NONE; n = t->flows[n].wheel_next)
		w.records++;
	assert(w.records == t->top && t->top <= t->n_records);
}

static void
take_one(struct run *r, const struct event *ev)
{
	const struct event_flow *f = &ev->flow;

	assert(ev->kind == EVENT_FLOW && ev->flow_id != 0 && ev->flow_id >> 53 == 0);
	assert(f->first_ns <= f->last_ns && f->last_ns <= r->now_ns);
	assert(ev->ts_ns >= (ev->flags & EVENT_FINAL ? f->last_ns : f->first_ns));
	assert(memchr(f->history, '\0', sizeof(f->history)));
	assert(f->tcp_state < TCP_STATES);
	assert((f->end == FLOW_END_ACTIVE) == !(ev->flags & EVENT_FINAL));
	assert(f->end != FLOW_END_ACTIVE || f->pkts_delta[NET_FWD] + f->pkts_delta[NET_REV] > 0);
	for (int dir = 0; dir < NET_DIRS; dir++) {
		assert(f->pkts_delta[dir] <= f->pkts[dir] && f->bytes_delta[dir] <= f->bytes[dir]);
		r->pkts_delta += f->pkts_delta[dir];
		r->bytes_delta += f->bytes_delta[dir];
		r->pkts_final += ev->flags & EVENT_FINAL ? f->pkts[dir] : 0;
		r->bytes_final += ev->flags & EVENT_FINAL ? f->bytes[dir] : 0;
	}
	r->finals += ev->flags & EVENT_FINAL ? 1 : 0;
	if (r->careful)
		assert(ev->ts_ns > r->last_ns ||
		       (ev->ts_ns == r->last_ns && ev->flow_id >= r->last_id));
	r->last_ns = ev->ts_ns;
	r->last_id = ev->flow_id;
}

static void
take_all(struct run *r)
{
	struct event ev;

	r->last_ns = r->last_id = 0;
	while (flow_next_record(r->t, &ev))
		take_one(r, &ev);
	assert(!flow_has_record(r->t) && r->t->tick == r->t->target);
}

static struct net_tuple
tuple_from(const uint8_t *b)
{
	static const uint8_t protocols[4] = { NET_IP_TCP, NET_IP_TCP, NET_IP_UDP, NET_IP_ICMP };
	static const uint16_t ports[4] = { 0, 80, 1023, 50000 };
	struct net_tuple t = { .ip_proto = protocols[b[0] & 3] };

	t.src.b[15] = b[0] >> 2 & 7;
	t.dst.b[b[0] >> 7 ? 0 : 15] = b[0] >> 5 & 3;
	t.src_port = ports[b[1] & 3];
	t.dst_port = ports[b[1] >> 2 & 3];
	return t;
}

static uint64_t
step_ns(uint8_t b)
{
	static const uint64_t units[8] = { 0,
					   1,
					   NS_PER_MS,
					   10 * NS_PER_MS,
					   FLOW_TICK_NS,
					   NS_PER_SEC,
					   100 * NS_PER_SEC,
					   UINT64_C(1) << 58 };

	return units[b & 7] * (b >> 3);
}

static struct decoded
packet_from(const struct run *r, const uint8_t *b)
{
	static const uint32_t seqs[8] = { 0, 1, 2, 100, 101, 200, 0x7fffffff, 0xffffffff };
	struct decoded d = { .tuple = tuple_from(b), .ts_ns = r->now_ns };

	/* Sometimes late. */
	if (b[2] & 1)
		d.ts_ns = d.ts_ns > step_ns(b[3]) ? d.ts_ns - step_ns(b[3]) : 0;
	d.flags = DECODE_HAS_PORTS | DECODE_HAS_L4;
	if ((b[2] & 0x0e) == 0x0e)
		d.flags |= DECODE_BAD_L4_CHECKSUM;
	if ((b[2] & 0x0e) == 0x0c)
		d.flags = DECODE_FRAGMENT | DECODE_LATER_FRAGMENT;
	d.n_vlans = b[2] >> 4 & 1;
	d.vlan_id = b[2] >> 5 & 1;
	d.tunnel_id = b[2] >> 6;
	d.tcp_flags = b[4];
	d.tcp_seq = seqs[b[5] & 7] + (b[5] >> 3);
	d.payload_len = b[6] & 0x80 ? (uint32_t)b[6] << 8 : b[6] & 3;
	d.ip_bytes = 40 + d.payload_len;
	d.tcp_window = b[6] >> 5 & 1;
	return d;
}

static void
offer(struct run *r, const struct decoded *d, bool keep)
{
	struct flow *f;
	struct flow_probe q;
	enum flow_result result;

	if (r->careful) {
		flow_advance(r->t, d->ts_ns);
		take_all(r);
	}
	flow_probe(r->t, d, &q);
	flow_prefetch_bucket(r->t, &q);
	flow_prefetch_record(r->t, &q);
	result = flow_track(r->t, d, &q, &f);
	assert((result == FLOW_FULL) == (f == NULL));
	r->offered++;
	if (f) {
		assert(f->pkts[f->dir] > 0 && f->last_ns >= d->ts_ns);
		assert((result == FLOW_NEW) == (f->pkts[NET_FWD] + f->pkts[NET_REV] == 1));
		r->pkts++;
		r->bytes += d->ip_bytes;
	}
	if (r->careful || !keep)
		take_all(r);
}

static void
step(struct run *r, const uint8_t *b)
{
	struct decoded d;
	struct event ev;

	/* A jump of years is cheap when the clock had been followed before it. */
	if (!r->careful && (b[3] & 7) == 7)
		return;
	if (__builtin_add_overflow(r->now_ns, step_ns(b[3]), &r->now_ns))
		r->now_ns = UINT64_MAX;
	d = packet_from(r, b);
	switch (b[7] & 15) {
	case 0:
		flow_advance(r->t, r->now_ns);
		r->last_ns = r->last_id = 0;
		if (flow_next_record(r->t, &ev))
			take_one(r, &ev);
		if (r->careful)
			take_all(r);
		break;
	case 1:
		(void)flow_icmp_error(r->t, &d, &d.tuple, b[4], b[5]);
		break;
	case 2:
		take_all(r);
		break;
	case 3:
		if (b[7] >> 4 == 0) {
			take_all(r);
			flow_force_end(r->t);
			take_all(r);
		}
		break;
	default:
		offer(r, &d, b[7] & 16);
	}
	check_identities(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_options o = { 0 };
	struct run r = { 0 };

	if (size < HEAD || size > HEAD + STEP * MAX_STEPS)
		return 0;
	o.preset = data[0] & 3;
	o.key_vlan = data[0] & 4;
	o.key_tunnel = data[0] & 8;
	o.idle_timeout_ns = step_ns(data[1] & 0xfd);
	o.active_timeout_ns = step_ns(data[2] & 0xfd);
	r.t = flow_table_new(&o, 1 + (data[3] & 31), 1);
	r.careful = data[3] & 32;
	assert(r.t);
	for (size_t i = HEAD, n = 0; i + STEP <= size; i += STEP, n++) {
		step(&r, data + i);
		if (n % WALK_EVERY == 0) {
			check_lists(&r);
			check_index(&r);
		}
	}
	check_index(&r);
	take_all(&r);
	check_lists(&r);
	flow_force_end(r.t);
	take_all(&r);
	check_lists(&r);
	check_identities(&r);
	assert(r.t->live == 0 && r.t->protected == 0);
	assert(r.pkts_delta == r.pkts && r.bytes_delta == r.bytes);
	assert(r.pkts_final == r.pkts && r.bytes_final == r.bytes);
	assert(r.finals == r.t->count[COUNT_FLOWS_CREATED]);
	flow_table_free(r.t);
	return 0;
}
