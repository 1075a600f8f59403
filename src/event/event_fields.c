/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_fields.c - what --fields and --events mean.
 *
 * --fields is a list of +NAME and -NAME, read from left to right; all fields are
 * there at first.  NAME is a field, an object with all that is in it, or "all".
 * Fields of the layered dialect have their own names (ip_ip_ttl, layers.ip) and
 * follow those of the native fields they show.
 */
#include <stdio.h>

#include "base/text.h"
#include "event/event_step.h"

struct item {
	const char *name;
	size_t len;
	bool on;
};

/* Takes the next item off the list; false at its end. */
static bool
next_item(const char **list, struct item *item)
{
	const char *p = *list + strspn(*list, ", ");
	size_t len = strcspn(p, ", ");
	bool has_sign = *p == '+' || *p == '-';

	*list = p + len;
	item->on = *p != '-';
	item->name = p + has_sign;
	item->len = len - has_sign;
	return len > 0;
}

/* Whether the item names the field or an object around it. */
static bool
names(const struct item *item, const char *path)
{
	return strncmp(path, item->name, item->len) == 0 && item->len > 0 &&
	       (path[item->len] == '\0' || path[item->len] == '.');
}

/* Fields of the layered dialect are also known without what stands before them. */
static bool
names_layered(const struct item *item, const char *path)
{
	static const char prefix[] = "layers.";
	const char *short_path, *last = strrchr(path, '.');

	if (names(item, path))
		return true;
	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return false;
	short_path = path + sizeof(prefix) - 1;
	return names(item, short_path) || (last && names(item, last + 1));
}

static bool
is_all(const struct item *item)
{
	return item->len == 3 && memcmp(item->name, "all", 3) == 0;
}

bool
event_field_is_on(const char *fields, const char *path, const char *also)
{
	struct item item;
	bool on = true;

	for (const char *list = fields; list && next_item(&list, &item);)
		if (is_all(&item) || names_layered(&item, path) || (also && names(&item, also)))
			on = item.on;
	return on;
}

/* One name that may stand in --fields; false behind the last one. */
static bool
name_at(size_t i, struct event_row *row)
{
	size_t n = 0;

	if (event_row_at(i, row))
		return true;
	while (event_row_at(n, row))
		n++;
	i -= n;
	if (i >= event_n_layer_rows)
		return false;
	snprintf(row->path, sizeof(row->path), "layers.%s.%s", event_layer_rows[i].layer,
		 event_layer_rows[i].name);
	row->kind = EVENT_KINDS;
	return true;
}

/* Shorter and longer names of a field: what a mistyped word may have meant. */
static void
consider(const char *word, const char *name, size_t len, char best[EVENT_PATH], size_t *distance)
{
	char candidate[EVENT_PATH];
	size_t d;

	if (len >= sizeof(candidate))
		return;
	memcpy(candidate, name, len);
	candidate[len] = '\0';
	d = text_distance(word, candidate);
	if (d < *distance) {
		*distance = d;
		memcpy(best, candidate, len + 1);
	}
}

static void
nearest(const char *word, char best[EVENT_PATH])
{
	size_t distance = SIZE_MAX;
	struct event_row row;

	consider(word, "all", 3, best, &distance);
	for (size_t i = 0; name_at(i, &row); i++) {
		const char *last = strrchr(row.path, '.');

		for (const char *dot = row.path; (dot = strchr(dot, '.')) != NULL; dot++)
			consider(word, row.path, (size_t)(dot - row.path), best, &distance);
		consider(word, row.path, strlen(row.path), best, &distance);
		if (last && row.kind == EVENT_KINDS)
			consider(word, last + 1, strlen(last + 1), best, &distance);
	}
}

static bool
check_item(const struct item *item, char err[BASE_ERROR_LEN])
{
	char word[EVENT_PATH] = "", best[EVENT_PATH] = "", shown[TEXT_QUOTED];
	struct event_row row;

	if (is_all(item))
		return true;
	for (size_t i = 0; name_at(i, &row); i++) {
		if (row.kind == EVENT_KINDS ? !names_layered(item, row.path)
					    : !names(item, row.path))
			continue;
		if (item->on || row.kind == EVENT_KINDS || !event_row_is_kept(&row))
			return true;
		snprintf(err, BASE_ERROR_LEN, "--fields: '%s' is part of every event and stays",
			 row.path);
		return false;
	}
	memcpy(word, item->name, item->len < sizeof(word) ? item->len : sizeof(word) - 1);
	nearest(word, best);
	snprintf(err, BASE_ERROR_LEN,
		 "--fields: no field is called '%s'; did you mean '%s'? `weir list fields` lists "
		 "all of them",
		 text_quote(shown, word), best);
	return false;
}

bool
event_fields_check(const char *fields, char err[BASE_ERROR_LEN])
{
	struct item item;

	for (const char *list = fields; list && next_item(&list, &item);)
		if (!check_item(&item, err))
			return false;
	return true;
}

static int
kind_called(const struct item *item)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		if (strlen(event_table[kind].name) == item->len &&
		    memcmp(event_table[kind].name, item->name, item->len) == 0)
			return kind;
	return -1;
}

uint32_t
event_kinds_parse(const char *text, char err[BASE_ERROR_LEN])
{
	static const uint32_t all = (1u << EVENT_KINDS) - 1;
	char word[EVENT_PATH] = "", shown[TEXT_QUOTED], best[EVENT_PATH] = "";
	size_t distance = SIZE_MAX;
	uint32_t kinds = 0;
	struct item item;

	for (const char *list = text; next_item(&list, &item);) {
		int kind = kind_called(&item);

		if (kind >= 0)
			kinds |= 1u << kind;
		else if (is_all(&item))
			kinds = all;
		else
			goto unknown;
	}
	if (kinds)
		return kinds;
	item = (struct item){ .name = "", .len = 0 };
unknown:
	memcpy(word, item.name, item.len < sizeof(word) ? item.len : sizeof(word) - 1);
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		consider(word, event_table[kind].name, strlen(event_table[kind].name), best,
			 &distance);
	snprintf(
		err, BASE_ERROR_LEN,
		"--events: no kind is called '%s'; did you mean '%s'? There are packet, flow, dns, "
		"arp, icmp, stats, loss and all",
		text_quote(shown, word), best);
	return 0;
}

uint32_t
event_dialect_kinds(enum event_dialect dialect)
{
	switch (dialect) {
	case EVENT_DIALECT_LAYERED:
		return 1u << EVENT_PACKET | 1u << EVENT_DNS;
	case EVENT_DIALECT_FLOW_SAMPLE:
		return 1u << EVENT_PACKET;
	case EVENT_DIALECT_LINE:
		return ((1u << EVENT_KINDS) - 1) & ~(1u << EVENT_STATS);
	default:
		return (1u << EVENT_KINDS) - 1;
	}
}

uint32_t
event_kinds_preset(enum event_dialect dialect)
{
	uint32_t kinds = 0;

	switch (dialect) {
	case EVENT_DIALECT_LAYERED:
	case EVENT_DIALECT_FLOW_SAMPLE:
		return 1u << EVENT_PACKET;
	case EVENT_DIALECT_LINE:
		return event_dialect_kinds(dialect) & ~(1u << EVENT_FLOW);
	default:
		for (int kind = 0; kind < EVENT_KINDS; kind++)
			kinds |= (uint32_t)event_table[kind].by_default << kind;
		return kinds;
	}
}
