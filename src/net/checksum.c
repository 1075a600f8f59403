/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - 64 bits at a time in two chains; carries are counted and added at the end. */
#include "net/checksum.h"

static inline uint64_t
load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t
halves(uint64_t v)
{
	return (v & 0xffffffff) + (v >> 32);
}

/* Fewer than 8 bytes, without looking beyond them. */
static inline uint64_t
load_tail(const uint8_t *p, size_t len)
{
	uint64_t tail = 0;
	uint32_t word;
	uint16_t half;

	if (len & 4) {
		memcpy(&word, p, sizeof(word));
		tail += word;
		p += sizeof(word);
	}
	if (len & 2) {
		memcpy(&half, p, sizeof(half));
		tail += half;
		p += sizeof(half);
	}
	return len & 1 ? tail + p[0] : tail;
}

/* Fewer than 32.  Of 8 or more the last few are the end of a word that begins before them: no
 * branch depends on how many they are. */
static inline uint64_t
sum_few(const uint8_t *bytes, size_t len)
{
	static const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t sum, last;
	size_t unwanted;

	if (len < 8)
		return load_tail(bytes, len);
	last = load(bytes + len - 8);
	unwanted = 56 - len % 8 * 8;
	sum = halves(load(bytes));
	for (; len >= 16; len -= 8, bytes += 8)
		sum += halves(load(bytes + 8));
	return sum + halves(little ? last >> 8 >> unwanted : last << 8 << unwanted);
}

/* The last n < 32 bytes before end, of a message of at least 32: all 32 are read and masked, so
 * that no branch depends on n.  When n is odd they stand at the other parity. */
static uint64_t
sum_last(const uint8_t *end, size_t n)
{
	static const uint8_t mask[64] = {
		[32] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255,        255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255,        255, 255, 255, 255, 255, 255, 255, 255, 255,
	};
	uint64_t sum = 0;

	for (size_t i = 0; i < 32; i += 8)
		sum += halves(load(end - 32 + i) & load(mask + n + i));
	/* To 32 bits and one more; times 256 is one byte on, as carries come around. */
	sum = halves(sum);
	return sum << (n % 2 * 8);
}

uint64_t
net_sum(uint64_t sum, const uint8_t *bytes, size_t len)
{
	const uint8_t *end = bytes + len;
	uint64_t a = 0, b = 0, carries = 0;

	if (len < 32)
		return sum + sum_few(bytes, len);
	for (; len >= 32; len -= 32, bytes += 32) {
		uint64_t v0 = load(bytes), v1 = load(bytes + 8);
		uint64_t v2 = load(bytes + 16), v3 = load(bytes + 24);

		a += v0;
		carries += a < v0;
		b += v1;
		carries += b < v1;
		a += v2;
		carries += a < v2;
		b += v3;
		carries += b < v3;
	}
	return sum + halves(a) + halves(b) + carries + sum_last(end, len);
}
