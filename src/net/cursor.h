/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h - reading wire bytes that may end too early.
 *
 * Packets lie, and snaplen cuts them.  A cursor never reads past its end: a
 * read that does not fit yields zero and marks the cursor truncated for good.
 * Decoders therefore read a whole header in straight lines and ask once, at
 * the end, whether all of it was there.
 */
#ifndef NET_CURSOR_H
#define NET_CURSOR_H

#include <string.h>

#include "base/base.h"

struct cursor {
	const uint8_t *at, *end;
	bool truncated;
};

static inline struct cursor
cursor_over(const uint8_t *data, size_t len)
{
	return (struct cursor){ .at = data, .end = data + len };
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* The next n bytes, or NULL and a truncated, empty cursor. */
static inline const uint8_t *
cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (n > cursor_left(c)) {
		c->truncated = true;
		c->at = c->end;
		return NULL;
	}
	c->at += n;
	return p;
}

static inline void
cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_take(c, n);
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t
cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	uint16_t v;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t
cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);
	uint32_t v;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

/* Nothing beyond the next n bytes belongs to us (trailers, padding). */
static inline void
cursor_limit(struct cursor *c, size_t n)
{
	if (n < cursor_left(c))
		c->end = c->at + n;
}

#endif
