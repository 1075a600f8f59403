/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipv6.c - IPv6 and its extension headers (RFC 8200, jumbograms RFC 2675).
 *
 * Extension headers are taken in any order and at most DECODE_MAX_EXTENSIONS of
 * them.  One that is cut leaves a packet whose protocol is the extension's.
 */
#include "decode/rows.h"

enum { HEADER = 40, MAX_PAYLOAD = 65535 };

int
decode_ipv6(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, HEADER);
	struct decoded *d = w->d;
	uint32_t offset, payload, left;

	if (!h)
		return DECODE_TRUNCATED;
	offset = (uint32_t)(h - w->data);
	if (h[0] >> 4 != 6 || offset >= DECODE_NO_OFFSET)
		return DECODE_MALFORMED;
	payload = decode_be16(h + 4);
	left = decode_sent_left(w);
	/* Jumbograms and segmentation offload; a packet without payload may be padded. */
	if (BASE_UNLIKELY(payload == 0) && (h[6] == NET_IP_HOPOPT || left > MAX_PAYLOAD))
		payload = left;
	w->sent_end = offset + HEADER + payload;
	cursor_limit(&w->c, payload);

	d->flags |= DECODE_IPV6;
	d->ip_offset = (uint16_t)offset;
	d->ip_bytes = HEADER + payload;
	d->tos = (uint8_t)(decode_be16(h) >> 4);
	d->ttl = h[7];
	d->tuple.ip_proto = h[6];
	memcpy(d->tuple.src.b, h + 8, 16);
	memcpy(d->tuple.dst.b, h + 24, 16);
	return decode_next(w, DECODE_IP, h[6]);
}

int
decode_ipv6_options(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	size_t left = cursor_left(&w->c);

	if (!(w->d->flags & DECODE_IPV6) || left < 8 || left < ((size_t)h[1] + 1) * 8)
		return DECODE_OK;
	if (++w->d->n_extensions > DECODE_MAX_EXTENSIONS)
		return DECODE_TOO_DEEP;
	cursor_skip(&w->c, ((size_t)h[1] + 1) * 8);
	w->d->tuple.ip_proto = h[0];
	return decode_next(w, DECODE_IP, h[0]);
}

int
decode_ipv6_fragment(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	uint16_t bits;

	if (!(w->d->flags & DECODE_IPV6) || cursor_left(&w->c) < 8)
		return DECODE_OK;
	if (++w->d->n_extensions > DECODE_MAX_EXTENSIONS)
		return DECODE_TOO_DEEP;
	cursor_skip(&w->c, 8);
	w->d->tuple.ip_proto = h[0];
	bits = decode_be16(h + 2);
	/* Alone and whole: an "atomic fragment" (RFC 6946) is none. */
	if (!(bits & 0xfff9))
		return decode_next(w, DECODE_IP, h[0]);
	return decode_fragment(w, decode_be32(h + 4), bits & 0xfff8, h[0]);
}
