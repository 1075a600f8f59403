/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - escaping, humane numbers, distance of words. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WORD_MAX = 64 };

static size_t
printed(int n, size_t size)
{
	if (n < 0)
		return 0;
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* What the first byte says about the length, and the least the second may be. */
static size_t
utf8_length(uint8_t first, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef) {
		*low = first == 0xe0 ? 0xa0 : 0x80;
		*high = first == 0xed ? 0x9f : 0xbf;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*low = first == 0xf0 ? 0x90 : 0x80;
		*high = first == 0xf4 ? 0x8f : 0xbf;
		return 4;
	}
	return 0;
}

size_t
text_utf8(const char *in, size_t len)
{
	const uint8_t *p = (const uint8_t *)in;
	uint8_t low, high;
	size_t n;

	if (len == 0)
		return 0;
	n = utf8_length(p[0], &low, &high);
	if (n == 0 || n > len)
		return 0;
	if (n > 1 && (p[1] < low || p[1] > high))
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Whether a terminal shows the character rather than obeying it. */
static bool
is_plain(const uint8_t *p, size_t n)
{
	if (n == 1)
		return p[0] >= 0x20 && p[0] != 0x7f;
	if (n == 2)
		return !(p[0] == 0xc2 && p[1] < 0xa0);
	if (n != 3 || p[0] != 0xe2)
		return true;
	/* U+200E, 200F, 2028..202E, 2066..2069: separators and direction. */
	if (p[1] == 0x80)
		return !(p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae));
	return !(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

/* One character of the input as it is shown; *used bytes of the input. */
static size_t
escape_one(char out[20], const char *in, size_t len, size_t *used)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = text_utf8(in, len), at = 0;

	*used = n ? n : 1;
	if (n && is_plain((const uint8_t *)in, n)) {
		if (*in == '\\')
			out[at++] = '\\';
		memcpy(out + at, in, n);
		return at + n;
	}
	for (size_t i = 0; i < *used; i++) {
		uint8_t b = (uint8_t)in[i];

		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[b >> 4];
		out[at++] = hex[b & 15];
	}
	return at;
}

size_t
text_escape_bytes(char *out, size_t size, const char *in, size_t len)
{
	size_t at = 0, whole = 0; /* whole: the last place where "..." still fits */
	char piece[20];

	for (size_t i = 0, used; i < len; i += used) {
		size_t n = escape_one(piece, in + i, len - i, &used);

		if (at + n >= size) {
			size_t dots = size > 3 ? 3 : 0;

			memcpy(out + whole, "...", dots);
			out[whole + dots] = '\0';
			return whole + dots;
		}
		memcpy(out + at, piece, n);
		at += n;
		if (at + 3 < size)
			whole = at;
	}
	out[at] = '\0';
	return at;
}

size_t
text_escape(char *out, size_t size, const char *in)
{
	return text_escape_bytes(out, size, in, strlen(in));
}

size_t
text_escape_lines(char *out, size_t size, const char *in)
{
	size_t at = 0;

	for (;;) {
		size_t n = strcspn(in, "\n");

		at += text_escape_bytes(out + at, size - at, in, n);
		if (in[n] == '\0' || at + 2 > size)
			return at;
		out[at++] = '\n';
		out[at] = '\0';
		in += n + 1;
	}
}

const char *
text_quote(char out[TEXT_QUOTED], const char *in)
{
	text_escape(out, TEXT_QUOTED, in);
	return out;
}

size_t
text_count(char *out, size_t size, uint64_t n)
{
	char digits[24], grouped[TEXT_NUMBER];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			grouped[at++] = ',';
		grouped[at++] = digits[i];
	}
	grouped[at] = '\0';
	return printed(snprintf(out, size, "%s", grouped), size);
}

/* Three digits that count: 1.23, 12.3, 123. */
static int
decimals(double value)
{
	if (value < 9.995)
		return 2;
	return value < 99.95 ? 1 : 0;
}

size_t
text_bytes(char *out, size_t size, uint64_t n)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)n / 1024;
	size_t u = 0;

	if (n < 1024)
		return printed(snprintf(out, size, "%llu B", (unsigned long long)n), size);
	for (; value >= 1023.5 && u + 1 < ARRAY_LEN(unit); u++)
		value /= 1024;
	return printed(snprintf(out, size, "%.*f %s", decimals(value), value, unit[u]), size);
}

size_t
text_rate(char *out, size_t size, double value, const char *unit)
{
	static const char *const prefix[] = { "k", "M", "G", "T", "P", "E" };
	size_t u = 0;

	if (!(value >= 999.5))
		return printed(snprintf(out, size, "%.0f %s", value > 0 ? value : 0, unit), size);
	for (value /= 1000; value >= 999.5 && u + 1 < ARRAY_LEN(prefix); u++)
		value /= 1000;
	return printed(snprintf(out, size, "%.*f %s%s", decimals(value), value, prefix[u], unit),
		       size);
}

size_t
text_duration(char *out, size_t size, uint64_t ns)
{
	/* Larger unit, its seconds, smaller unit, its seconds. */
	static const struct {
		const char *name, *rest_name;
		unsigned long long seconds, rest;
	} pair[] = { { "d", "h", 86400, 3600 }, { "h", "min", 3600, 60 }, { "min", "s", 60, 1 } };
	unsigned long long s = ns / NS_PER_SEC;

	for (size_t i = 0; i < ARRAY_LEN(pair); i++)
		if (s >= pair[i].seconds)
			return printed(snprintf(out, size, "%llu %s %02llu %s", s / pair[i].seconds,
						pair[i].name, s % pair[i].seconds / pair[i].rest,
						pair[i].rest_name),
				       size);
	if (s > 0)
		return printed(snprintf(out, size, "%llu.%02llu s", s,
					(unsigned long long)(ns % NS_PER_SEC / 10000000)),
			       size);
	if (ns >= NS_PER_MS)
		return printed(snprintf(out, size, "%llu ms", (unsigned long long)(ns / NS_PER_MS)),
			       size);
	return printed(snprintf(out, size, "%llu us", (unsigned long long)(ns / NS_PER_US)), size);
}

size_t
text_time(char *out, size_t size, uint64_t ts_ns)
{
	time_t seconds = (time_t)(ts_ns / NS_PER_SEC);
	char day[64];
	struct tm tm;

	/* 64 bits of nanoseconds end in the year 2554, so this cannot fail. */
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	return printed(snprintf(out, size, "%s.%06llu UTC", day,
				(unsigned long long)(ts_ns % NS_PER_SEC / NS_PER_US)),
		       size);
}

/* Optimal string alignment: three rows of the classic table are enough. */
size_t
text_distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t la = strnlen(a, WORD_MAX + 1), lb = strnlen(b, WORD_MAX + 1);

	if (la > WORD_MAX || lb > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			best = up[j] + 1 < best ? up[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}
