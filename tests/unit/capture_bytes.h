/* SPDX-License-Identifier: Apache-2.0 */
/* capture_bytes.h - builds capture files byte by byte, and reads them from memory. */
#ifndef TESTS_CAPTURE_BYTES_H
#define TESTS_CAPTURE_BYTES_H

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"

enum { ROOM = 4 << 20, BURST = 32, PACKETS = 64 };

/* A file being built. */
struct bytes {
	bool swapped;
	size_t n;
	uint8_t b[ROOM];
};

static inline struct bytes *
new_bytes(bool swapped)
{
	struct bytes *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->swapped = swapped;
	return x;
}

static inline void
raw(struct bytes *x, const void *p, size_t n)
{
	assert_true(x->n + n <= ROOM);
	memcpy(x->b + x->n, p, n);
	x->n += n;
}

static inline void
u16(struct bytes *x, unsigned v)
{
	uint16_t w = x->swapped ? __builtin_bswap16((uint16_t)v) : (uint16_t)v;

	raw(x, &w, sizeof(w));
}

static inline void
u32(struct bytes *x, uint64_t v)
{
	uint32_t w = x->swapped ? __builtin_bswap32((uint32_t)v) : (uint32_t)v;

	raw(x, &w, sizeof(w));
}

static inline void
u64(struct bytes *x, uint64_t v)
{
	uint64_t w = x->swapped ? __builtin_bswap64(v) : v;

	raw(x, &w, sizeof(w));
}

/* n bytes of payload number k: an Ethernet frame of no known type. */
static inline void
payload(struct bytes *x, unsigned k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t v = (uint8_t)(k * 31 + i);

		raw(x, &v, 1);
	}
}

static inline bool
is_payload(const struct packet *p, unsigned k)
{
	for (uint32_t i = 0; i < p->caplen; i++)
		if (p->data[i] != (uint8_t)(k * 31 + i))
			return false;
	return true;
}

static inline void
pcap_header(struct bytes *x, uint32_t magic, unsigned minor, uint32_t linktype)
{
	u32(x, magic);
	u16(x, 2);
	u16(x, minor);
	u64(x, 0);
	u32(x, 65535);
	u32(x, linktype);
}

static inline void
pcap_record(struct bytes *x, unsigned k, uint32_t fraction, uint32_t caplen, uint32_t wire_len)
{
	u32(x, 1000000000u + k);
	u32(x, fraction);
	u32(x, caplen);
	u32(x, wire_len);
	payload(x, k, caplen);
}

static inline size_t
begin_block(struct bytes *x, uint32_t type)
{
	size_t at = x->n;

	u32(x, type);
	u32(x, 0);
	return at;
}

static inline void
end_block(struct bytes *x, size_t at)
{
	static const uint8_t zero[4];
	uint32_t total, v;

	raw(x, zero, (4 - x->n % 4) % 4);
	total = (uint32_t)(x->n + 4 - at);
	u32(x, total);
	v = x->swapped ? __builtin_bswap32(total) : total;
	memcpy(x->b + at + 4, &v, sizeof(v));
}

static inline void
option(struct bytes *x, unsigned code, const void *value, size_t len)
{
	static const uint8_t zero[4];

	u16(x, code);
	u16(x, (unsigned)len);
	raw(x, value, len);
	raw(x, zero, (4 - len % 4) % 4);
}

static inline void
section(struct bytes *x)
{
	size_t at = begin_block(x, 0x0a0d0d0a);

	u32(x, 0x1a2b3c4d);
	u16(x, 1);
	u16(x, 0);
	u64(x, UINT64_MAX);
	option(x, 4, "test", 4);
	u32(x, 0);
	end_block(x, at);
}

/* An interface; resolution 255: none said. */
static inline void
interface(struct bytes *x, unsigned linktype, unsigned resolution, int64_t offset, const char *name)
{
	size_t at = begin_block(x, 1);
	uint8_t r = (uint8_t)resolution;
	uint64_t o = x->swapped ? __builtin_bswap64((uint64_t)offset) : (uint64_t)offset;

	u16(x, linktype);
	u16(x, 0);
	u32(x, 0);
	option(x, 1, "a comment", 9);
	if (name)
		option(x, 2, name, strlen(name));
	if (r != 255)
		option(x, 9, &r, 1);
	if (offset != 0)
		option(x, 14, &o, 8);
	u32(x, 0);
	end_block(x, at);
}

static inline void
enhanced(struct bytes *x, uint32_t interface_id, uint64_t ticks, unsigned k, uint32_t caplen)
{
	size_t at = begin_block(x, 6);

	u32(x, interface_id);
	u32(x, ticks >> 32);
	u32(x, ticks);
	u32(x, caplen);
	u32(x, caplen + 10);
	payload(x, k, caplen);
	end_block(x, at);
}

