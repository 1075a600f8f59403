/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_put.h - appending text to a line, fast.
 *
 * Every function writes at p and returns the end.  None asks for room: whoever
 * calls has EVENT_LINE_MAX bytes and events of known size (a test builds the
 * worst ones).  Copies are done in whole words, so up to EVENT_PUT_SLACK bytes
 * behind the end may be overwritten; no byte there means anything.
 *
 * No formatting function of the C library: on a line of 700 bytes they cost ten
 * times what the rest does.
 */
#ifndef EVENT_EVENT_PUT_H
#define EVENT_EVENT_PUT_H

#include <string.h>

#include "event/event.h"

enum { EVENT_PUT_SLACK = 64, EVENT_PUT_DATE = 11 };

/* A short word and its length, to be copied whole. */
struct event_word {
	char text[15];
	uint8_t len;
};

/* What is kept from one number to the next.  One per encoder. */
struct event_put {
	uint64_t day; /* whose date is kept */
	char date[16];
	char octet[256][4];              /* digits and, in the last byte, how many */
	struct event_word protocol[256]; /* event_put_protocol */
};

void event_put_init(struct event_put *t);

extern const char event_put_pairs[201], event_put_hex[513];

static inline struct event_word
event_word_of(const char *s)
{
	struct event_word w = { .len = (uint8_t)strnlen(s, sizeof(w.text)) };

	memcpy(w.text, s, w.len);
	return w;
}

static inline char *
put_word(char *p, const struct event_word *w)
{
	memcpy(p, w, sizeof(*w));
	return p + w->len;
}

static inline char *
put_fixed(char *p, const char *text, size_t len)
{
	memcpy(p, text, len);
	return p + len;
}

static inline char *
put_2(char *p, uint32_t v)
{
	memcpy(p, event_put_pairs + 2 * (size_t)v, 2);
	return p + 2;
}

static inline char *
put_4(char *p, uint32_t v)
{
	return put_2(put_2(p, v / 100), v % 100);
}

static inline char *
put_8(char *p, uint32_t v)
{
	return put_4(put_4(p, v / 10000), v % 10000);
}

static inline char *
put_9(char *p, uint32_t v)
{
	*p = (char)('0' + v / 100000000);
	return put_8(p + 1, v % 100000000);
}

/* v < 10,000 */
static inline char *
put_upto4(char *p, uint32_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v < 100)
		return put_2(p, v);
	if (v < 1000) {
		*p = (char)('0' + v / 100);
		return put_2(p + 1, v % 100);
	}
	return put_4(p, v);
}

static inline char *
put_u32(char *p, uint32_t v)
{
	if (v < 10000)
		return put_upto4(p, v);
	if (v < 100000000)
		return put_4(put_upto4(p, v / 10000), v % 10000);
	return put_8(put_upto4(p, v / 100000000), v % 100000000);
}

static inline char *
put_u64(char *p, uint64_t v)
{
	static const uint64_t e8 = 100000000, e16 = e8 * e8;

	if (v <= UINT32_MAX)
		return put_u32(p, (uint32_t)v);
	if (v < e16)
		return put_8(put_u32(p, (uint32_t)(v / e8)), (uint32_t)(v % e8));
	p = put_u32(p, (uint32_t)(v / e16));
	v %= e16;
	return put_8(put_8(p, (uint32_t)(v / e8)), (uint32_t)(v % e8));
}

/* Exact in readers that keep numbers as doubles. */
#define EVENT_MAX_NUMBER (UINT64_C(1) << 53)

/* A JSON number; a string of digits when it is above EVENT_MAX_NUMBER. */
static inline char *
event_put_number(char *p, uint64_t v)
{
	if (BASE_LIKELY(v <= EVENT_MAX_NUMBER))
		return put_u64(p, v);
	*p++ = '"';
	p = put_u64(p, v);
	*p++ = '"';
	return p;
}

/* The lowest digits of v; an even number of them. */
static inline char *
put_hex(char *p, uint64_t v, int digits)
{
	for (int i = digits - 2; i >= 0; i -= 2, v >>= 8)
		memcpy(p + i, event_put_hex + 2 * (v & 0xff), 2);
	return p + digits;
}

/* Seconds with nine decimals. */
static inline char *
put_seconds(char *p, uint64_t ns)
{
	p = put_u64(p, ns / NS_PER_SEC);
	*p++ = '.';
	return put_9(p, (uint32_t)(ns % NS_PER_SEC));
}

static inline char *
put_addr(const struct event_put *t, char *p, const struct net_addr *a)
{
	if (!net_addr_is_v4(a))
		return p + net_addr_text(a, p);
	for (int i = 12; i < 16; i++) {
		const char *octet = t->octet[a->b[i]];

		memcpy(p, octet, 4);
		p += octet[3];
		*p++ = '.';
	}
	return p - 1;
}

static inline char *
put_mac(char *p, const uint8_t mac[6])
{
	for (size_t i = 0; i < 6; i++) {
		memcpy(p + 3 * i, event_put_hex + 2 * (size_t)mac[i], 2);
		p[3 * i + 2] = ':';
	}
	return p + NET_MAC_TEXT - 1;
}

/* "TCP"; a number where net_proto_name() knows no name. */
char *event_put_protocol(char *p, uint8_t ip_proto);

/* RFC 3339, UTC, nanoseconds: 2024-05-06T14:23:01.123456789Z, without quotes. */
char *event_put_time(struct event_put *t, char *p, uint64_t ts_ns);

/* A number with three decimals, rounded; 0 when it is no number or too large to be one. */
char *event_put_milli(char *p, double v);

/*
 * The body of a JSON string, without its quotes: always valid UTF-8 and without
 * anything a terminal or page obeys.  The text ends at the first zero or after size bytes, all of
 * which may be read.
 *
 * Valid UTF-8 passes; quote, backslash, C0, DEL, C1, U+2028, U+2029, the letters
 * that turn the direction of writing and the byte order mark become \uXXXX.  When
 * any byte is not valid UTF-8, every byte from 0x80 on is written as \u00XX and
 * *raw is set.  C0 80 is a zero byte (event_text) and becomes \u0000.
 */
char *event_put_json(char *p, const char *text, size_t size, bool *raw);

/* The same with every byte from 0x80 on as \u00XX. */
char *event_put_raw(char *p, const char *text, size_t size);

/* For a terminal: valid UTF-8 that is harmless passes, any other byte becomes \xNN.  At most
 * max columns, then an ellipsis. */
char *event_put_plain(char *p, const char *text, size_t size, size_t max);

/* Bytes of the UTF-8 character at s, of which left bytes may be read, and its code point; 0: not
 * UTF-8 (RFC 3629). */
size_t event_put_utf8(const uint8_t *s, size_t left, uint32_t *code);

#endif
