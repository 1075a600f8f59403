/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode.c - any bytes as packets: every result is sound and every offset inside.
 *
 * Input: link type, options, then packets of one byte of time and wire length, two
 * bytes of length and the bytes themselves; several, so that fragments meet.  Each
 * packet is a heap copy of exactly its size.
 *
 * Making a decoder takes longer than decoding, so each combination of options has
 * one for all inputs.  Each input has a time of its own, in which nothing that an
 * earlier one left in the fragment cache is alive any more.
 */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PACKETS = 16,
	FRAGMENT_TIMEOUT_S = 30,
	/* Between the starts of two inputs: a packet takes 13 seconds at most, or goes back by 2.
	 */
	INPUT_S = PACKETS * (13 + 2) + 2 * FRAGMENT_TIMEOUT_S,
};

static const uint16_t linktypes[] = {
	CAPTURE_LINK_ETHERNET, CAPTURE_LINK_RAW,  CAPTURE_LINK_IPV4,
	CAPTURE_LINK_IPV6,     CAPTURE_LINK_NULL, CAPTURE_LINK_LOOP,
	CAPTURE_LINK_SLL,      CAPTURE_LINK_SLL2, CAPTURE_LINK_RADIOTAP,
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_flow(const struct packet *p, const struct decoded *d)
{
	bool v6 = d->flags & DECODE_IPV6;

	require(d->ip_offset + (v6 ? 40u : 20u) <= p->caplen);
	require(p->data[d->ip_offset] >> 4 == (v6 ? 6 : 4));
	require(d->ip_bytes >= (v6 ? 40 : 20) && d->payload_len < d->ip_bytes);
	require(d->n_extensions <= DECODE_MAX_EXTENSIONS);
	require((d->n_tunnels == 0) == (d->tunnel == EVENT_TUNNEL_NONE));
	require(!(d->flags & DECODE_LATER_FRAGMENT) ||
		(d->flags & DECODE_FRAGMENT && !(d->flags & DECODE_HAS_L4)));
	require(!(d->flags & DECODE_UNMATCHED_FRAGMENT) ||
		(d->flags & DECODE_LATER_FRAGMENT && d->tuple.src_port == 0));
	require(!(d->flags & DECODE_HAS_QUOTE) || d->flags & DECODE_HAS_L4);
	require(!(d->flags & DECODE_CHECKSUM_GOOD) ||
		!(d->flags & (DECODE_BAD_IP_CHECKSUM | DECODE_BAD_L4_CHECKSUM)));
}

static void
check(enum decode_status status, const struct packet *p, const struct decoded *d)
{
	const uint8_t *end = p->data + p->caplen;

	require(status < DECODE_STATUSES);
	require(d->payload.at >= p->data && d->payload.at <= d->payload.end);
	require(d->payload.end <= end && !d->payload.truncated);
	require(d->payload_len >= cursor_left(&d->payload));
	require((d->payload_len > cursor_left(&d->payload)) ==
		((d->flags & DECODE_PAYLOAD_CUT) != 0));
	require(!(d->flags & DECODE_HAS_MAC) || d->mac_offset + 14u <= p->caplen);
	require((d->l4_offset != DECODE_NO_OFFSET) == ((d->flags & DECODE_HAS_L4) != 0));
	require(!(d->flags & DECODE_HAS_L4) || p->data + d->l4_offset + 8 <= d->payload.at);
	require(d->n_tunnels <= DECODE_MAX_TUNNELS && d->n_vlans <= DECODE_MAX_VLANS);
	require(d->tuple.zero[0] == 0 && d->tuple.zero[1] == 0 && d->tuple.zero[2] == 0);
	if (status == DECODE_OK && d->class == DECODE_FLOW)
		check_flow(p, d);
	else
		require(status != DECODE_OK || d->ip_offset == DECODE_NO_OFFSET);
}

static void
one_packet(struct decoder *dec, const struct packet *p)
{
	struct event ev = { .kind = EVENT_PACKET };
	struct net_tuple quoted;
	struct decoded d;
	enum decode_status status;

	memset(&d, 0xa5, sizeof(d));
	status = decode_packet(dec, p, &d);
	check(status, p, &d);
	decode_to_head(p, &d, &ev);
	decode_to_packet(p, &d, &ev);
	require(ev.packet.payload_len == d.payload_len);
	quoted = decode_quoted(p, &d);
	require(d.flags & DECODE_HAS_QUOTE || quoted.ip_proto == 0);
}

static struct decoder *
decoder_of(uint8_t bits)
{
	static struct decoder *made[4];
	struct decoder **dec = &made[bits & 3];
	struct decode_options options = {
		.checksums = !(bits & 1),
		.tunnels = !(bits & 2),
		.fragment_entries = 64,
		.fragment_timeout_ns = FRAGMENT_TIMEOUT_S * NS_PER_SEC,
	};

	if (!*dec)
		*dec = decode_new(&options, 1);
	require(*dec != NULL);
	return *dec;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t start_ns;
	struct cursor c = cursor_over(data, size);
	struct packet p = { .linktype = linktypes[cursor_u8(&c) % ARRAY_LEN(linktypes)] };
	uint8_t bits = cursor_u8(&c);
	struct decoder *dec = decoder_of(bits);

	start_ns += INPUT_S * NS_PER_SEC;
	p.ts_ns = start_ns;
	p.flags = bits & 4 ? CAPTURE_CHECKSUM_OFFLOADED : 0;
	for (int i = 0; i < PACKETS && cursor_left(&c) >= 3; i++) {
		uint8_t step = cursor_u8(&c);
		size_t len = cursor_be16(&c);
		uint8_t *bytes;

		len = len < cursor_left(&c) ? len : cursor_left(&c);
		bytes = malloc(len ? len : 1);
		require(bytes != NULL);
		if (len)
			memcpy(bytes, cursor_take(&c, len), len);
		p.ts_ns += (uint64_t)(step & 15) * NS_PER_SEC - 2 * NS_PER_SEC;
		p.data = bytes;
		p.caplen = (uint32_t)len;
		p.wire_len = (uint32_t)len + (uint32_t)(step >> 4) * 100;
		one_packet(dec, &p);
		free(bytes);
	}
	return 0;
}