static inline void
enhanced_with_flags(struct bytes *x, uint64_t ticks, unsigned k, uint32_t flags)
{
	size_t at = begin_block(x, 6);
	uint32_t v = x->swapped ? __builtin_bswap32(flags) : flags;

	u32(x, 0);
	u32(x, ticks >> 32);
	u32(x, ticks);
	u32(x, 61);
	u32(x, 61);
	payload(x, k, 61);
	raw(x, "\0\0\0", 3);
	option(x, 1, "why", 3);
	option(x, 2, &v, 4);
	u32(x, 0);
	end_block(x, at);
}

static inline void
simple(struct bytes *x, unsigned k, uint32_t len)
{
	size_t at = begin_block(x, 3);

	u32(x, len);
	payload(x, k, len);
	end_block(x, at);
}

static inline void
other_block(struct bytes *x, uint32_t type, size_t len)
{
	size_t at = begin_block(x, type);

	payload(x, 0, len);
	end_block(x, at);
}

/* What was read of a file; data points into copies. */
struct result {
	int opened;
	int ended;
	size_t n;
	struct packet p[PACKETS];
	struct capture_stats stats;
	char message[BASE_ERROR_LEN];
	uint8_t copies[PACKETS * 2048];
};

static const struct capture_options everything = { .snaplen = 0 };

static inline void
drain(struct capture_file *f, struct result *r)
{
	struct packet p[BURST];
	size_t used = 0;
	int n;

	while ((n = capture_pcap_file.recv(f, p, BURST)) >= 0)
		for (int i = 0; i < n; i++) {
			assert_true(r->n < PACKETS);
			assert_true(used + p[i].caplen <= sizeof(r->copies));
			memcpy(r->copies + used, p[i].data, p[i].caplen);
			r->p[r->n] = p[i];
			r->p[r->n++].data = r->copies + used;
			used += p[i].caplen;
		}
	r->ended = n;
	/* The end is for ever. */
	assert_int_equal(capture_pcap_file.recv(f, p, BURST), n);
	snprintf(r->message, sizeof(r->message), "%s", capture_pcap_file.message(f));
	capture_pcap_file.stats(f, &r->stats);
}

static inline struct result *
read_bytes_as(const uint8_t *bytes, size_t n, const char *filter,
	      const struct capture_options *options)
{
	struct capture_request request = { .what = "x", .filter = filter, .options = options };
	struct capture_file *f = aligned_alloc(CACHE_LINE, sizeof(*f));
	struct result *r = calloc(1, sizeof(*r));

	assert_non_null(f);
	assert_non_null(r);
	memset(f, 0, sizeof(*f));
	r->opened = capture_file_open_memory(f, bytes, n, &request, r->message);
	if (r->opened == 0) {
		drain(f, r);
		capture_pcap_file.close(f);
	}
	free(f);
	return r;
}

/* Reads what was built and frees it. */
static inline struct result *
read_built(struct bytes *x)
{
	struct result *r = read_bytes_as(x->b, x->n, NULL, &everything);

	free(x);
	return r;
}

static inline void
assert_says(const char *message, const char *part)
{
	if (!strstr(message, part))
		fail_msg("\"%s\" does not say \"%s\"", message, part);
}

/* The ends of a file's packets in order, found by reading ever longer pieces of it. */
static inline void
assert_every_cut_is_told(struct bytes *x, size_t header)
{
	struct result *all = read_bytes_as(x->b, x->n, NULL, &everything);
	size_t known = 0;

	assert_int_equal(all->ended, -ENODATA);
	for (size_t n = 0; n <= x->n; n++) {
		struct result *r = read_bytes_as(x->b, n, NULL, &everything);

		if (n < header) {
			assert_int_equal(r->opened, -EPROTO);
			assert_true(r->message[0]);
		} else {
			assert_int_equal(r->opened, 0);
			assert_true(r->ended == -ENODATA || r->ended == -EPROTO);
			assert_int_equal(r->ended == -EPROTO, r->message[0] != '\0');
			assert_true(r->n == known || (r->n == known + 1));
			known = r->n;
			for (size_t i = 0; i < r->n; i++) {
				assert_int_equal(r->p[i].ts_ns, all->p[i].ts_ns);
				assert_int_equal(r->p[i].caplen, all->p[i].caplen);
				assert_memory_equal(r->p[i].data, all->p[i].data, r->p[i].caplen);
			}
		}
		free(r);
	}
	assert_int_equal(known, all->n);
	free(all);
	free(x);
}

#endif
