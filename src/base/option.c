/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - text to value, value to text, one function per type. */
#include "base/option.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Longest first within a factor; the first of a factor is the one option_text writes. */
static const struct unit size_units[] = {
	{ "GiB", UINT64_C(1) << 30 },
	{ "G", UINT64_C(1) << 30 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "M", UINT64_C(1) << 20 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "K", UINT64_C(1) << 10 },
	{ "GB", UINT64_C(1000000000) },
	{ "MB", UINT64_C(1000000) },
	{ "kB", UINT64_C(1000) },
	{ "", 1 },
	{ "B", 1 },
	{ NULL, 0 },
};

static const struct unit duration_units[] = {
	{ "d", 86400 * NS_PER_SEC },
	{ "h", 3600 * NS_PER_SEC },
	{ "m", 60 * NS_PER_SEC },
	{ "s", NS_PER_SEC },
	{ "", NS_PER_SEC },
	{ "ms", NS_PER_MS },
	{ "us", NS_PER_US },
	{ "ns", 1 },
	{ NULL, 0 },
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

/* What a type's values look like, for messages. */
static const char *
type_hint(enum option_type type)
{
	switch (type) {
	case OPTION_BOOL:
		return "true or false (on, off, yes and no are the same)";
	case OPTION_UINT:
		return "a whole number";
	case OPTION_SIZE:
		return "a size: bytes, or a number with K, M or G (64KiB, 1MiB)";
	case OPTION_DURATION:
		return "a duration: seconds, or a number with us, ms, s, m, h or d (100ms, 60s, "
		       "5m)";
	default:
		return "text";
	}
}

static const struct unit *
units_of(enum option_type type)
{
	if (type == OPTION_SIZE)
		return size_units;
	return type == OPTION_DURATION ? duration_units : no_units;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits to a number; *text stands behind them.  How many there were; 0 also when too many. */
static size_t
read_digits(const char **text, uint64_t *value)
{
	const char *p = *text;
	size_t n = 0;

	*value = 0;
	for (; is_digit(p[n]); n++)
		if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
		    __builtin_add_overflow(*value, (uint64_t)(p[n] - '0'), value))
			return 0;
	*text = p + n;
	return n;
}

/* whole.part (of 10^digits) times factor, when that is a whole number of 64 bits. */
static bool
scale_number(uint64_t whole, uint64_t part, size_t digits, uint64_t factor, uint64_t *out)
{
	uint64_t scale = 1;

	for (size_t i = 0; i < digits; i++)
		scale *= 10;
	return !__builtin_mul_overflow(part, factor, &part) && part % scale == 0 &&
	       !__builtin_mul_overflow(whole, factor, &whole) &&
	       !__builtin_add_overflow(whole, part / scale, out);
}

static bool
read_number(enum option_type type, const char *text, uint64_t *out)
{
	uint64_t whole, part = 0;
	size_t digits = 0;

	if (!read_digits(&text, &whole))
		return false;
	if (*text == '.' && type != OPTION_UINT) {
		text++;
		digits = read_digits(&text, &part);
		if (digits == 0 || digits > 9)
			return false;
	}
	for (const struct unit *u = units_of(type); u->name; u++)
		if (strcmp(u->name, text) == 0)
			return scale_number(whole, part, digits, u->factor, out);
	return false;
}

static bool
read_bool(const char *text, bool *out)
{
	static const char *const words[] = { "false", "true", "off", "on", "no", "yes" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*out = i & 1;
			return true;
		}
	return false;
}

/* The choice at *at, which moves behind it; its length, 0 at the end. */
static size_t
next_choice(const char **at)
{
	const char *from = *at;
	size_t n = strcspn(from, "|");

	*at = from[n] ? from + n + 1 : from + n;
	return n;
}

static int
set_choice(const struct option *o, void *value, const char *text, char err[BASE_ERROR_LEN])
{
	const char *at = o->choices, *from = at;
	char quoted[TEXT_QUOTED];
	uint32_t index = 0;

	for (size_t n; (n = next_choice(&at)) > 0; index++, from = at)
		if (strlen(text) == n && memcmp(text, from, n) == 0) {
			memcpy(value, &index, sizeof(index));
			return 0;
		}
	snprintf(err, BASE_ERROR_LEN, "'%s' is none of the values allowed: %s",
		 text_quote(quoted, text), o->choices);
	return -EINVAL;
}

static int
set_number(const struct option *o, void *value, const char *text, char err[BASE_ERROR_LEN])
{
	struct option bound = *o;
	char quoted[TEXT_QUOTED], low[TEXT_NUMBER], high[TEXT_NUMBER];
	uint64_t n;

	if (!read_number(o->type, text, &n)) {
		snprintf(err, BASE_ERROR_LEN, "'%s' is not allowed here: give %s",
			 text_quote(quoted, text), type_hint(o->type));
		return -EINVAL;
	}
	if (n >= o->min && (n <= o->max || o->max == 0)) {
		memcpy(value, &n, sizeof(n));
		return 0;
	}
	bound.offset = 0;
	option_text(&bound, &o->min, low, sizeof(low));
	option_text(&bound, &o->max, high, sizeof(high));
	if (o->max == 0)
		snprintf(err, BASE_ERROR_LEN, "'%s' is too little: at least %s",
			 text_quote(quoted, text), low);
	else
		snprintf(err, BASE_ERROR_LEN, "'%s' is out of bounds: %s to %s are allowed",
			 text_quote(quoted, text), low, high);
	return -EINVAL;
}

static int
set_string(const struct option *o, char *value, const char *text, char err[BASE_ERROR_LEN])
{
	size_t len = strlen(text);

	if (len >= o->size) {
		snprintf(err, BASE_ERROR_LEN, "a text of %zu bytes is too long: %u are allowed",
			 len, o->size - 1);
		return -EINVAL;
	}
	memcpy(value, text, len + 1);
	return 0;
}

int
option_list_add(struct option_list *list, const char *item, char err[BASE_ERROR_LEN])
{
	size_t len = strlen(item);

	if (len == 0 || len >= OPTION_LIST_LEN) {
		if (len == 0)
			snprintf(err, BASE_ERROR_LEN, "an empty item is not allowed in a list");
		else
			snprintf(err, BASE_ERROR_LEN,
				 "an item of %zu bytes is too long: %d are allowed", len,
				 OPTION_LIST_LEN - 1);
		return -EINVAL;
	}
	if (list->n >= OPTION_LIST_MAX) {
		snprintf(err, BASE_ERROR_LEN, "too many items: a list holds %d", OPTION_LIST_MAX);
		return -E2BIG;
	}
	memcpy(list->item[list->n++], item, len + 1);
	return 0;
}

/* Into a new list first, so that a bad item leaves the old one as it was. */
static int
set_list(struct option_list *value, const char *text, char err[BASE_ERROR_LEN])
{
	struct option_list *fresh;
	char item[OPTION_LIST_LEN + 1];
	int rc;

	if (!*text) {
		value->n = 0;
		return 0;
	}
	fresh = calloc(1, sizeof(*fresh));
	rc = fresh ? 0 : -ENOMEM;
	if (rc < 0)
		snprintf(err, BASE_ERROR_LEN, "no memory for a list");
	while (rc == 0 && *text) {
		size_t n = strcspn(text, ",");
		size_t kept = n < OPTION_LIST_LEN ? n : OPTION_LIST_LEN;

		memcpy(item, text, kept);
		item[kept] = '\0';
		rc = option_list_add(fresh, item, err);
		text += n;
		if (rc == 0 && *text == ',' && *++text == '\0')
			rc = option_list_add(fresh, "", err);
	}
	if (rc == 0)
		memcpy(value, fresh, sizeof(*fresh));
	free(fresh);
	return rc < 0 ? -EINVAL : 0;
}

static int
set_value(const struct option *o, void *value, const char *text, char err[BASE_ERROR_LEN])
{
	char quoted[TEXT_QUOTED];

	switch (o->type) {
	case OPTION_BOOL:
		if (read_bool(text, value))
			return 0;
		snprintf(err, BASE_ERROR_LEN, "'%s' is not allowed here: give %s",
			 text_quote(quoted, text), type_hint(o->type));
		return -EINVAL;
	case OPTION_UINT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return set_number(o, value, text, err);
	case OPTION_STRING:
		return set_string(o, value, text, err);
	case OPTION_CHOICE:
		return set_choice(o, value, text, err);
	case OPTION_LIST:
		return set_list(value, text, err);
	}
	return -EINVAL;
}

static const struct option *
find(const struct option_group *group, const char *name)
{
	for (size_t i = 0; i < group->n_options; i++)
		if (strcmp(group->options[i].name, name) == 0)
			return &group->options[i];
	return NULL;
}

static void
say_unknown(const struct option_group *group, const char *name, char err[BASE_ERROR_LEN])
{
	const char **names = calloc(group->n_options + 1, sizeof(*names));
	const char *nearest = NULL;
	char quoted[TEXT_QUOTED];

	for (size_t i = 0; names && i < group->n_options; i++)
		names[i] = group->options[i].name;
	if (names)
		nearest = option_nearest(name, names, group->n_options);
	text_quote(quoted, name);
	if (nearest)
		snprintf(err, BASE_ERROR_LEN, "unknown option '%s'; did you mean '%s'?", quoted,
			 nearest);
	else
		snprintf(err, BASE_ERROR_LEN, "unknown option '%s'", quoted);
	free(names);
}

int
option_set(const struct option_group *group, void *values, const char *name, const char *text,
	   char err[BASE_ERROR_LEN])
{
	const struct option *o = find(group, name);

	if (!o) {
		say_unknown(group, name, err);
		return -ENOENT;
	}
	return set_value(o, (char *)values + o->offset, text, err);
}

void
option_presets(const struct option_group *group, void *values)
{
	for (size_t i = 0; i < group->n_options; i++) {
		const struct option *o = &group->options[i];
		char err[BASE_ERROR_LEN];
		int rc = set_value(o, (char *)values + o->offset, o->preset, err);

		assert(rc == 0);
		(void)rc;
	}
}

/* Lists come last in a line, so their text may be as long as the room. */
static size_t
list_text(const struct option_list *list, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < list->n && at < size - 1; i++) {
		int n = snprintf(text + at, size - at, "%s%s", i ? "," : "", list->item[i]);

		at += (size_t)n < size - at ? (size_t)n : size - at - 1;
	}
	return at;
}

