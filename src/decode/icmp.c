/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp.c - ICMP (RFC 792) and ICMPv6 (RFC 4443, 4861), and the packets errors quote.
 *
 * The tuple's ports are made as Community ID v1 makes them.  A type that has a
 * counterpart (echo and its reply) stands in src_port, the counterpart in
 * dst_port: the answer has them the other way round, so question and answer are
 * one conversation.  All others have their type in src_port and their code in
 * dst_port.  The identifier of an echo is not part of it.
 */
#include "decode/rows.h"

enum { ICMP_HEADER = 8, V4_HEADER = 20, V6_HEADER = 40 };

/* Type of the answer plus one; 0: none. */
static const uint8_t counterpart_v4[256] = {
	[0] = 8 + 1,   [8] = 0 + 1,   [9] = 10 + 1,  [10] = 9 + 1,  [13] = 14 + 1,
	[14] = 13 + 1, [15] = 16 + 1, [16] = 15 + 1, [17] = 18 + 1, [18] = 17 + 1,
};
static const uint8_t counterpart_v6[256] = {
	[128] = 129 + 1, [129] = 128 + 1, [130] = 131 + 1, [131] = 130 + 1,
	[133] = 134 + 1, [134] = 133 + 1, [135] = 136 + 1, [136] = 135 + 1,
	[139] = 140 + 1, [140] = 139 + 1, [144] = 145 + 1, [145] = 144 + 1,
};

/* Types that quote the packet they are about. */
static const bool quotes_v4[256] = { [3] = true, [4] = true, [5] = true, [11] = true, [12] = true };
static const bool quotes_v6[256] = { [1] = true, [2] = true, [3] = true, [4] = true };

static void
set_ports(struct net_tuple *t, const uint8_t counterpart[256], const uint8_t *h)
{
	t->src_port = h[0];
	t->dst_port = counterpart[h[0]] ? (uint16_t)(counterpart[h[0]] - 1) : h[1];
}

/* The ports of a quoted packet; false when the quote ends before them. */
static bool
read_ports(struct cursor *c, struct net_tuple *t)
{
	const uint8_t *h = c->at;
	size_t left = cursor_left(c);

	switch (t->ip_proto) {
	case NET_IP_TCP:
	case NET_IP_UDP:
	case NET_IP_SCTP:
		if (left < 4)
			return false;
		t->src_port = decode_be16(h);
		t->dst_port = decode_be16(h + 2);
		return true;
	case NET_IP_ICMP:
	case NET_IP_ICMPV6:
		if (left < 2)
			return false;
		set_ports(t, t->ip_proto == NET_IP_ICMP ? counterpart_v4 : counterpart_v6, h);
		return true;
	default:
		return true;
	}
}

static bool
read_quoted_v4(struct cursor *c, struct net_tuple *t)
{
	const uint8_t *h = cursor_take(c, V4_HEADER);

	if (!h || h[0] >> 4 != 4 || (h[0] & 0x0f) < 5 || decode_be16(h + 6) & 0x1fff)
		return false;
	cursor_skip(c, (size_t)(h[0] & 0x0f) * 4 - V4_HEADER);
	t->src = net_addr_v4(h + 12);
	t->dst = net_addr_v4(h + 16);
	t->ip_proto = h[9];
	return !c->truncated;
}

static bool
read_quoted_v6(struct cursor *c, struct net_tuple *t)
{
	const uint8_t *h = cursor_take(c, V6_HEADER);
	int n = 0;

	if (!h || h[0] >> 4 != 6)
		return false;
	memcpy(t->src.b, h + 8, 16);
	memcpy(t->dst.b, h + 24, 16);
	t->ip_proto = h[6];
	while (t->ip_proto == NET_IP_HOPOPT || t->ip_proto == NET_IP_ROUTING ||
	       t->ip_proto == NET_IP_DSTOPTS || t->ip_proto == NET_IP_FRAGMENT) {
		size_t len;

		h = cursor_take(c, 8);
		if (!h || ++n > DECODE_MAX_EXTENSIONS)
			return false;
		len = t->ip_proto == NET_IP_FRAGMENT ? 0 : (size_t)h[1] * 8;
		if (t->ip_proto == NET_IP_FRAGMENT && decode_be16(h + 2) & 0xfff8)
			return false;
		t->ip_proto = h[0];
		cursor_skip(c, len);
	}
	return !c->truncated;
}

static bool
read_quote(struct cursor c, bool v6, struct net_tuple *t)
{
	*t = (struct net_tuple){ 0 };
	return (v6 ? read_quoted_v6(&c, t) : read_quoted_v4(&c, t)) && read_ports(&c, t);
}

static int
read_icmp(struct decode_walk *w, bool v6)
{
	const uint8_t *h = w->c.at;
	struct decoded *d = w->d;
	struct net_tuple quoted;

	if (cursor_left(&w->c) < ICMP_HEADER)
		return DECODE_OK;
	set_ports(&d->tuple, v6 ? counterpart_v6 : counterpart_v4, h);
	d->l4_offset = (uint16_t)decode_offset(w);
	d->flags |= DECODE_HAS_L4;
	cursor_skip(&w->c, ICMP_HEADER);
	if ((v6 ? quotes_v6 : quotes_v4)[h[0]] && read_quote(w->c, v6, &quoted))
		d->flags |= DECODE_HAS_QUOTE;
	return DECODE_OK;
}

int
decode_icmp(struct decode_walk *w)
{
	return read_icmp(w, false);
}

int
decode_icmpv6(struct decode_walk *w)
{
	return read_icmp(w, true);
}

struct net_tuple
decode_quoted(const struct packet *p, const struct decoded *d)
{
	struct net_tuple quoted;

	(void)p;
	if (!(d->flags & DECODE_HAS_QUOTE) ||
	    !read_quote(d->payload, d->tuple.ip_proto == NET_IP_ICMPV6, &quoted))
		return (struct net_tuple){ 0 };
	return quoted;
}
