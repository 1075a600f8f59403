/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h - which of a bucket's tags are equal to one; private to this folder.
 *
 * One instruction of SSE2 tells for all, which every x86-64 has; elsewhere eight
 * bits are gathered by a multiplication.
 */
#ifndef FLOW_MATCH_H
#define FLOW_MATCH_H

#include "flow/table.h"

#ifdef __SSE2__
#include <emmintrin.h>

static inline __m128i
flow_match_lanes(const struct flow_bucket *b, uint16_t tag)
{
	__m128i tags;

	memcpy(&tags, b->tag, sizeof(tags));
	return _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));
}

/* One bit per place, those of the second bucket above those of the first. */
static inline uint32_t
flow_match_both(const struct flow_bucket *a, const struct flow_bucket *b, uint16_t tag)
{
	return (uint32_t)_mm_movemask_epi8(
		_mm_packs_epi16(flow_match_lanes(a, tag), flow_match_lanes(b, tag)));
}

static inline uint32_t
flow_match(const struct flow_bucket *b, uint16_t tag)
{
	return (uint32_t)_mm_movemask_epi8(
		_mm_packs_epi16(flow_match_lanes(b, tag), _mm_setzero_si128()));
}

#else

static inline uint32_t
flow_match(const struct flow_bucket *b, uint16_t tag)
{
	typedef uint16_t tags __attribute__((vector_size(16)));
	typedef uint64_t halves __attribute__((vector_size(16)));
	static const tags bit = { 1, 2, 4, 8, 16, 32, 64, 128 };
	tags v;
	halves h;

	memcpy(&v, b->tag, sizeof(v));
	h = (halves)((tags)(v == tag) & bit);
	/* All bits are different: the sum of the four lanes is their union. */
	return (uint32_t)((h[0] | h[1]) * UINT64_C(0x0001000100010001) >> 48);
}

static inline uint32_t
flow_match_both(const struct flow_bucket *a, const struct flow_bucket *b, uint16_t tag)
{
	return flow_match(a, tag) | flow_match(b, tag) << FLOW_WAYS;
}

#endif
#endif
