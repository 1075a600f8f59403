/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_begin.c - a flow's first packet: who began it, and where there is room for it.
 */
#include "flow/table.h"

static bool
is_well_known(uint16_t port)
{
	return port > 0 && port < 1024;
}

/* See flow.h. */
static bool
is_source_initiator(const struct decoded *d)
{
	const struct net_tuple *tuple = &d->tuple;

	if (flow_is_tcp(d) && d->tcp_flags & NET_TCP_SYN)
		return !(d->tcp_flags & NET_TCP_ACK);
	if (!(d->flags & DECODE_HAS_PORTS) ||
	    (tuple->ip_proto != NET_IP_TCP && tuple->ip_proto != NET_IP_UDP))
		return true;
	return !is_well_known(tuple->src_port) || is_well_known(tuple->dst_port);
}

static uint8_t
head_flags(const struct decoded *d)
{
	return (uint8_t)(EVENT_HAS_TUPLE |
			 (d->flags & DECODE_HAS_PORTS ? (uint32_t)EVENT_HAS_PORTS : 0) |
			 (d->flags & DECODE_HAS_VLAN ? (uint32_t)EVENT_HAS_VLAN : 0));
}

static void
fill(struct flow_table *t, uint32_t n, const struct decoded *d, const struct flow_probe *q)
{
	bool second = is_source_initiator(d) == (q->swapped != 0);
	struct net_tuple as_sent = q->key.tuple;

	t->more[n] = (struct flow_more){
		.flags = head_flags(d),
		.tos = d->tos,
		.tunnel = d->tunnel,
	};
	if (second)
		as_sent = net_tuple_swapped(&as_sent);
	t->flows[n] = (struct flow){
		.key = q->key,
		.last_ns = d->ts_ns,
		.state = d->tuple.ip_proto == NET_IP_TCP ? TCP_MIDSTREAM : TCP_NONE,
		.bits = second ? FLOW_SECOND : 0,
		.first_ns = d->ts_ns,
		.tunnel_id = d->tunnel_id,
		.vlan_id = d->vlan_id,
		.vlan_inner = d->vlan_inner,
		.id = net_flow_id(&as_sent, q->key.scope, d->ts_ns),
	};
}

/* Room for one more flow of that hash, if need be at the cost of another. */
static uint32_t
make_room(struct flow_table *t, uint64_t hash)
{
	bool crowded = !flow_index_has_room(t, hash);
	uint32_t victim = FLOW_NONE, n;

	if (crowded || t->live >= t->max) {
		victim = flow_index_victim(t, hash, crowded);
		if (victim == FLOW_NONE)
			return FLOW_NONE;
	}
	n = flow_take_record(t);
	if (n != FLOW_NONE && victim != FLOW_NONE) {
		uint64_t last_ns = t->flows[victim].last_ns;

		/* The clock goes by ticks, packets do not. */
		flow_end(t, victim, FLOW_END_RESOURCES, last_ns > t->now_ns ? last_ns : t->now_ns);
	}
	return n;
}

uint32_t
flow_begin(struct flow_table *t, const struct decoded *d, const struct flow_probe *q)
{
	uint32_t n = make_room(t, q->hash);

	if (n == FLOW_NONE) {
		t->count[COUNT_FLOW_TABLE_FULL]++;
		return n;
	}
	fill(t, n, d, q);
	flow_index_insert(t, q->hash, n);
	t->live++;
	t->count[COUNT_FLOWS_CREATED]++;
	t->count[COUNT_FLOW_NEW]++;
	return n;
}
