/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto.c - which row reads a packet, and keeping to that choice for a flow.
 *
 * The port is a hint that decides who is asked first; the bytes decide who is
 * believed.  A flow whose first payloads no row recognised stays unknown and
 * costs nothing any more.
 */
#include "proto/proto.h"

enum { MAX_TRIES = 4 };

static bool
is_on_port(const struct proto_ops *row, const struct net_tuple *t)
{
	if (row->id == t->src_port || row->id == t->dst_port)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(row->more_ids) && row->more_ids[i]; i++)
		if (row->more_ids[i] == t->src_port || row->more_ids[i] == t->dst_port)
			return true;
	return false;
}

static void
identify(struct flow *f, const struct proto_packet *pp)
{
	const struct net_tuple *t = &pp->decoded->tuple;

	for (int on_port = 1; on_port >= 0; on_port--)
		for (size_t i = 0; proto_table[i]; i++) {
			const struct proto_ops *row = proto_table[i];

			if (row->over == PROTO_OVER_UDP && is_on_port(row, t) == on_port &&
			    row->probe(pp, on_port)) {
				f->app = (uint8_t)(i + 1);
				return;
			}
		}
	if (++f->tries >= MAX_TRIES)
		f->app = PROTO_GIVEN_UP;
}

static const struct proto_ops *
find(enum proto_over over, uint16_t id)
{
	for (size_t i = 0; proto_table[i]; i++) {
		const struct proto_ops *row = proto_table[i];

		if (row->over == over &&
		    (row->id == id || (row->more_ids[0] && row->more_ids[0] == id)))
			return row;
	}
	return NULL;
}

/* The row for a packet that needs no identification, or whose flow has one. */
static const struct proto_ops *
row_of(struct flow *f, const struct proto_packet *pp)
{
	const struct decoded *d = pp->decoded;

	if (d->class != DECODE_FLOW)
		return find(PROTO_OVER_CLASS, d->class);
	if (d->flags & DECODE_LATER_FRAGMENT || !(d->flags & DECODE_HAS_L4))
		return NULL;
	if (d->tuple.ip_proto == NET_IP_ICMP || d->tuple.ip_proto == NET_IP_ICMPV6)
		return find(PROTO_OVER_IP, d->tuple.ip_proto);
	if (!f || f->app == PROTO_GIVEN_UP || d->tuple.ip_proto != NET_IP_UDP ||
	    cursor_left(&pp->payload) == 0)
		return NULL;
	if (f->app == 0)
		identify(f, pp);
	return f->app == 0 || f->app == PROTO_GIVEN_UP ? NULL : proto_table[f->app - 1];
}

enum proto_result
proto_inspect(struct flow_table *t, struct flow *f, struct proto_packet *pp, uint32_t kinds,
	      struct event *ev)
{
	const struct proto_ops *row = pp->done ? NULL : row_of(f, pp);
	enum proto_result result;

	if (!row || !(kinds & 1u << row->kind))
		return PROTO_NOTHING;
	ev->flags = 0;
	ev->kind = (uint8_t)row->kind;
	result = row->parse(f ? flow_get_more(t, f)->scratch : NULL, pp, ev);
	if (result == PROTO_BAD && f && row->over == PROTO_OVER_UDP)
		f->app = PROTO_GIVEN_UP;
	return result;
}

const char *
proto_name(uint8_t app)
{
	return app == 0 || app == PROTO_GIVEN_UP ? "" : proto_table[app - 1]->name;
}
