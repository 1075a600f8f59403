/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_frame.h - packets for the decoder's tests, built from the inside out.
 *
 * Each function puts a header in front of what is there, so lengths are right by
 * themselves; tests spoil bytes afterwards.  Packets are decoded from a heap copy
 * of exactly their size: reading one byte too many is seen by the sanitizers.
 */
#ifndef DECODE_FRAME_H
#define DECODE_FRAME_H

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "net/checksum.h"

enum { FRAME_ROOM = 8192 };

struct frame {
	uint8_t room[FRAME_ROOM];
	size_t at;
};

/* One decoder and what it said last.  bytes: the copy it read. */
struct bench {
	struct decoder *dec;
	struct decode_options options;
	struct packet packet;
	struct decoded d;
	enum decode_status status;
	uint8_t *bytes;
};

static inline void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static inline size_t
frame_len(const struct frame *f)
{
	return FRAME_ROOM - f->at;
}

static inline uint8_t *
frame_bytes(struct frame *f)
{
	return f->room + f->at;
}

static inline void
frame_begin(struct frame *f, size_t payload)
{
	f->at = FRAME_ROOM - payload;
	for (size_t i = 0; i < payload; i++)
		f->room[f->at + i] = (uint8_t)(i + 1);
}

static inline uint8_t *
frame_push(struct frame *f, size_t n)
{
	f->at -= n;
	memset(f->room + f->at, 0, n);
	return f->room + f->at;
}

/* n bytes given as they stand on the wire. */
static inline void
frame_raw(struct frame *f, const char *bytes, size_t n)
{
	memcpy(frame_push(f, n), bytes, n);
}

/* Padding behind what is there. */
static inline void
frame_pad(struct frame *f, size_t n)
{
	size_t len = frame_len(f);

	memmove(f->room + f->at - n, f->room + f->at, len);
	memset(f->room + FRAME_ROOM - n, 0, n);
	f->at -= n;
}

