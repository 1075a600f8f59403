/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum.h - the Internet checksum (RFC 1071).
 *
 * A sum is kept in the byte order of this machine: one's complement sums do not
 * depend on it as long as all parts are added the same way, so 16-bit values of
 * our own are added with net_sum_be16.
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <string.h>

#include "base/base.h"

/* sum plus len bytes; an odd last byte is padded with zero, so only the last part of a message may
 * be odd.  sum starts as 0; some 2^31 bytes may go into one. */
uint64_t net_sum(uint64_t sum, const uint8_t *bytes, size_t len);

/* The same for few bytes, in units of four; without a loop where len is a constant. */
static inline uint64_t
net_sum_short(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint32_t word;

	for (size_t i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static inline uint64_t
net_sum_be16(uint64_t sum, uint16_t value)
{
	return sum + __builtin_bswap16(value);
}

/* To 16 bits.  0xffff: the message with its checksum is right. */
static inline uint16_t
net_sum_fold(uint64_t sum)
{
	/* Added to itself turned by half, the upper half is the sum with its carry. */
	uint32_t half;

	sum += sum << 32 | sum >> 32;
	half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t)(half >> 16);
}

#endif
