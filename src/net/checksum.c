/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - summing 32 bits at a time into 64: no carries to chase. */
#include "net/checksum.h"

#include <string.h>

uint64_t
net_sum(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t lane[4] = { sum, 0, 0, 0 };
	uint64_t v[4];
	uint32_t word;
	uint16_t half;

	for (; len >= sizeof(v); len -= sizeof(v), bytes += sizeof(v)) {
		memcpy(v, bytes, sizeof(v));
		lane[0] += (v[0] & 0xffffffff) + (v[0] >> 32);
		lane[1] += (v[1] & 0xffffffff) + (v[1] >> 32);
		lane[2] += (v[2] & 0xffffffff) + (v[2] >> 32);
		lane[3] += (v[3] & 0xffffffff) + (v[3] >> 32);
	}
	sum = lane[0] + lane[1] + lane[2] + lane[3];
	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum += word;
	}
	if (len >= sizeof(half)) {
		memcpy(&half, bytes, sizeof(half));
		sum += half;
		bytes += sizeof(half);
		len -= sizeof(half);
	}
	if (len)
		sum += bytes[0];
	return sum;
}
