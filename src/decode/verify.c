/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - checksums of the reported packet: IPv4, TCP, UDP, ICMP, ICMPv6, IGMP.
 *
 * Only what is complete can be judged.  Nor is a packet bad whose checksum the
 * sending card was still to fill in: then the field holds the pseudo-header's sum
 * (or, in IPv4's header, 0).  Nor one with hops still to visit, for its checksum
 * is made with the last destination (RFC 8200, 8.1).  SCTP's CRC is not checked.
 */
#include "decode/rows.h"

#include "net/checksum.h"

enum { UDP_LENGTH = 4, V4_SOURCE = 12, V6_SOURCE = 8, V4_HEADER = 20, V6_HEADER = 40 };
enum { IP_OPTION_LSRR = 131, IP_OPTION_SSRR = 137, NO_FIELD = 0xff };

/* Where the checksum stands in the header, and whether a pseudo-header is part of it. */
static const struct {
	uint8_t field;
	bool pseudo;
} layout[256] = {
	[NET_IP_ICMP] = { 2, false }, [NET_IP_IGMP] = { 2, false },  [NET_IP_TCP] = { 16, true },
	[NET_IP_UDP] = { 6, true },   [NET_IP_ICMPV6] = { 2, true },
};

/* True: good. */
static inline bool
verify_ipv4(struct decoded *d, const uint8_t *h)
{
	size_t len = (size_t)(h[0] & 0x0f) * 4;
	/* Nearly always there are no options: a length known here is added without a loop. */
	uint64_t sum = BASE_LIKELY(len == V4_HEADER) ? net_sum_short(0, h, V4_HEADER)
						     : net_sum_short(0, h, len);

	if (BASE_LIKELY(net_sum_fold(sum) == 0xffff))
		return true;
	if (decode_be16(h + 10) != 0)
		d->flags |= DECODE_BAD_IP_CHECKSUM;
	return false;
}

/* Source-route options of IPv4, whose header is all there. */
static bool
is_routed_v4(const uint8_t *h)
{
	size_t end = (size_t)(h[0] & 0x0f) * 4;

	for (size_t i = 20; i < end && h[i] != 0;) {
		if (h[i] == 1) {
			i++;
			continue;
		}
		if (h[i] == IP_OPTION_LSRR || h[i] == IP_OPTION_SSRR)
			return true;
		if (end - i < 2 || h[i + 1] < 2)
			return false;
		i += h[i + 1];
	}
	return false;
}

/* Extension headers up to the transport header, which the walk has read already. */
static bool
is_routed_v6(const uint8_t *h, size_t end)
{
	uint8_t type = h[6];

	for (size_t i = V6_HEADER; i + 8 <= end;) {
		const uint8_t *x = h + i;

		if (type == NET_IP_ROUTING && x[3] != 0)
			return true;
		if (type == NET_IP_FRAGMENT)
			i += 8;
		else
			i += type == NET_IP_AH ? ((size_t)x[1] + 2) * 4 : ((size_t)x[1] + 1) * 8;
		type = x[0];
	}
	return false;
}

static inline uint64_t
pseudo_header(const struct decoded *d, const uint8_t *ip)
{
	uint64_t sum = d->flags & DECODE_IPV6 ? net_sum_short(0, ip + V6_SOURCE, 32)
					      : net_sum_short(0, ip + V4_SOURCE, 8);

	return net_sum_be16(sum, d->tuple.ip_proto);
}

static inline uint64_t
add_length(uint64_t sum, uint32_t len)
{
	return net_sum_be16(net_sum_be16(sum, (uint16_t)(len >> 16)), (uint16_t)len);
}

static BASE_COLD bool
is_excused(const struct decoded *d, const uint8_t *ip, const uint8_t *field, uint32_t len)
{
	uint64_t pseudo = pseudo_header(d, ip);
	uint16_t stored;

	memcpy(&stored, field, sizeof(stored));
	if (layout[d->tuple.ip_proto].pseudo &&
	    (stored == net_sum_fold(add_length(pseudo, len)) || stored == net_sum_fold(pseudo)))
		return true;
	return d->flags & DECODE_IPV6 ? is_routed_v6(ip, (size_t)(d->l4_offset - d->ip_offset))
				      : is_routed_v4(ip);
}

void
decode_verify(const struct packet *p, struct decoded *d)
{
	const uint8_t *ip = p->data + d->ip_offset, *l4;
	bool ip_good = d->flags & DECODE_IPV6 || verify_ipv4(d, ip);
	uint8_t at = layout[d->tuple.ip_proto].field;
	uint32_t len;
	uint64_t sum;

	if (!at || !(d->flags & DECODE_HAS_L4) || d->flags & DECODE_FRAGMENT ||
	    p->flags & CAPTURE_CHECKSUM_OFFLOADED)
		return;
	l4 = p->data + d->l4_offset;
	len = d->ip_bytes - (uint32_t)(d->l4_offset - d->ip_offset);
	if (d->tuple.ip_proto == NET_IP_UDP) {
		uint16_t udp_len = decode_be16(l4 + UDP_LENGTH);

		/* No checksum; or a length that says too much. */
		if (decode_be16(l4 + at) == 0 || udp_len > len)
			return;
		len = udp_len ? udp_len : len;
	}
	if ((size_t)(d->payload.end - l4) < len)
		return;
	sum = layout[d->tuple.ip_proto].pseudo ? add_length(pseudo_header(d, ip), len) : 0;
	if (net_sum_fold(net_sum(sum, l4, len)) == 0xffff)
		d->flags |= ip_good ? DECODE_CHECKSUM_GOOD : 0;
	else if (!is_excused(d, ip, l4 + at, len))
		d->flags |= DECODE_BAD_L4_CHECKSUM;
}
