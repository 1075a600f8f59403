/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - from a decoded packet to an event.
 *
 * Reads again, at the offsets the walk found, what only packet events show.
 * A field whose bytes were not captured stays zero.
 */
#include "decode/rows.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_WSCALE = 3, OPTION_TIMESTAMP = 8 };
enum { NO_WSCALE = 255, V6_HEADER = 40 };

static struct cursor
cursor_at(const struct packet *p, uint16_t offset)
{
	struct cursor c = cursor_over(p->data, p->caplen);

	cursor_skip(&c, offset);
	return c;
}

void
decode_to_head(const struct packet *p, const struct decoded *d, struct event *ev)
{
	struct cursor mac = cursor_at(p, d->mac_offset);
	const uint8_t *dst = d->flags & DECODE_HAS_MAC ? cursor_take(&mac, 6) : NULL;
	const uint8_t *src = dst ? cursor_take(&mac, 6) : NULL;

	ev->ts_ns = d->ts_ns;
	ev->tuple = d->tuple;
	ev->tunnel_id = d->tunnel_id;
	ev->vlan_id = d->vlan_id;
	ev->vlan_inner = d->vlan_inner;
	ev->interface = p->interface;
	ev->dir = p->dir;
	ev->flags = 0;
	if (d->ip_offset != DECODE_NO_OFFSET)
		ev->flags |= EVENT_HAS_TUPLE;
	if (d->flags & DECODE_HAS_PORTS)
		ev->flags |= EVENT_HAS_PORTS;
	if (d->flags & DECODE_HAS_VLAN)
		ev->flags |= EVENT_HAS_VLAN;
	memset(ev->src_mac, 0, sizeof(ev->src_mac));
	memset(ev->dst_mac, 0, sizeof(ev->dst_mac));
	if (src) {
		ev->flags |= EVENT_HAS_MAC;
		memcpy(ev->dst_mac, dst, 6);
		memcpy(ev->src_mac, src, 6);
	}
}

static void
read_ipv4(const struct packet *p, const struct decoded *d, struct event_packet *e)
{
	struct cursor c = cursor_at(p, d->ip_offset);
	const uint8_t *h = cursor_take(&c, 20);
	uint16_t fragment;

	if (!h)
		return;
	fragment = decode_be16(h + 6);
	e->ip_version = 4;
	e->ip_header_len = (uint8_t)((h[0] & 0x0f) * 4);
	e->ip_id = decode_be16(h + 4);
	e->ip_flags = (uint8_t)(fragment >> 13);
	e->frag_offset = (uint16_t)((fragment & 0x1fff) * 8);
	e->ip_checksum = decode_be16(h + 10);
}

/* The fragment header stands somewhere among the extension headers the walk has counted. */
static void
read_ipv6_fragment(struct cursor *c, uint8_t type, struct event_packet *e)
{
	for (int i = 0; i < DECODE_MAX_EXTENSIONS; i++) {
		const uint8_t *h = cursor_take(c, 8);

		if (!h)
			return;
		if (type == NET_IP_FRAGMENT) {
			e->frag_offset = decode_be16(h + 2) & 0xfff8;
			e->ip_flags = h[3] & 1;
			return;
		}
		cursor_skip(c, type == NET_IP_AH ? (size_t)h[1] * 4 : (size_t)h[1] * 8);
		type = h[0];
	}
}

static void
read_ipv6(const struct packet *p, const struct decoded *d, struct event_packet *e)
{
	struct cursor c = cursor_at(p, d->ip_offset);
	const uint8_t *h = cursor_take(&c, V6_HEADER);

	if (!h)
		return;
	e->ip_version = 6;
	e->ip_header_len = V6_HEADER;
	e->flow_label = decode_be32(h) & 0xfffff;
	if (d->flags & DECODE_FRAGMENT)
		read_ipv6_fragment(&c, h[6], e);
}

