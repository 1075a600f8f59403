/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - the packet side of the pipeline, from wire to event.
 *
 * Read worker_burst() first, then worker_packet(): they are the whole pipeline.
 * Each stage is called once, in order, and hands its result to the next; no
 * stage calls back.  A burst is decoded as a whole before it is tracked, so that
 * the flow table's memory is on its way when it is needed.
 */
#include "app/worker_publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "proto/proto.h"

enum {
	ROOM_WAIT_MS = 100,
	PHASE_SWEEP = 0,
	PHASE_PACKET = 1,
	PHASE_QUOTED = 2,
};

static const uint64_t idle_lag_ns = NS_PER_SEC;

/* Room for one event.  A live thread waits for nobody: it fills the spare one in
 * when the ring is full, and commit() counts the loss. */
static BASE_COLD struct event *
room_when_full(struct worker *w)
{
	struct event *ev = NULL;

	while (!ev) {
		if (!w->patient)
			return &w->spare;
		ring_wait_room(&w->out, ROOM_WAIT_MS);
		ev = ring_reserve(&w->out, sizeof(*ev));
	}
	return ev;
}

static inline struct event *
room(struct worker *w)
{
	struct event *ev = ring_reserve(&w->out, sizeof(*ev));

	return BASE_LIKELY(ev) ? ev : room_when_full(w);
}

static void
commit(struct worker *w, struct event *ev, uint8_t phase)
{
	w->count[COUNT_EVENTS_PRODUCED]++;
	if (BASE_UNLIKELY(ev == &w->spare)) {
		w->count[COUNT_EVENTS_RING_FULL]++;
		return;
	}
	ev->order = w->order;
	ev->phase = phase;
	ring_commit(&w->out, event_size(ev));
	ring_fetch_ahead(&w->out);
}

static void
emit_flow_records(struct worker *w, uint8_t phase)
{
	struct event *ev = room(w);

	while (flow_next_record(w->flows, ev)) {
		ev->interface = w->flow_interface;
		commit(w, ev, phase);
		ev = room(w);
	}
}

static void
advance(struct worker *w, uint64_t ts_ns)
{
	if (ts_ns > w->now_ns)
		w->now_ns = ts_ns;
	w->order = w->patient ? w->ordinal : w->now_ns;
	if (flow_is_due(w->flows, w->now_ns)) {
		flow_advance(w->flows, w->now_ns);
		emit_flow_records(w, PHASE_SWEEP);
	}
}

static BASE_COLD void
count_rare_facts(uint64_t *c, const struct decoded *d)
{
	c[COUNT_DECODE_TUNNELS] += d->n_tunnels > 0;
	c[COUNT_DECODE_FRAGMENTS] += (d->flags & DECODE_FRAGMENT) != 0;
	c[COUNT_DECODE_FRAGMENTS_UNMATCHED] += (d->flags & DECODE_UNMATCHED_FRAGMENT) != 0;
	c[COUNT_DECODE_BAD_IP_CHECKSUM] += (d->flags & DECODE_BAD_IP_CHECKSUM) != 0;
	c[COUNT_DECODE_BAD_L4_CHECKSUM] += (d->flags & DECODE_BAD_L4_CHECKSUM) != 0;
	c[COUNT_DECODE_PAYLOAD_CUT] += (d->flags & DECODE_PAYLOAD_CUT) != 0;
}

static inline void
count_facts(struct worker *w, const struct decoded *d)
{
	static const uint8_t counter[256] = {
		[NET_IP_TCP] = COUNT_DECODE_TCP,   [NET_IP_UDP] = COUNT_DECODE_UDP,
		[NET_IP_ICMP] = COUNT_DECODE_ICMP, [NET_IP_ICMPV6] = COUNT_DECODE_ICMP,
		[NET_IP_SCTP] = COUNT_DECODE_SCTP,
	};
	const uint32_t rare = DECODE_FRAGMENT | DECODE_UNMATCHED_FRAGMENT | DECODE_BAD_IP_CHECKSUM |
			      DECODE_BAD_L4_CHECKSUM | DECODE_PAYLOAD_CUT;
	uint64_t *c = w->count;
	uint8_t proto;

	if (BASE_UNLIKELY(d->flags & rare || d->n_tunnels > 0))
		count_rare_facts(c, d);
	if (d->class != DECODE_FLOW) {
		c[COUNT_NON_FLOW_ARP + d->class - DECODE_ARP]++;
		return;
	}
	c[d->flags & DECODE_IPV6 ? COUNT_DECODE_IPV6 : COUNT_DECODE_IPV4]++;
	proto = counter[d->tuple.ip_proto];
	c[proto ? proto : COUNT_DECODE_OTHER_IP]++;
}

