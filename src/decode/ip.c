/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip.c - IPv4 (RFC 791) and the authentication header (RFC 4302).
 *
 * After the header the cursor is cut to the length IP claims: Ethernet pads
 * short frames, and that padding must not reach the application parsers.
 */
#include "decode/rows.h"

enum { FRAGMENT_BITS = 0x3fff, FRAGMENT_OFFSET = 0x1fff };

int
decode_ipv4(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 20);
	struct decoded *d = w->d;
	uint32_t header, total, offset;
	uint16_t fragment;

	if (!h)
		return DECODE_TRUNCATED;
	offset = (uint32_t)(h - w->data);
	header = (uint32_t)(h[0] & 0x0f) * 4;
	total = decode_be16(h + 2);
	/* Segmentation offload leaves the length to the card: all there is belongs to it. */
	if (BASE_UNLIKELY(total == 0))
		total = w->sent_end - offset;
	if (h[0] >> 4 != 4 || header < 20 || total < header || offset >= DECODE_NO_OFFSET)
		return DECODE_MALFORMED;
	if (header > 20 && !cursor_take(&w->c, header - 20))
		return DECODE_TRUNCATED;
	w->sent_end = offset + total;
	cursor_limit(&w->c, total - header);

	d->ip_offset = (uint16_t)offset;
	d->ip_bytes = total;
	d->tos = h[1];
	d->ttl = h[8];
	d->tuple.ip_proto = h[9];
	d->tuple.src = net_addr_v4(h + 12);
	d->tuple.dst = net_addr_v4(h + 16);
	fragment = decode_be16(h + 6);
	if (BASE_UNLIKELY(fragment & FRAGMENT_BITS))
		return decode_fragment(w, decode_be16(h + 4),
				       (uint32_t)(fragment & FRAGMENT_OFFSET) * 8, h[9]);
	return decode_next(w, DECODE_IP, h[9]);
}

int
decode_ip_payload(struct decode_walk *w)
{
	(void)w;
	return DECODE_OK;
}

int
decode_ah(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	size_t header;

	if (cursor_left(&w->c) < 12)
		return DECODE_OK;
	header = ((size_t)h[1] + 2) * 4;
	if (header < 12 || cursor_left(&w->c) < header)
		return DECODE_OK;
	if (++w->d->n_extensions > DECODE_MAX_EXTENSIONS)
		return DECODE_TOO_DEEP;
	cursor_skip(&w->c, header);
	w->d->tuple.ip_proto = h[0];
	return decode_next(w, DECODE_IP, h[0]);
}
