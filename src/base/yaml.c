/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c - libyaml's events to entries, with a path instead of a tree. */
#include "base/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

struct yaml_reader {
	yaml_parser_t parser;
	yaml_event_t event; /* of the entry handed out last */
	bool has_event;
	bool too_large;
	const char *name;
	char path[YAML_MAX_KEY];
	size_t path_len[YAML_MAX_DEPTH]; /* of the key of each open map, its own keys excluded */
	size_t depth;                    /* open maps */
	bool has_key;                    /* path ends in a key whose value comes next */
	bool in_list;
	size_t documents;
	char *seen[YAML_MAX_KEYS];
	size_t n_seen;
};

struct yaml_reader *
yaml_reader_new(const char *name, const char *text, size_t len)
{
	struct yaml_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (!yaml_parser_initialize(&r->parser)) {
		free(r);
		return NULL;
	}
	r->name = name;
	r->too_large = len > YAML_MAX_BYTES;
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, len);
	return r;
}

static void
drop_event(struct yaml_reader *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = false;
}

void
yaml_reader_free(struct yaml_reader *r)
{
	if (!r)
		return;
	drop_event(r);
	yaml_parser_delete(&r->parser);
	for (size_t i = 0; i < r->n_seen; i++)
		free(r->seen[i]);
	free(r);
}

/* -EINVAL, with the place of the event in hand before the sentence. */
BASE_PRINTF(3, 4)
static int
refuse(struct yaml_reader *r, char err[BASE_ERROR_LEN], const char *format, ...)
{
	char quoted[TEXT_QUOTED], sentence[BASE_ERROR_LEN - TEXT_QUOTED - 48];
	const yaml_mark_t *mark = &r->event.start_mark;
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	snprintf(err, BASE_ERROR_LEN, "%s:%zu:%zu: %s", text_quote(quoted, r->name),
		 r->has_event ? mark->line + 1 : 1, r->has_event ? mark->column + 1 : 1, sentence);
	return -EINVAL;
}

/* libyaml's own words; it knows the place in one of two ways. */
static int
refuse_syntax(struct yaml_reader *r, char err[BASE_ERROR_LEN])
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "it is not YAML";

	if (p->error == YAML_MEMORY_ERROR) {
		refuse(r, err, "no memory to read it");
		return -ENOMEM;
	}
	r->event.start_mark = p->problem_mark;
	r->has_event = true;
	if (p->error == YAML_READER_ERROR)
		refuse(r, err, "%s at byte %zu", problem, p->problem_offset);
	else
		refuse(r, err, "%s%s%s", p->context ? p->context : "", p->context ? ": " : "",
		       problem);
	r->has_event = false; /* there is a place, but nothing to delete */
	return -EINVAL;
}

/* Appends the scalar in hand to the path and remembers it. */
static int
take_key(struct yaml_reader *r, char err[BASE_ERROR_LEN])
{
	const char *key = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;
	size_t at = r->path_len[r->depth - 1];
	char quoted[TEXT_QUOTED];

	if (len == 0 || len != strlen(key))
		return refuse(r, err, "a key may not be empty or hold a zero byte");
	if (at + len + 2 > sizeof(r->path))
		return refuse(r, err, "a key is longer than %d bytes", YAML_MAX_KEY - 1);
	if (at > 0)
		r->path[at++] = '.';
	memcpy(r->path + at, key, len + 1);
	for (size_t i = 0; i < r->n_seen; i++)
		if (strcmp(r->seen[i], r->path) == 0)
			return refuse(r, err, "key '%s' is there twice",
				      text_quote(quoted, r->path));
	if (r->n_seen == YAML_MAX_KEYS)
		return refuse(r, err, "more than %d keys", YAML_MAX_KEYS);
	r->seen[r->n_seen] = strdup(r->path);
	if (!r->seen[r->n_seen])
		return refuse(r, err, "no memory to read it");
	r->n_seen++;
	r->has_key = true;
	return 0;
}

static int
give(struct yaml_reader *r, struct yaml_entry *entry, enum yaml_kind kind, const char *text)
{
	entry->kind = kind;
	memcpy(entry->key, r->path, sizeof(entry->key));
	entry->text = text;
	entry->line = r->event.start_mark.line + 1;
	entry->column = r->event.start_mark.column + 1;
	if (!r->in_list)
		r->has_key = false;
	return 1;
}