static inline void
frame_eth(struct frame *f, unsigned type)
{
	uint8_t *h = frame_push(f, 14);

	memcpy(h, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
	put16(h + 12, type);
}

static inline void
frame_vlan(struct frame *f, unsigned id, unsigned type)
{
	uint8_t *h = frame_push(f, 4);

	put16(h, 0x6000 | id);
	put16(h + 2, type);
}

/* The header checksum, again after a change. */
static inline void
frame_sum4(uint8_t *h)
{
	uint16_t sum;

	put16(h + 10, 0);
	sum = (uint16_t)~net_sum_fold(net_sum(0, h, (size_t)(h[0] & 0x0f) * 4));
	memcpy(h + 10, &sum, 2);
}

/* The transport checksum in a packet that starts with its IP header.  field: where it stands. */
static inline void
frame_sum_l4(struct frame *f, size_t l4, size_t field)
{
	uint8_t *ip = frame_bytes(f);
	size_t len = frame_len(f) - l4;
	bool v6 = ip[0] >> 4 == 6;
	uint8_t proto = v6 ? ip[6] : ip[9];
	uint64_t sum = v6 ? net_sum(0, ip + 8, 32) : net_sum(0, ip + 12, 8);
	uint16_t value;

	sum = net_sum_be16(net_sum_be16(sum, proto), (uint16_t)len);
	put16(ip + l4 + field, 0);
	value = (uint16_t)~net_sum_fold(net_sum(sum, ip + l4, len));
	memcpy(ip + l4 + field, &value, 2);
}

static inline uint8_t *
frame_ip4(struct frame *f, unsigned proto, uint8_t host)
{
	size_t total = frame_len(f) + 20;
	uint8_t *h = frame_push(f, 20);

	h[0] = 0x45;
	put16(h + 2, (unsigned)total);
	put16(h + 4, 0x1234);
	h[8] = 64;
	h[9] = (uint8_t)proto;
	memcpy(h + 12, "\x0a\x00\x00\x01\x0a\x00\x00", 7);
	h[15] = host;
	h[19] = (uint8_t)(host + 1);
	frame_sum4(h);
	return h;
}

static inline uint8_t *
frame_ip6(struct frame *f, unsigned next, uint8_t host)
{
	size_t payload = frame_len(f);
	uint8_t *h = frame_push(f, 40);

	put32(h, 0x60a12345);
	put16(h + 4, (unsigned)payload);
	h[6] = (uint8_t)next;
	h[7] = 63;
	h[8] = h[24] = 0x20;
	h[9] = h[25] = 0x01;
	h[23] = host;
	h[39] = (uint8_t)(host + 1);
	return h;
}

static inline uint8_t *
frame_tcp(struct frame *f, unsigned src, unsigned dst)
{
	uint8_t *h = frame_push(f, 20);

	put16(h, src);
	put16(h + 2, dst);
	put32(h + 4, 0x01020304);
	put32(h + 8, 0x05060708);
	h[12] = 0x50;
	h[13] = NET_TCP_PSH | NET_TCP_ACK;
	put16(h + 14, 512);
	return h;
}

static inline uint8_t *
frame_udp(struct frame *f, unsigned src, unsigned dst)
{
	size_t len = frame_len(f) + 8;
	uint8_t *h = frame_push(f, 8);

	put16(h, src);
	put16(h + 2, dst);
	put16(h + 4, (unsigned)len);
	return h;
}

static inline void
bench_open(struct bench *b)
{
	*b = (struct bench){
		.options = { .checksums = true,
			     .tunnels = true,
			     .fragment_entries = 256,
			     .fragment_timeout_ns = 30 * NS_PER_SEC },
		.packet = { .linktype = CAPTURE_LINK_ETHERNET },
	};
	b->dec = decode_new(&b->options, 7);
	assert_non_null(b->dec);
}

static inline void
bench_close(struct bench *b)
{
	decode_free(b->dec);
	free(b->bytes);
}

/* Decodes the first caplen bytes. */
static inline enum decode_status
bench_cut(struct bench *b, struct frame *f, size_t caplen)
{
	free(b->bytes);
	b->bytes = malloc(caplen ? caplen : 1);
	assert_non_null(b->bytes);
	memcpy(b->bytes, frame_bytes(f), caplen);
	b->packet.data = b->bytes;
	b->packet.caplen = (uint32_t)caplen;
	b->packet.wire_len = (uint32_t)frame_len(f);
	memset(&b->d, 0xa5, sizeof(b->d));
	b->status = decode_packet(b->dec, &b->packet, &b->d);
	return b->status;
}

static inline enum decode_status
bench_run(struct bench *b, struct frame *f)
{
	return bench_cut(b, f, frame_len(f));
}

/* The reported packet is from host to host + 1, with these ports. */
static inline void
bench_expect(const struct bench *b, unsigned proto, uint8_t host, unsigned src, unsigned dst)
{
	assert_int_equal(b->status, DECODE_OK);
	assert_int_equal(b->d.class, DECODE_FLOW);
	assert_int_equal(b->d.tuple.ip_proto, proto);
	assert_int_equal(b->d.tuple.src.b[15], host);
	assert_int_equal(b->d.tuple.dst.b[15], host + 1);
	assert_int_equal(b->d.tuple.src_port, src);
	assert_int_equal(b->d.tuple.dst_port, dst);
}

/* Everything a result may say about where things are, at any cut and for any bytes. */
static inline void
bench_check(const struct bench *b)
{
	const struct decoded *d = &b->d;
	const uint8_t *end = b->bytes + b->packet.caplen;

	assert_true(d->payload.at >= b->bytes && d->payload.at <= d->payload.end);
	assert_true(d->payload.end <= end);
	assert_int_equal(d->ip_offset != DECODE_NO_OFFSET && b->status == DECODE_OK,
			 b->status == DECODE_OK && d->class == DECODE_FLOW);
	assert_true(d->l4_offset == DECODE_NO_OFFSET || d->l4_offset <= b->packet.caplen);
	assert_int_equal(d->l4_offset != DECODE_NO_OFFSET, (d->flags & DECODE_HAS_L4) != 0);
	assert_true(d->payload_len >= cursor_left(&d->payload));
	assert_int_equal(d->payload_len > cursor_left(&d->payload),
			 (d->flags & DECODE_PAYLOAD_CUT) != 0);
}

/* Every shorter capture of the same packet: no crash, and a sound result. */
static inline void
bench_cut_everywhere(struct bench *b, struct frame *f)
{
	struct event ev = { .kind = EVENT_PACKET };

	for (size_t n = 0; n <= frame_len(f); n++) {
		bench_cut(b, f, n);
		bench_check(b);
		decode_to_packet(&b->packet, &b->d, &ev);
		decode_quoted(&b->packet, &b->d);
	}
}

#endif