static void
count_packet(struct worker *w, const struct packet *p, const struct decoded *d,
	     enum decode_status status)
{
	w->count[COUNT_CAPTURE_PACKETS]++;
	w->count[COUNT_CAPTURE_BYTES] += p->wire_len;
	w->count[COUNT_CAPTURE_CAPTURED_BYTES] += p->caplen;
	w->count[COUNT_DECODE_OK + status]++;
	if (status == DECODE_OK)
		count_facts(w, d);
}

static bool
wants(const struct worker *w, enum event_kind kind)
{
	return w->shared->kinds & 1u << kind;
}

static uint16_t
interface_of(const struct worker *w)
{
	return (uint16_t)(w->interface_base + w->next_request - 1);
}

/* The part of the head that headers do not tell. */
static void
fill_head(const struct worker *w, const struct flow *f, struct event *ev)
{
	ev->interface = interface_of(w);
	ev->flow_id = f ? f->id : 0;
	memset(ev->app_proto, 0, sizeof(ev->app_proto));
	if (f && f->app)
		strncpy(ev->app_proto, proto_name(f->app), sizeof(ev->app_proto) - 1);
}

/* What the protocol rows make of the packet; how many events that was. */
static unsigned
emit_records(struct worker *w, const struct packet *p, const struct decoded *d, struct flow *f,
	     uint8_t phase)
{
	struct proto_packet pp = {
		.packet = p,
		.decoded = d,
		.payload = d->payload,
		.dir = f ? f->dir : NET_FWD,
		.cut = d->flags & DECODE_PAYLOAD_CUT,
	};
	struct event *ev = room(w);
	enum proto_result result;
	uint16_t flags;
	uint8_t kind;
	unsigned n = 0;

	while ((result = proto_inspect(w->flows, f, &pp, w->shared->kinds, ev)) == PROTO_EVENT) {
		kind = ev->kind;
		flags = ev->flags;
		decode_to_head(p, d, ev);
		ev->kind = kind;
		ev->flags |= flags;
		fill_head(w, f, ev);
		commit(w, ev, phase);
		ev = room(w);
		n++;
	}
	w->count[COUNT_PROTO_BAD] += result == PROTO_BAD;
	return n;
}

static void
emit_packet(struct worker *w, const struct packet *p, const struct decoded *d, const struct flow *f,
	    bool described)
{
	struct event *ev = room(w);

	decode_to_packet(p, d, ev);
	ev->kind = EVENT_PACKET;
	if (described)
		ev->flags |= EVENT_DESCRIBED;
	fill_head(w, f, ev);
	ev->packet.number = w->ordinal;
	ev->packet.flow_dir = f ? f->dir : NET_FWD;
	ev->packet.flow_first_ns = f ? f->first_ns : 0;
	ev->packet.flow_prev_ns = f ? flow_prev_ns(w->flows) : 0;
	for (int dir = 0; dir < NET_DIRS; dir++) {
		ev->packet.flow_pkts[dir] = f ? f->pkts[dir] : 0;
		ev->packet.flow_bytes[dir] = f ? f->bytes[dir] : 0;
	}
	commit(w, ev, PHASE_PACKET);
}

static bool
is_mine(const struct worker *w, const struct flow_probe *q)
{
	return !w->shared->sharded || flow_shard(q, w->n_workers) == w->index;
}

/* An ICMP error belongs to the flow it quotes: that flow's thread tells. */
static void
inspect_quoted(struct worker *w, const struct packet *p, const struct decoded *d)
{
	struct net_tuple quoted = decode_quoted(p, d);
	struct flow *f;

	if (w->shared->sharded && flow_shard_tuple(&quoted, w->n_workers) != w->index)
		return;
	f = flow_icmp_error(w->flows, d, &quoted, (uint8_t)p->data[d->l4_offset],
			    (uint8_t)p->data[d->l4_offset + 1]);
	if (wants(w, EVENT_ICMP)) {
		struct flow none = { .app = 0, .id = f ? f->id : 0 };

		(void)emit_records(w, p, d, &none, PHASE_QUOTED);
	}
}

