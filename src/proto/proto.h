/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto.h - application protocols, and the small ones beside IP (ARP, ICMP).
 *
 * One file per protocol, one row per file in proto_table.  A parser sees the
 * payload of one packet, keeps at most FLOW_SCRATCH bytes between calls, and
 * reports what it found by filling in an event.  It never allocates, never logs
 * and never calls another parser.
 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include "event/event.h"
#include "flow/flow.h"

enum proto_result {
	PROTO_NOTHING, /* nothing to report in what is left of the payload */
	PROTO_EVENT,   /* one event filled in; call again for the rest */
	PROTO_BAD,     /* not this protocol after all: stop parsing the flow */
};

/* How a row is reached. */
enum proto_over {
	PROTO_OVER_CLASS, /* id: enum decode_class; no flow */
	PROTO_OVER_IP,    /* id: IP protocol; every packet of it, no probing */
	PROTO_OVER_UDP,   /* id: port tried first; probed */
};

/* The packet a row looks at. */
struct proto_packet {
	const struct packet *packet;
	const struct decoded *decoded;
	struct cursor payload; /* the row's to consume */
	enum net_dir dir;      /* of the packet in its flow */
	bool cut;              /* the payload ends before the datagram did */
	bool done;             /* a row sets it when nothing can follow in this packet */
};

struct proto_ops {
	const char *name; /* value of app_protocol; "" for rows that are none (arp, icmp) */
	const char *summary;
	enum proto_over over;
	uint16_t id;
	uint16_t more_ids[3]; /* further ports */
	enum event_kind kind; /* of what it reports */

	/* Whether the payload looks like this protocol; off its ports (on_port false) it has to
	 * be sure.  Must not need state.  NULL unless over is PROTO_OVER_UDP. */
	bool (*probe)(const struct proto_packet *p, bool on_port);

	/* state: FLOW_SCRATCH bytes of the flow, zero at first; NULL without a flow.  Fills the
	 * body and may set EVENT_CUT, EVENT_PARTIAL; the rest of the head is the caller's. */
	enum proto_result (*parse)(void *state, struct proto_packet *p, struct event *ev);
};

extern const struct proto_ops *const proto_table[]; /* ended by NULL */

enum { PROTO_GIVEN_UP = 255 }; /* value of flow.app: no row will look at the flow again */

/* Whether proto_inspect can make anything of the packet: cheap, for the many of which it cannot. */
static inline bool
proto_may_report(const struct flow *f, const struct decoded *d)
{
	if (d->tuple.ip_proto == NET_IP_UDP)
		return f && f->app != PROTO_GIVEN_UP && cursor_left(&d->payload) > 0;
	return d->tuple.ip_proto == NET_IP_ICMP || d->tuple.ip_proto == NET_IP_ICMPV6;
}

/* Identifies and parses one packet.  f: its flow, NULL for a class without one.  kinds: bits of
 * the kinds somebody wants: rows for others only identify.  Sets kind, flags and body of ev.
 * Called until it no longer returns PROTO_EVENT, with pp untouched between. */
enum proto_result proto_inspect(struct flow_table *t, struct flow *f, struct proto_packet *pp,
				uint32_t kinds, struct event *ev);

/* Name for flow events; "" when unknown. */
const char *proto_name(uint8_t app);

#endif
