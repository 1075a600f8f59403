/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_event.c - what leaves the table: records, counts, and a flow's colder part.
 */
#include "flow/table.h"

struct flow_more *
flow_get_more(struct flow_table *t, const struct flow *f)
{
	return &t->more[f - t->flows];
}

void
flow_set_macs(struct flow_table *t, const struct flow *f, const uint8_t mac[12])
{
	struct flow_more *more = flow_get_more(t, f);

	/* On the wire the destination comes first. */
	memcpy(f->dir == NET_FWD ? more->dst_mac : more->src_mac, mac, 6);
	memcpy(f->dir == NET_FWD ? more->src_mac : more->dst_mac, mac + 6, 6);
	more->flags |= EVENT_HAS_MAC;
}

uint64_t
flow_prev_ns(const struct flow_table *t)
{
	return t->prev_ns;
}

struct flow *
flow_icmp_error(struct flow_table *t, const struct decoded *d, const struct net_tuple *quoted,
		uint8_t type, uint8_t code)
{
	struct flow_probe q;
	struct flow *f;
	uint32_t n;

	flow_probe_tuple(t, quoted, flow_scope(t, d), &q);
	n = flow_index_find(t, &q);
	/* One that ended already is not here, noticed or not. */
	if (n == FLOW_NONE || flow_timer_idle_ns(t, &t->flows[n]) <= d->ts_ns) {
		t->count[COUNT_FLOW_ICMP_UNMATCHED]++;
		return NULL;
	}
	f = &t->flows[n];
	f->icmp_errors = (uint16_t)(f->icmp_errors + (f->icmp_errors < UINT16_MAX));
	t->more[n].icmp_type = type;
	t->more[n].icmp_code = code;
	t->count[COUNT_FLOW_ICMP_MATCHED]++;
	return f;
}

void
flow_set_app_names(struct flow_table *t, flow_app_name_fn *name)
{
	t->app_name = name;
}

static uint64_t
reported_bytes(const struct flow *f, int dir)
{
	return (uint64_t)f->reported_bytes_high[dir] << 32 | f->reported_bytes[dir];
}

void
flow_event_reported(struct flow *f)
{
	for (int dir = 0; dir < NET_DIRS; dir++) {
		f->reported_pkts[dir] = (uint32_t)f->pkts[dir];
		f->reported_bytes[dir] = (uint32_t)f->bytes[dir];
		f->reported_bytes_high[dir] = (uint16_t)(f->bytes[dir] >> 32);
	}
	f->record_seq++;
}

static void
fill_head(const struct flow_table *t, const struct flow *f, const struct flow_more *more,
	  struct event *ev)
{
	const char *name = t->app_name && f->app ? t->app_name(f->app) : "";

	ev->ts_ns = flow_timer_due_ns(t, f);
	ev->flow_id = f->id;
	ev->tuple = flow_is_second(f) ? net_tuple_swapped(&f->key.tuple) : f->key.tuple;
	ev->tunnel_id = f->tunnel_id;
	ev->vlan_id = f->vlan_id;
	ev->vlan_inner = f->vlan_inner;
	ev->flags = more->flags;
	memcpy(ev->src_mac, more->src_mac, sizeof(ev->src_mac));
	memcpy(ev->dst_mac, more->dst_mac, sizeof(ev->dst_mac));
	ev->kind = EVENT_FLOW;
	for (size_t i = 0; i < sizeof(ev->app_proto) - 1 && name[i]; i++)
		ev->app_proto[i] = name[i];
}

static void
fill_directions(const struct flow *f, const struct flow_more *more, struct event_flow *out)
{
	for (int dir = 0; dir < NET_DIRS; dir++) {
		out->pkts[dir] = f->pkts[dir];
		out->bytes[dir] = f->bytes[dir];
		out->pkts_delta[dir] = (uint32_t)f->pkts[dir] - f->reported_pkts[dir];
		out->bytes_delta[dir] = (f->bytes[dir] - reported_bytes(f, dir)) & UINT64_MAX >> 16;
		out->retransmits[dir] = f->retransmits[dir];
		out->out_of_order[dir] = f->out_of_order[dir];
		out->zero_windows[dir] = f->zero_windows[dir];
		out->tcp_flags[dir] = f->tcp_flags[dir];
		out->ttl[dir] = more->ttl[dir];
	}
}

static void
fill(const struct flow_table *t, uint32_t n, struct event *ev)
{
	const struct flow *f = &t->flows[n];
	const struct flow_more *more = &t->more[n];
	struct event_flow *out = &ev->flow;
	bool interim = f->end == FLOW_END_ACTIVE || f->end == FLOW_END_COPY;

	memset(ev, 0, offsetof(struct event, flow) + sizeof(*out));
	fill_head(t, f, more, ev);
	fill_directions(f, more, out);
	out->first_ns = f->first_ns;
	out->last_ns = f->last_ns;
	out->seq = f->record_seq + 1U;
	out->rtt_syn_us = f->rtt_syn_us;
	out->rtt_ack_us = f->rtt_ack_us;
	out->icmp_errors = f->icmp_errors;
	out->icmp_type = more->icmp_type;
	out->icmp_code = more->icmp_code;
	out->tcp_state = f->state;
	out->end = interim ? (uint8_t)FLOW_END_ACTIVE : f->end;
	out->tos = more->tos;
	out->tunnel = more->tunnel;
	out->checksum_bad = more->checksum_bad;
	flow_history_text(more, out->history);
	if (!interim)
		ev->flags |= EVENT_FINAL;
}

/* One that was due and is no longer. */
static void
release(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];
	uint8_t end = f->end;

	t->count[COUNT_FLOW_RECORDS_INTERIM] += end == FLOW_END_ACTIVE || end == FLOW_END_COPY;
	f->end = FLOW_END_NONE;
	if (end != FLOW_END_ACTIVE) {
		flow_give_record(t, n);
		return;
	}
	flow_event_reported(f);
	flow_timer_arm(t, n);
}

bool
flow_has_record(const struct flow_table *t)
{
	return t->queue_at != t->queue_end || t->list[FLOW_DUE] != FLOW_NONE;
}

bool
flow_next_record(struct flow_table *t, struct event *ev)
{
	uint32_t n;

	while ((n = flow_timer_take_due(t)) == FLOW_NONE)
		if (!flow_timer_step(t))
			return false;
	fill(t, n, ev);
	release(t, n);
	return true;
}

void
flow_get_counters(const struct flow_table *t, uint64_t value[EVENT_COUNTERS])
{
	uint64_t packets = t->count[COUNT_FLOW_HIT] + t->count[COUNT_FLOW_NEW];

	for (int i = COUNT_FLOW_HIT; i <= COUNT_FLOW_ICMP_UNMATCHED; i++)
		value[i] = t->count[i];
	value[COUNT_FLOWS_ACTIVE] = t->live;
	value[COUNT_FLOW_ACTIVE_PACKETS] = packets - t->count[COUNT_FLOW_ENDED_PACKETS];
	value[COUNT_FLOW_ACTIVE_BYTES] =
		t->count[COUNT_FLOW_BYTES] - t->count[COUNT_FLOW_ENDED_BYTES];
}