/* The packets of a class without a flow, and what cannot be decoded. */
static void
worker_flowless(struct worker *w, const struct packet *p, const struct decoded *d,
		enum decode_status status)
{
	bool described = false;

	if (w->shared->sharded && w->index != 0)
		return;
	count_packet(w, p, d, status);
	if (status != DECODE_OK)
		return;
	described = emit_records(w, p, d, NULL, PHASE_PACKET) > 0;
	if (wants(w, EVENT_PACKET))
		emit_packet(w, p, d, NULL, described);
}

static void
worker_packet(struct worker *w, const struct packet *p, const struct decoded *d,
	      const struct flow_probe *q, enum decode_status status)
{
	bool has_quote = d->flags & DECODE_HAS_QUOTE, described = false;
	struct flow *f;

	w->ordinal++;
	advance(w, p->ts_ns);
	if (status != DECODE_OK || d->class != DECODE_FLOW) {
		worker_flowless(w, p, d, status);
		return;
	}
	if (is_mine(w, q)) {
		count_packet(w, p, d, status);
		if (flow_track(w->flows, d, q, &f) == FLOW_NEW && d->flags & DECODE_HAS_MAC)
			flow_set_macs(w->flows, f, p->data + d->mac_offset);
		if (BASE_UNLIKELY(flow_has_record(w->flows)))
			emit_flow_records(w, PHASE_PACKET);
		if (!has_quote && proto_may_report(f, d))
			described = emit_records(w, p, d, f, PHASE_PACKET) > 0;
		if (wants(w, EVENT_PACKET))
			emit_packet(w, p, d, f, described || (has_quote && wants(w, EVENT_ICMP)));
	}
	if (has_quote)
		inspect_quoted(w, p, d);
}

/* Copies a packet for the capture file.  Of a file one thread sees all. */
static void
tap_packet(struct worker *w, const struct packet *p)
{
	uint32_t size = (uint32_t)(sizeof(struct worker_tap) + p->caplen + RING_ALIGN - 1) &
			~(uint32_t)(RING_ALIGN - 1);
	struct worker_tap *t;

	w->count[COUNT_WRITE_OFFERED]++;
	while (!(t = ring_reserve(&w->tap, size))) {
		if (!w->patient) {
			w->count[COUNT_WRITE_RING_FULL]++;
			return;
		}
		ring_wait_room(&w->tap, ROOM_WAIT_MS);
	}
	t->order = w->patient ? w->ordinal : w->now_ns;
	t->packet = *p;
	t->packet.interface = interface_of(w);
	memcpy(t + 1, p->data, p->caplen);
	ring_commit(&w->tap, size);
}

static void
decode_burst(struct worker *w, int n)
{
	for (int i = 0; i < n; i++) {
		struct decoded *d = &w->decoded[i];

		w->status[i] = (uint8_t)decode_packet(w->decoder, &w->pkts[i], d);
		if (w->status[i] == DECODE_OK && d->class == DECODE_FLOW) {
			flow_probe(w->flows, d, &w->probes[i]);
			flow_prefetch_bucket(w->flows, &w->probes[i]);
		}
	}
	for (int i = 0; i < n; i++)
		if (w->status[i] == DECODE_OK && w->decoded[i].class == DECODE_FLOW)
			flow_prefetch_record(w->flows, &w->probes[i]);
}

/* Says what the source has to say, once: threads of one source have the same to say. */
static void
pass_message_on(struct worker *w, enum note_level level)
{
	const char *message = capture_message(w->source);
	bool told = w->patient ? w->index > 0 : level == NOTE_WARNING && w->requests[0].thread > 0;

	if (strcmp(message, w->said) == 0)
		return;
	snprintf(w->said, sizeof(w->said), "%s", message);
	if (message[0] && !told)
		note_put(w->shared->notes, level, "%s", message);
}

/* Nothing came: time goes on all the same, a little behind the clock, because a
 * packet with an earlier time may still be on its way. */
static void
idle(struct worker *w)
{
	uint64_t now = clock_ns(CLOCK_REALTIME);

	pass_message_on(w, NOTE_WARNING);
	if (!w->patient && now > idle_lag_ns)
		advance(w, now - idle_lag_ns);
}