/* The largest unit that leaves a whole number; powers of ten only where they are the notation. */
static int
number_text(const struct option *o, uint64_t n, char *text, size_t size)
{
	for (const struct unit *u = units_of(o->type); u->name; u++) {
		bool decimal = o->type == OPTION_SIZE && u->factor % 1000 == 0;

		if (!decimal && n >= u->factor && n % u->factor == 0)
			return snprintf(text, size, "%llu%s", (unsigned long long)(n / u->factor),
					u->name);
	}
	return snprintf(text, size, o->type == OPTION_DURATION ? "0s" : "0");
}

size_t
option_text(const struct option *o, const void *values, char *text, size_t size)
{
	const char *value = (const char *)values + o->offset;
	const char *at = o->choices;
	uint64_t number = 0;
	uint32_t index = 0;
	bool flag = false;
	int n = 0;

	switch (o->type) {
	case OPTION_BOOL:
		memcpy(&flag, value, sizeof(flag));
		n = snprintf(text, size, "%s", flag ? "true" : "false");
		break;
	case OPTION_UINT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		memcpy(&number, value, sizeof(number));
		n = number_text(o, number, text, size);
		break;
	case OPTION_STRING:
		n = snprintf(text, size, "%s", value);
		break;
	case OPTION_CHOICE:
		memcpy(&index, value, sizeof(index));
		for (; index > 0; index--)
			next_choice(&at);
		n = snprintf(text, size, "%.*s", (int)strcspn(at, "|"), at);
		break;
	case OPTION_LIST:
		return list_text((const struct option_list *)(const void *)value, text, size);
	}
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* So many changes at least lead from a to b: letters of the longer one without a partner. */
static size_t
letters_apart(const char *a, const char *b)
{
	uint32_t count[UINT8_MAX + 1] = { 0 };
	size_t len_a = strlen(a), len_b = strlen(b), common = 0;

	for (size_t i = 0; i < len_a; i++)
		count[(uint8_t)a[i]]++;
	for (size_t i = 0; i < len_b; i++)
		if (count[(uint8_t)b[i]] > 0) {
			count[(uint8_t)b[i]]--;
			common++;
		}
	return (len_a > len_b ? len_a : len_b) - common;
}

const char *
option_nearest(const char *typed, const char *const *names, size_t n_names)
{
	size_t best = SIZE_MAX, len = strlen(typed);
	const char *nearest = NULL;

	for (size_t i = 0; i < n_names; i++) {
		size_t other = strlen(names[i]);
		size_t longer = len > other ? len : other;
		size_t d;

		if (letters_apart(typed, names[i]) > longer / 3)
			continue;
		d = text_distance(typed, names[i]);
		if (d < best && d <= longer / 3) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
