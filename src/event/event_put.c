/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_put.c - times, names and escaped text.
 *
 * Escaping follows one rule that can be undone (docs/events.md): a reader that
 * finds a field's name in "enc_raw" takes each code point of it as one byte,
 * else it encodes the text as UTF-8; both give the bytes that were on the wire.
 */
#include "event/event_put.h"

#include <math.h>

#include "base/text.h"

static const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);

const char event_put_pairs[201] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";

const char event_put_hex[513] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
				"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
				"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
				"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
				"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
				"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
				"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
				"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

void
event_put_init(struct event_put *t)
{
	char name[32];

	t->day = UINT64_MAX;
	for (uint32_t i = 0; i < 256; i++)
		t->octet[i][3] = (char)(put_u32(t->octet[i], i) - t->octet[i]);
	for (unsigned i = 0; i < 256; i++) {
		*event_put_protocol(name, (uint8_t)i) = '\0';
		t->protocol[i] = event_word_of(name);
	}
}

/* Civil date of a day since 1970 (the proleptic Gregorian calendar; years begin in March, so
 * that the day that may be missing is the last). */
static void
keep_date(struct event_put *t, uint64_t day)
{
	uint32_t z = (uint32_t)day + 719468, era = z / 146097, doe = z - era * 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	char *p = t->date;

	p = put_4(p, yoe + era * 400 + (month <= 2));
	*p++ = '-';
	p = put_2(p, month);
	*p++ = '-';
	p = put_2(p, doy - (153 * mp + 2) / 5 + 1);
	*p = 'T';
	t->day = day;
}

char *
event_put_time(struct event_put *t, char *p, uint64_t ts_ns)
{
	uint64_t sec = ts_ns / NS_PER_SEC, day = sec / 86400;
	uint32_t ns = (uint32_t)(ts_ns % NS_PER_SEC), s = (uint32_t)(sec % 86400);

	if (BASE_UNLIKELY(day != t->day))
		keep_date(t, day);
	memcpy(p, t->date, sizeof(t->date));
	p = put_2(p + EVENT_PUT_DATE, s / 3600);
	*p++ = ':';
	p = put_2(p, s / 60 % 60);
	*p++ = ':';
	p = put_2(p, s % 60);
	*p++ = '.';
	p = put_9(p, ns);
	*p++ = 'Z';
	return p;
}

char *
event_put_milli(char *p, double v)
{
	static const double limit = 1e15;
	uint64_t milli = isfinite(v) && v >= 0 && v < limit ? (uint64_t)(v * 1000 + 0.5) : 0;
	uint32_t rest = (uint32_t)(milli % 1000);

	p = put_u64(p, milli / 1000);
	*p++ = '.';
	*p++ = (char)('0' + rest / 100);
	return put_2(p, rest % 100);
}

char *
event_put_protocol(char *p, uint8_t ip_proto)
{
	const char *name = net_proto_name(ip_proto);

	if (!name)
		return put_u32(p, ip_proto);
	for (; *name; name++)
		*p++ = (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
	return p;
}

/* The top bit of each byte of w that is no plain ASCII letter; the lowest one set is exact. */
static inline uint64_t
special(uint64_t w)
{
	uint64_t quote = w ^ ones * '"', backslash = w ^ ones * '\\', del = w ^ ones * 0x7f;

	return (((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) |
		((backslash - ones) & ~backslash) | ((del - ones) & ~del) | w) &
	       tops;
}

/* Copies plain letters until the first that is none; returns the end, *used is how many. */
static inline char *
put_run(char *p, const char *s, size_t left, size_t *used)
{
	size_t n = 0;
	uint64_t w, mask;

	for (; n + sizeof(w) <= left; n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		memcpy(p + n, &w, sizeof(w));
		mask = special(w);
		if (mask) {
			n += (size_t)__builtin_ctzll(mask) / 8;
			*used = n;
			return p + n;
		}
	}
	for (; n < left && s[n] >= 0x20 && s[n] != '"' && s[n] != '\\' && s[n] != 0x7f; n++)
		p[n] = s[n];
	*used = n;
	return p + n;
}

size_t
event_put_utf8(const uint8_t *s, size_t left, uint32_t *code)
{
	size_t n = text_utf8((const char *)s, left);

	if (n <= 1)
		*code = s[0];
	else if (n == 2)
		*code = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	else if (n == 3)
		*code = (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	else
		*code = (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 |
			(s[3] & 0x3fu);
	return n;
}

/* What a terminal, a page or a script would obey instead of show. */
static bool
is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static char *
put_escape(char *p, uint32_t code)
{
	*p++ = '\\';
	if (code == '"' || code == '\\') {
		*p++ = (char)code;
		return p;
	}
	*p++ = 'u';
	return put_hex(p, code, 4);
}

static bool
is_zero(const uint8_t *s, size_t left)
{
	return left > 1 && s[0] == 0xc0 && s[1] == 0x80;
}

char *
event_put_raw(char *p, const char *text, size_t size)
{
	const uint8_t *s = (const uint8_t *)text;

	for (size_t i = 0; i < size && s[i]; i++) {
		if (is_zero(s + i, size - i)) {
			p = put_escape(p, 0);
			i++;
		} else if (s[i] < 0x20 || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\') {
			p = put_escape(p, s[i]);
		} else {
			*p++ = (char)s[i];
		}
	}
	return p;
}

char *
event_put_json(char *p, const char *text, size_t size, bool *raw)
{
	char *start = p;
	size_t i = 0, used;

	for (;;) {
		const uint8_t *s;
		uint32_t code;

		p = put_run(p, text + i, size - i, &used);
		i += used;
		if (i == size || !text[i])
			return p;
		s = (const uint8_t *)text + i;
		used = event_put_utf8(s, size - i, &code);
		if (used == 0 && is_zero(s, size - i)) {
			p = put_escape(p, 0);
			i += 2;
			continue;
		}
		if (used == 0) {
			*raw = true;
			return event_put_raw(start, text, size);
		}
		if (is_harmful(code) || code == '"' || code == '\\')
			p = put_escape(p, code);
		else
			p = put_fixed(p, text + i, used);
		i += used;
	}
}

static size_t
put_plain_char(char **p, const uint8_t *s, size_t left, size_t *columns)
{
	uint32_t code;
	size_t n = event_put_utf8(s, left, &code);

	if (n > 0 && !is_harmful(code)) {
		*p = put_fixed(*p, (const char *)s, n);
		*columns += 1;
		return n;
	}
	if (n == 0)
		n = is_zero(s, left) ? 2 : 1;
	for (size_t i = 0; i < n; i++) {
		*p = put_fixed(*p, "\\x", 2);
		*p = put_hex(*p, s[i], 2);
		*columns += 4;
	}
	return n;
}

char *
event_put_plain(char *p, const char *text, size_t size, size_t max)
{
	static const char ellipsis[] = "\u2026";
	const uint8_t *s = (const uint8_t *)text;
	size_t columns = 0;

	for (size_t i = 0; i < size && s[i];) {
		if (columns >= max)
			return put_fixed(p, ellipsis, sizeof(ellipsis) - 1);
		i += put_plain_char(&p, s + i, size - i, &columns);
	}
	return p;
}