/* 1 when the scalar is an entry, 0 when it was a key. */
static int
take_scalar(struct yaml_reader *r, struct yaml_entry *entry, char err[BASE_ERROR_LEN])
{
	const char *text = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;
	bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	bool none = plain && (len == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);

	if (r->depth == 0)
		return none ? 0 : refuse(r, err, "keys with values are expected (key: value)");
	if (!r->in_list && !r->has_key)
		return take_key(r, err);
	if (len != strlen(text))
		return refuse(r, err, "a value may not hold a zero byte");
	if (r->in_list)
		return none ? refuse(r, err, "an item of a list may not be empty")
			    : give(r, entry, YAML_ITEM, text);
	return give(r, entry, none ? YAML_NONE : YAML_TEXT, none ? "" : text);
}

static int
open_map(struct yaml_reader *r, char err[BASE_ERROR_LEN])
{
	if (r->in_list)
		return refuse(r, err, "a list may hold only plain values");
	if (r->depth > 0 && !r->has_key)
		return refuse(r, err, "a map cannot be a key");
	if (r->depth == YAML_MAX_DEPTH)
		return refuse(r, err, "maps are nested more than %d deep", YAML_MAX_DEPTH);
	r->path_len[r->depth++] = r->has_key ? strlen(r->path) : 0;
	r->has_key = false;
	return 0;
}

static int
open_list(struct yaml_reader *r, struct yaml_entry *entry, char err[BASE_ERROR_LEN])
{
	if (r->depth == 0)
		return refuse(r, err, "keys with values are expected (key: value)");
	if (r->in_list || !r->has_key)
		return refuse(r, err, "a list may hold only plain values, and cannot be a key");
	r->in_list = true;
	return give(r, entry, YAML_LIST, "");
}

/* What no settings file needs. */
static int
refuse_marks(struct yaml_reader *r, const yaml_char_t *anchor, const yaml_char_t *tag,
	     char err[BASE_ERROR_LEN])
{
	char quoted[TEXT_QUOTED];

	if (anchor)
		return refuse(r, err, "anchors are not supported: '&%s'",
			      text_quote(quoted, (const char *)anchor));
	if (tag)
		return refuse(r, err, "tags are not supported: '%s'",
			      text_quote(quoted, (const char *)tag));
	return 0;
}

/* 1: entry filled in; 0: go on. */
static int
take_event(struct yaml_reader *r, struct yaml_entry *entry, char err[BASE_ERROR_LEN])
{
	const yaml_event_t *e = &r->event;
	int rc = 0;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return r->documents++ ? refuse(r, err, "only one document is allowed") : 0;
	case YAML_ALIAS_EVENT:
		return refuse(r, err, "aliases are not supported");
	case YAML_SCALAR_EVENT:
		rc = refuse_marks(r, e->data.scalar.anchor, e->data.scalar.tag, err);
		return rc ? rc : take_scalar(r, entry, err);
	case YAML_MAPPING_START_EVENT:
		rc = refuse_marks(r, e->data.mapping_start.anchor, e->data.mapping_start.tag, err);
		return rc ? rc : open_map(r, err);
	case YAML_SEQUENCE_START_EVENT:
		rc = refuse_marks(r, e->data.sequence_start.anchor, e->data.sequence_start.tag,
				  err);
		return rc ? rc : open_list(r, entry, err);
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_SEQUENCE_END_EVENT:
		r->in_list = false;
		r->has_key = false;
		return 0;
	default:
		return 0;
	}
}

int
yaml_reader_next(struct yaml_reader *r, struct yaml_entry *entry, char err[BASE_ERROR_LEN])
{
	int rc = 0;

	if (r->too_large)
		return refuse(r, err, "it is larger than %d bytes", YAML_MAX_BYTES);
	while (rc == 0) {
		drop_event(r);
		if (!yaml_parser_parse(&r->parser, &r->event))
			return refuse_syntax(r, err);
		r->has_event = true;
		if (r->event.type == YAML_STREAM_END_EVENT)
			return 0;
		rc = take_event(r, entry, err);
	}
	return rc;
}
