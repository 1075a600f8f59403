/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - checks JSON and UTF-8, and keeps nothing.
 *
 * Standards: RFC 8259 (grammar), RFC 3629 (UTF-8).  at never goes beyond end.
 */
#include "json.h"

#include <stdint.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct text {
	const unsigned char *at, *end;
};

static int
peek(const struct text *t)
{
	return t->at < t->end ? *t->at : -1;
}

static bool
eat(struct text *t, int c)
{
	if (peek(t) != c)
		return false;
	t->at++;
	return true;
}

static bool
eat_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
		return false;
	t->at += len;
	return true;
}

/* One character; -1 when it is none. */
static int32_t
utf8(struct text *t)
{
	static const int32_t lowest[] = { 0, 0x80, 0x800, 0x10000 };
	int c = peek(t), n;
	int32_t value;

	if (c < 0 || (c >= 0x80 && c < 0xc2) || c > 0xf4)
		return -1;
	t->at++;
	n = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	value = n == 0 ? c : c & (0x3f >> n);
	for (int i = 0; i < n; i++) {
		c = peek(t);
		if (c < 0x80 || c > 0xbf)
			return -1;
		t->at++;
		value = value << 6 | (c & 0x3f);
	}
	if (value < lowest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return -1;
	return value;
}

static int32_t
four_digits(struct text *t)
{
	static const char hex[] = "0123456789abcdef";
	int32_t value = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(t);
		const char *digit = c > 0 ? strchr(hex, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

		if (!digit)
			return -1;
		value = value << 4 | (int32_t)(digit - hex);
		t->at++;
	}
	return value;
}

static bool
escape(struct text *t)
{
	int c = peek(t);
	int32_t value;

	if (c < 0)
		return false;
	t->at++;
	if (c != 'u')
		return c && strchr("\"\\/bfnrt", c);
	value = four_digits(t);
	if (value < 0xd800 || value > 0xdfff)
		return value >= 0;
	if (value > 0xdbff || !eat_word(t, "\\u"))
		return false;
	value = four_digits(t);
	return value >= 0xdc00 && value <= 0xdfff;
}

/* Most characters of most strings. */
static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static bool
string(struct text *t)
{
	if (!eat(t, '"'))
		return false;
	for (;;) {
		while (t->at < t->end && is_plain(*t->at))
			t->at++;
		if (eat(t, '"'))
			return true;
		if (eat(t, '\\')) {
			if (!escape(t))
				return false;
		} else if (utf8(t) < 0x20) {
			return false;
		}
	}
}

static bool
digits(struct text *t)
{
	const unsigned char *start = t->at;

	while (peek(t) >= '0' && peek(t) <= '9')
		t->at++;
	return t->at > start;
}

static bool
number(struct text *t)
{
	(void)eat(t, '-');
	if (!eat(t, '0') && !digits(t))
		return false;
	if (eat(t, '.') && !digits(t))
		return false;
	if (!eat(t, 'e') && !eat(t, 'E'))
		return true;
	if (!eat(t, '-'))
		(void)eat(t, '+');
	return digits(t);
}

static bool value(struct text *t, int depth);

/* The rest of an object (with names) or an array. */
static bool
members(struct text *t, int depth, bool named, char close)
{
	if (eat(t, close))
		return true;
	do {
		if (named && !(string(t) && eat(t, ':')))
			return false;
		if (!value(t, depth + 1))
			return false;
	} while (eat(t, ','));
	return eat(t, close);
}

/* No white space: weir writes none. */
static bool
value(struct text *t, int depth)
{
	if (depth > DEPTH_MAX)
		return false;
	if (eat(t, '{'))
		return members(t, depth, true, '}');
	if (eat(t, '['))
		return members(t, depth, false, ']');
	if (peek(t) == '"')
		return string(t);
	return eat_word(t, "true") || eat_word(t, "false") || eat_word(t, "null") || number(t);
}

bool
json_is_valid(const char *text, size_t len)
{
	struct text t = { (const unsigned char *)text, (const unsigned char *)text + len };

	return value(&t, 0) && t.at == t.end;
}

bool
json_is_printable(const char *text, size_t len, char allowed)
{
	struct text t = { (const unsigned char *)text, (const unsigned char *)text + len };

	while (t.at < t.end) {
		int32_t c = utf8(&t);

		if ((c < 0x20 || (c >= 0x7f && c < 0xa0)) && c != allowed)
			return false;
	}
	return true;
}
