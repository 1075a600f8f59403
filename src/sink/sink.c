/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - finds the row for a URL, binds its options, owns the state, forwards the calls. */
#include "sink/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCHEMES = 32, MAX_URL = 4096 };

struct sink {
	const struct sink_ops *ops;
	void *state;
	char name[MAX_URL];
};

/* The row of a URL; *rest is what follows "scheme:". */
static const struct sink_ops *
find(const char *url, const char **rest)
{
	const char *colon = strchr(url, ':');
	size_t len = colon ? (size_t)(colon - url) : strlen(url);

	*rest = colon ? colon + 1 : "";
	for (const struct sink_ops *const *row = sink_table; *row; row++)
		if (strlen((*row)->scheme) == len && memcmp((*row)->scheme, url, len) == 0)
			return *row;
	return NULL;
}

static int
unknown_scheme(const char *url, char err[BASE_ERROR_LEN])
{
	const char *names[MAX_SCHEMES], *nearest;
	char typed[64], list[256] = "";
	size_t n = 0;

	for (; sink_table[n] && n < MAX_SCHEMES; n++) {
		names[n] = sink_table[n]->scheme;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", n ? ", " : "",
			 names[n]);
	}
	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(url, ":"), url);
	nearest = option_nearest(typed, names, n);
	snprintf(err, BASE_ERROR_LEN, "unknown sink '%s'%s%s%s; this build has: %s", typed,
		 nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "",
		 list);
	return -ENOENT;
}

/* Stores "name=value&name=value" in the options at the start of the state. */
static int
bind_options(const struct sink_ops *ops, void *state, char *text, char err[BASE_ERROR_LEN])
{
	char *save = NULL;

	for (char *pair = strtok_r(text, "&", &save); pair; pair = strtok_r(NULL, "&", &save)) {
		char *equals = strchr(pair, '=');
		int result;

		if (!equals) {
			snprintf(err, BASE_ERROR_LEN,
				 "sink option '%s' has no value: write %s=VALUE", pair, pair);
			return -EINVAL;
		}
		*equals = '\0';
		result = option_set(&ops->options, state, pair, equals + 1, err);
		if (result == -ENOENT) {
			snprintf(err, BASE_ERROR_LEN,
				 "sink '%s' has no option '%s'; see 'weir list sinks'", ops->scheme,
				 pair);
			return -EINVAL;
		}
		if (result < 0)
			return result;
	}
	return 0;
}

static int
open_row(struct sink *s, char *rest, const char *sensor_id, const char *extension,
	 char err[BASE_ERROR_LEN])
{
	char *query = strchr(rest, '?');
	int result;

	if (query)
		*query++ = '\0';
	option_presets(&s->ops->options, s->state);
	result = query ? bind_options(s->ops, s->state, query, err) : 0;
	if (result < 0)
		return result;
	return s->ops->open(s->state,
			    &(struct sink_request){ .target = rest,
						    .sensor_id = sensor_id,
						    .extension = extension },
			    err);
}

int
sink_open(struct sink **out, const char *url, const char *sensor_id, enum event_dialect dialect,
	  char err[BASE_ERROR_LEN])
{
	const char *rest;
	const struct sink_ops *ops = find(url, &rest);
	char copy[MAX_URL];
	struct sink *s;
	int result;

	if (!ops)
		return unknown_scheme(url, err);
	if (strlen(url) >= MAX_URL) {
		snprintf(err, BASE_ERROR_LEN, "the sink's URL is longer than %d bytes",
			 MAX_URL - 1);
		return -EINVAL;
	}
	s = calloc(1, sizeof(*s));
	if (s)
		s->state = calloc(1, ops->state_size);
	if (!s || !s->state) {
		free(s);
		snprintf(err, BASE_ERROR_LEN, "no memory for sink '%s'", url);
		return -ENOMEM;
	}
	s->ops = ops;
	snprintf(s->name, sizeof(s->name), "%s", url);
	snprintf(copy, sizeof(copy), "%s", rest);
	result =
		open_row(s, copy, sensor_id, dialect == EVENT_DIALECT_LINE ? "txt" : "ndjson", err);
	if (result < 0) {
		free(s->state);
		free(s);
		return result;
	}
	*out = s;
	return 0;
}

int
sink_write(struct sink *s, const struct event *ev, const char *line, size_t len, uint64_t *lost)
{
	return s->ops->write(s->state, ev, line, len, lost);
}

int
sink_flush(struct sink *s, uint64_t *lost)
{
	return s->ops->flush(s->state, lost);
}

int
sink_close(struct sink *s, uint64_t *lost)
{
	int result;

	if (!s)
		return 0;
	result = s->ops->close(s->state, lost);
	free(s->state);
	free(s);
	return result;
}

const char *
sink_message(struct sink *s)
{
	return s->ops->message(s->state);
}

const char *
sink_name(const struct sink *s)
{
	return s->name;
}
