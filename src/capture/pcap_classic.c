/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap_classic.c - the records of a pcap file (draft-ietf-opsawg-pcap).
 *
 * Micro- and nanoseconds, both byte orders, the lengths exchanged by writers
 * before version 2.4, and the longer record heads of the patched libpcap that
 * some Linux distributions carried (told by its own magic).
 */
#include <errno.h>

#include "capture/file.h"

enum {
	CLASSIC_HEADER = 24,
	CLASSIC_HEAD = 16,
	CLASSIC_PATCHED_HEAD = 24,
	CLASSIC_US = 0xa1b2c3d4,
	CLASSIC_NS = 0xa1b23c4d,
	CLASSIC_PATCHED = 0xa1b2cd34,
};

enum { LENGTHS_IN_ORDER, LENGTHS_EXCHANGED, LENGTHS_MAYBE_EXCHANGED };

static bool
is_magic(uint32_t magic)
{
	return magic == CLASSIC_US || magic == CLASSIC_NS || magic == CLASSIC_PATCHED;
}

bool
capture_classic_is(const uint8_t *data, size_t len)
{
	return len >= 4 &&
	       (is_magic(capture_get32(data, false)) || is_magic(capture_get32(data, true)));
}

static BASE_COLD int
claims_too_much(struct capture_file *f, uint32_t caplen)
{
	return capture_file_fail(f, -EPROTO,
				 "packet %llu at byte %llu claims %lu bytes (at most %d): the file "
				 "is damaged there, the packets before it were read",
				 (unsigned long long)f->packets + 1,
				 (unsigned long long)capture_file_place(f), (unsigned long)caplen,
				 CAPTURE_CAPLEN_MAX);
}

static inline void
exchange(uint8_t lengths, uint32_t *caplen, uint32_t *wire_len)
{
	uint32_t first = *caplen;

	if (lengths == LENGTHS_EXCHANGED || *caplen > *wire_len) {
		*caplen = *wire_len;
		*wire_len = first;
	}
}

/* Called with constants, so that each byte order has a loop of its own. */
static inline int
burst(struct capture_file *f, struct packet *pkts, int max, bool swapped)
{
	const uint8_t *at = f->at, *end = f->end;
	const uint32_t head = f->head_len, fraction_ns = f->fraction_ns;
	const uint16_t linktype = f->linktype;
	const uint8_t lengths = f->lengths, flags = f->flags;
	int n = 0;

	while (n < max && (size_t)(end - at) >= head) {
		uint32_t caplen = capture_get32(at + 8, swapped);
		uint32_t wire_len = capture_get32(at + 12, swapped);

		if (BASE_UNLIKELY(lengths != LENGTHS_IN_ORDER))
			exchange(lengths, &caplen, &wire_len);
		if (BASE_UNLIKELY((size_t)(end - at) - head < caplen)) {
			if (caplen > CAPTURE_CAPLEN_MAX && n == 0)
				return claims_too_much(f, caplen);
			break;
		}
		if (BASE_UNLIKELY(caplen > CAPTURE_CAPLEN_MAX)) {
			if (n == 0)
				return claims_too_much(f, caplen);
			break;
		}
		pkts[n++] = (struct packet){
			.ts_ns = capture_get32(at, swapped) * NS_PER_SEC +
				 (uint64_t)capture_get32(at + 4, swapped) * fraction_ns,
			.data = at + head,
			.caplen = caplen,
			.wire_len = wire_len,
			.linktype = linktype,
			.flags = flags,
		};
		at += head + caplen;
	}
	f->at = at;
	f->packets += (uint64_t)n;
	return n;
}

static int
burst_native(struct capture_file *f, struct packet *pkts, int max)
{
	return burst(f, pkts, max, false);
}

static int
burst_swapped(struct capture_file *f, struct packet *pkts, int max)
{
	return burst(f, pkts, max, true);
}

int
capture_classic_cut(struct capture_file *f)
{
	size_t left = capture_file_left(f);
	unsigned long long packet = f->packets + 1, place = capture_file_place(f);
	uint32_t caplen, wire_len;

	if (left < f->head_len)
		return capture_file_fail(f, -EPROTO,
					 "cut within the head of packet %llu at byte %llu: %zu of "
					 "%u bytes are there, the packets before it were read",
					 packet, place, left, (unsigned)f->head_len);
	caplen = capture_get32(f->at + 8, f->swapped);
	wire_len = capture_get32(f->at + 12, f->swapped);
	if (f->lengths != LENGTHS_IN_ORDER)
		exchange(f->lengths, &caplen, &wire_len);
	return capture_file_fail(f, -EPROTO,
				 "cut within packet %llu at byte %llu: %zu of its %lu bytes are "
				 "there, the packets before it were read",
				 packet, place, left - f->head_len, (unsigned long)caplen);
}

/* Versions as libpcap tells them apart; the exchange of the lengths ended with 2.4. */
static int
judge_version(struct capture_file *f, unsigned major, unsigned minor)
{
	bool is_dgux = major == 543 && minor == 0;

	if (major != 2 && !is_dgux)
		return capture_file_fail(f, -EPROTO,
					 "pcap version %u.%u is not known (2.4 is): convert it "
					 "with `editcap -F pcap`",
					 major, minor);
	if (is_dgux || minor < 3)
		f->lengths = LENGTHS_EXCHANGED;
	else if (minor == 3)
		f->lengths = LENGTHS_MAYBE_EXCHANGED;
	return 0;
}

int
capture_classic_begin(struct capture_file *f)
{
	const uint8_t *h = f->at;
	uint32_t magic = capture_get32(h, false);
	int result;

	if (capture_file_left(f) < CLASSIC_HEADER)
		return capture_file_fail(f, -EPROTO,
					 "cut within the file's header: %zu of %d bytes are there",
					 capture_file_left(f), CLASSIC_HEADER);
	f->swapped = !is_magic(magic);
	magic = capture_get32(h, f->swapped);
	result = judge_version(f, capture_get16(h + 4, f->swapped),
			       capture_get16(h + 6, f->swapped));
	if (result < 0)
		return result;
	f->fraction_ns = magic == CLASSIC_NS ? 1 : 1000;
	f->head_len = magic == CLASSIC_PATCHED ? CLASSIC_PATCHED_HEAD : CLASSIC_HEAD;
	f->linktype = capture_link_from_file(capture_get32(h + 20, f->swapped) & 0xffff);
	f->flags = f->swapped && f->linktype == CAPTURE_LINK_NULL ? CAPTURE_BYTE_SWAPPED : 0;
	f->burst = f->swapped ? burst_swapped : burst_native;
	f->at += CLASSIC_HEADER;
	return 0;
}
