/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp.c - ICMP (RFC 792), ICMPv6 (RFC 4443) and Neighbour Discovery (RFC 4861).
 *
 * The four bytes behind the checksum mean something else for each type: an
 * identifier and a sequence number, an MTU, or a gateway.
 */
#include "proto/proto.h"

enum {
	V4_ECHO_REPLY = 0,
	V4_UNREACHABLE = 3,
	V4_REDIRECT = 5,
	V4_ECHO = 8,
	V4_TIMESTAMP = 13,
	V4_MASK_REPLY = 18,
	V4_CODE_FRAGMENTATION_NEEDED = 4,
	V6_TOO_BIG = 2,
	V6_ECHO = 128,
	V6_ECHO_REPLY = 129,
	V6_ROUTER_SOLICIT = 133,
	V6_ROUTER_ADVERT = 134,
	V6_NEIGHBOUR_SOLICIT = 135,
	V6_NEIGHBOUR_ADVERT = 136,
	V6_REDIRECT = 137,
	NDP_SOURCE_LLADDR = 1,
	NDP_TARGET_LLADDR = 2,
	MAX_NDP_OPTIONS = 16,
};

static void
read_v4(struct cursor *c, struct event_icmp *e)
{
	uint32_t rest = cursor_be32(c);
	bool echo = e->type == V4_ECHO || e->type == V4_ECHO_REPLY ||
		    (e->type >= V4_TIMESTAMP && e->type <= V4_MASK_REPLY);

	if (echo) {
		e->id = (uint16_t)(rest >> 16);
		e->seq = (uint16_t)rest;
	} else if (e->type == V4_UNREACHABLE && e->code == V4_CODE_FRAGMENTATION_NEEDED) {
		e->mtu = rest & 0xffff;
	} else if (e->type == V4_REDIRECT) {
		e->target = net_addr_v4((const uint8_t[4]){ (uint8_t)(rest >> 24),
							    (uint8_t)(rest >> 16),
							    (uint8_t)(rest >> 8), (uint8_t)rest });
	}
}

/* Options are type, length in units of 8 bytes, value (RFC 4861, 4.6). */
static void
read_ndp_options(struct cursor *c, struct event_icmp *e)
{
	for (int i = 0; i < MAX_NDP_OPTIONS && cursor_left(c) >= 8; i++) {
		uint8_t type = cursor_u8(c), len = cursor_u8(c);
		const uint8_t *value = len ? cursor_take(c, (size_t)len * 8 - 2) : NULL;

		if (!value)
			return;
		if (type == NDP_SOURCE_LLADDR || type == NDP_TARGET_LLADDR)
			memcpy(e->lladdr, value, sizeof(e->lladdr));
	}
}

static void
read_target(struct cursor *c, struct event_icmp *e)
{
	const uint8_t *target = cursor_take(c, sizeof(e->target.b));

	if (target)
		memcpy(e->target.b, target, sizeof(e->target.b));
}

static void
read_v6(struct cursor *c, struct event_icmp *e)
{
	uint32_t rest = cursor_be32(c);

	switch (e->type) {
	case V6_TOO_BIG:
		e->mtu = rest;
		break;
	case V6_ECHO:
	case V6_ECHO_REPLY:
		e->id = (uint16_t)(rest >> 16);
		e->seq = (uint16_t)rest;
		break;
	case V6_ROUTER_ADVERT:
		cursor_skip(c, 8); /* reachable time, retransmission timer */
		read_ndp_options(c, e);
		break;
	case V6_REDIRECT:
		read_target(c, e);
		cursor_skip(c, 16); /* destination */
		read_ndp_options(c, e);
		break;
	case V6_NEIGHBOUR_SOLICIT:
	case V6_NEIGHBOUR_ADVERT:
		read_target(c, e);
		read_ndp_options(c, e);
		break;
	case V6_ROUTER_SOLICIT:
		read_ndp_options(c, e);
		break;
	default:
		break;
	}
}

static enum proto_result
icmp_parse(void *state, struct proto_packet *p, struct event *ev)
{
	const struct decoded *d = p->decoded;
	struct cursor c = cursor_over(p->packet->data, p->packet->caplen);
	struct event_icmp *e = &ev->icmp;

	(void)state;
	p->done = true;
	*e = (struct event_icmp){
		.version = d->tuple.ip_proto == NET_IP_ICMPV6 ? 6 : 4,
		.payload_len = d->payload_len,
	};
	cursor_skip(&c, d->l4_offset);
	e->type = cursor_u8(&c);
	e->code = cursor_u8(&c);
	cursor_skip(&c, 2);
	if (e->version == 4)
		read_v4(&c, e);
	else
		read_v6(&c, e);
	if (c.truncated)
		ev->flags |= EVENT_PARTIAL;
	if (d->flags & DECODE_HAS_QUOTE) {
		e->error = true;
		e->quoted = decode_quoted(p->packet, d);
	}
	return PROTO_EVENT;
}

const struct proto_ops proto_icmp = {
	.name = "",
	.summary = "ICMP, ICMPv6 and Neighbour Discovery messages.",
	.over = PROTO_OVER_IP,
	.id = NET_IP_ICMP,
	.more_ids = { NET_IP_ICMPV6 },
	.kind = EVENT_ICMP,
	.parse = icmp_parse,
};