static uint64_t
lap(const struct worker *w, uint64_t *since)
{
	uint64_t now, passed;

	if (!w->shared->stages)
		return 0;
	now = clock_ns(CLOCK_MONOTONIC);
	passed = now - *since;
	*since = now;
	return passed;
}

/* How many packets may be taken now. */
static int
allowance(struct worker *w)
{
	uint64_t left = WORKER_BURST;

	if (w->shared->count_limit == UINT64_MAX)
		return WORKER_BURST;
	if (w->patient) {
		left = w->shared->count_limit - w->ordinal;
		return left < WORKER_BURST ? (int)left : WORKER_BURST;
	}
	return (int)counter_budget_take(&w->shared->budget, WORKER_BURST);
}

/* Notes the packet times seen.  Returns how many of n come before --duration is over. */
static int
within_duration(struct worker *w, int n)
{
	uint64_t limit = w->shared->duration_ns;

	for (int i = 0; i < n; i++) {
		uint64_t ts = w->pkts[i].ts_ns;

		if (!w->seen_packet)
			w->first_ns = w->last_ns = w->begin_ns = ts;
		if (limit && ts > w->begin_ns && ts - w->begin_ns > limit)
			return i;
		w->seen_packet = true;
		w->first_ns = ts < w->first_ns ? ts : w->first_ns;
		w->last_ns = ts > w->last_ns ? ts : w->last_ns;
	}
	return n;
}

static int
worker_burst(struct worker *w)
{
	uint64_t since = w->shared->stages ? clock_ns(CLOCK_MONOTONIC) : 0;
	int max = allowance(w), n, keep;

	if (max == 0)
		return -ECANCELED;
	n = capture_recv(w->source, w->pkts, max);
	if (!w->patient && w->shared->count_limit != UINT64_MAX)
		counter_budget_give_back(&w->shared->budget, (uint64_t)(max - (n > 0 ? n : 0)));
	keep = within_duration(w, n);
	w->stage.recv += lap(w, &since);
	decode_burst(w, keep);
	w->stage.decode += lap(w, &since);
	for (int i = 0; i < keep; i++) {
		worker_packet(w, &w->pkts[i], &w->decoded[i], &w->probes[i], w->status[i]);
		if (w->tap.ring)
			tap_packet(w, &w->pkts[i]);
	}
	w->stage.track += lap(w, &since);
	if (n == 0)
		idle(w);
	worker_publish_if_due(w, n > 0 ? keep : 0);
	w->stage.rest += lap(w, &since);
	if (keep == n || n < 0)
		return n;
	/* Beyond the end: as if never read. */
	w->past[COUNT_CAPTURE_READ] -= (uint64_t)(n - keep);
	return -ECANCELED;
}

static void
close_source(struct worker *w)
{
	worker_publish_source_end(w);
	capture_close(w->source);
	w->source = NULL;
}

/* Opens the next of its files; false when there is none or it cannot be opened. */
static bool
open_next(struct worker *w)
{
	char err[BASE_ERROR_LEN] = "";
	int result;

	if (w->next_request >= w->n_requests)
		return false;
	result = capture_open(&w->source, w->row, &w->requests[w->next_request++], err);
	if (result < 0) {
		if (!w->shared->sharded || w->index == 0)
			note_put(w->shared->notes, NOTE_ERROR, "%s", err);
		w->end = result;
		return false;
	}
	return true;
}

static void
run_sources(struct worker *w)
{
	int worst = -ENODATA;

	do {
		while ((w->end = worker_burst(w)) >= 0)
			if (counter_flag_get(w->shared->stop)) {
				w->end = -ECANCELED;
				break;
			}
		if (w->end != -ENODATA && w->end != -ECANCELED) {
			pass_message_on(w, NOTE_ERROR);
			worst = w->end;
		}
		close_source(w);
	} while (w->end != -ECANCELED && open_next(w));
	if (worst != -ENODATA)
		w->end = worst;
}

void *
worker_run(void *arg)
{
	struct worker *w = arg;

	run_sources(w);
	w->ordinal++;
	w->order = w->patient ? w->ordinal : w->now_ns;
	flow_force_end(w->flows);
	emit_flow_records(w, PHASE_SWEEP);
	worker_publish_counts(w);
	ring_close(&w->out);
	if (w->tap.ring)
		ring_close(&w->tap);
	return NULL;
}