static void
read_tcp_options(struct cursor c, struct event_packet *e)
{
	while (cursor_left(&c)) {
		uint8_t type = cursor_u8(&c), len;
		struct cursor value;

		if (type == OPTION_END)
			return;
		if (type == OPTION_NOP)
			continue;
		len = cursor_u8(&c);
		if (len < 2 || cursor_left(&c) < len - 2u)
			return;
		value = cursor_over(c.at, len - 2u);
		cursor_skip(&c, len - 2u);
		if (type == OPTION_MSS && len == 4) {
			e->tcp_mss = cursor_be16(&value);
		} else if (type == OPTION_WSCALE && len == 3) {
			e->tcp_wscale = cursor_u8(&value);
		} else if (type == OPTION_TIMESTAMP && len == 10) {
			e->tcp_tsval = cursor_be32(&value);
			e->tcp_tsecr = cursor_be32(&value);
		}
	}
}

static void
read_tcp(struct cursor c, const struct decoded *d, struct event_packet *e)
{
	const uint8_t *h = cursor_take(&c, 20);

	if (!h)
		return;
	e->tcp_seq = d->tcp_seq;
	e->tcp_ack = d->tcp_ack;
	e->tcp_flags = d->tcp_flags;
	e->tcp_window = d->tcp_window;
	e->tcp_header_len = (uint8_t)((h[12] >> 4) * 4);
	e->l4_checksum = decode_be16(h + 16);
	e->tcp_urgent = decode_be16(h + 18);
	cursor_limit(&c, e->tcp_header_len - 20u);
	read_tcp_options(c, e);
}

static void
read_udp(struct cursor c, const struct decoded *d, struct event_packet *e)
{
	(void)d;
	cursor_skip(&c, 4);
	e->udp_len = cursor_be16(&c);
	e->l4_checksum = cursor_be16(&c);
}

static void
read_icmp(struct cursor c, const struct decoded *d, struct event_packet *e)
{
	(void)d;
	e->icmp_type = cursor_u8(&c);
	e->icmp_code = cursor_u8(&c);
	e->l4_checksum = cursor_be16(&c);
}

static void (*const read_l4[256])(struct cursor, const struct decoded *, struct event_packet *) = {
	[NET_IP_TCP] = read_tcp,
	[NET_IP_UDP] = read_udp,
	[NET_IP_ICMP] = read_icmp,
	[NET_IP_ICMPV6] = read_icmp,
};

static enum event_checksum
checksum_of(const struct decoded *d)
{
	if (d->flags & DECODE_BAD_IP_CHECKSUM)
		return EVENT_CHECKSUM_BAD_IP;
	if (d->flags & DECODE_BAD_L4_CHECKSUM)
		return EVENT_CHECKSUM_BAD_L4;
	return d->flags & DECODE_CHECKSUM_GOOD ? EVENT_CHECKSUM_GOOD : EVENT_CHECKSUM_UNKNOWN;
}

void
decode_to_packet(const struct packet *p, const struct decoded *d, struct event *ev)
{
	struct event_packet *e = &ev->packet;

	decode_to_head(p, d, ev);
	*e = (struct event_packet){
		.number = e->number,
		.wire_len = p->wire_len,
		.caplen = p->caplen,
		.ip_len = d->ip_bytes,
		.payload_len = d->payload_len,
		.ether_type = d->ether_type,
		.ip_tos = d->tos,
		.ip_ttl = d->ttl,
		.tcp_wscale = NO_WSCALE,
		.checksum = (uint8_t)checksum_of(d),
		.tunnel = d->tunnel,
		.depth = d->n_tunnels,
		.flow_dir = e->flow_dir,
		.flow_first_ns = e->flow_first_ns,
		.flow_pkts = { e->flow_pkts[0], e->flow_pkts[1] },
		.flow_bytes = { e->flow_bytes[0], e->flow_bytes[1] },
		.flow_prev_ns = e->flow_prev_ns,
	};
	if (d->ip_offset == DECODE_NO_OFFSET)
		return;
	if (d->flags & DECODE_IPV6)
		read_ipv6(p, d, e);
	else
		read_ipv4(p, d, e);
	if (d->flags & DECODE_HAS_L4 && read_l4[d->tuple.ip_proto])
		read_l4[d->tuple.ip_proto](cursor_at(p, d->l4_offset), d, e);
}
