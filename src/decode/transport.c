/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.c - TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), IGMP (RFC 3376).
 *
 * A header that is cut or cannot be leaves a decoded IP packet: the addresses are
 * good, and so are the ports when their four bytes are there, so the packet
 * belongs to its conversation.  That goes for first fragments too: one too short
 * for a TCP header hides nothing (RFC 1858).
 */
#include "decode/rows.h"

enum { PORTS = 4, TCP_HEADER = 20, UDP_HEADER = 8, SCTP_HEADER = 12, IGMP_HEADER = 8 };
enum { OPTION_END = 0, OPTION_NOP = 1 };

static inline void
take_ports(struct decoded *d, const uint8_t *h, size_t left)
{
	if (BASE_UNLIKELY(left < PORTS))
		return;
	d->tuple.src_port = decode_be16(h);
	d->tuple.dst_port = decode_be16(h + 2);
	d->flags |= DECODE_HAS_PORTS;
}

/* The usual case first: two fillers and a time stamp. */
static bool
are_options_bad(const uint8_t *o, size_t len)
{
	if (len == 12 && decode_be32(o) == 0x0101080a)
		return false;
	for (size_t i = 0; i < len;) {
		if (o[i] == OPTION_END)
			return false;
		if (o[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || o[i + 1] < 2 || o[i + 1] > len - i)
			return true;
		i += o[i + 1];
	}
	return false;
}

int
decode_tcp(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	size_t left = cursor_left(&w->c), header;
	struct decoded *d = w->d;

	take_ports(d, h, left);
	if (BASE_UNLIKELY(left < TCP_HEADER))
		return DECODE_OK;
	header = (size_t)(h[12] >> 4) * 4;
	if (BASE_UNLIKELY(header < TCP_HEADER || header > decode_sent_left(w)))
		return DECODE_OK;
	d->tcp_seq = decode_be32(h + 4);
	d->tcp_ack = decode_be32(h + 8);
	d->tcp_flags = h[13];
	d->tcp_window = decode_be16(h + 14);
	d->l4_offset = (uint16_t)decode_offset(w);
	d->flags |= DECODE_HAS_L4;
	/* Options cut by the snapshot length are not bad ones. */
	if (header > TCP_HEADER && header <= left &&
	    are_options_bad(h + TCP_HEADER, header - TCP_HEADER))
		d->flags |= DECODE_TCP_OPTIONS_BAD;
	if (BASE_UNLIKELY(header > left)) {
		w->sent_end -= (uint32_t)(header - left);
		header = left;
	}
	w->c.at += header;
	return DECODE_OK;
}

int
decode_udp(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	struct decoded *d = w->d;
	uint16_t length;

	take_ports(d, h, cursor_left(&w->c));
	if (BASE_UNLIKELY(cursor_left(&w->c) < UDP_HEADER))
		return DECODE_OK;
	length = decode_be16(h + 4);
	/* 0: a jumbogram, or left to the card. */
	if (BASE_UNLIKELY(length < UDP_HEADER && length != 0))
		return DECODE_OK;
	d->l4_offset = (uint16_t)decode_offset(w);
	d->flags |= DECODE_HAS_L4;
	w->c.at += UDP_HEADER;
	if (length)
		decode_limit(w, length - UDP_HEADER);
	return decode_next(w, DECODE_UDP, d->tuple.dst_port);
}

int
decode_sctp(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;

	take_ports(w->d, h, cursor_left(&w->c));
	if (cursor_left(&w->c) < SCTP_HEADER)
		return DECODE_OK;
	w->d->l4_offset = (uint16_t)decode_offset(w);
	w->d->flags |= DECODE_HAS_L4;
	cursor_skip(&w->c, SCTP_HEADER);
	return DECODE_OK;
}

int
decode_igmp(struct decode_walk *w)
{
	if (cursor_left(&w->c) < IGMP_HEADER)
		return DECODE_OK;
	w->d->l4_offset = (uint16_t)decode_offset(w);
	w->d->flags |= DECODE_HAS_L4;
	cursor_skip(&w->c, IGMP_HEADER);
	return DECODE_OK;
}
