/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_compile.c - from rows to steps.
 *
 * A name with dots is a member of nested objects.  Members of one object follow
 * one another, so objects open and close where the names change.  Each member
 * is written with a comma in front; the first one's comma becomes the brace
 * when the object closes, and an object without members is taken back.
 */
#include "event/event_step.h"

static struct event_step *
add(struct event_compile *c, const struct event_step *model)
{
	struct event_encoder *e = c->e;

	if (e->n_steps == EVENT_STEPS)
		return NULL;
	e->step[e->n_steps] = *model;
	return &e->step[e->n_steps++];
}

/* The text in front of a value: ,"name": and a quote where the value is a string. */
static bool
set_text(struct event_step *s, const char *name, size_t len, bool quoted)
{
	char *p = s->text;

	if (len + 5 > sizeof(s->text))
		return false;
	p = put_fixed(p, ",\"", 2);
	p = put_fixed(p, name, len);
	p = put_fixed(p, "\":", 2);
	if (quoted)
		*p++ = '"';
	s->len = (uint8_t)(p - s->text);
	s->quote = quoted;
	return true;
}

/* Whether path lies inside the object of this name. */
static bool
is_inside(const char *path, const char *object)
{
	size_t len = strlen(object);

	return len == 0 || (strncmp(path, object, len) == 0 && path[len] == '.');
}

static bool
close_objects(struct event_compile *c, const char *path)
{
	static const struct event_step close_step = { .op = EVENT_OP_CLOSE };

	while (!is_inside(path, c->open)) {
		char *dot = strrchr(c->open, '.');

		*(dot ? dot : c->open) = '\0';
		if (!add(c, &close_step))
			return false;
	}
	return true;
}

static bool
open_objects(struct event_compile *c, const char *path)
{
	for (;;) {
		size_t done = strlen(c->open);
		const char *name = path + done + (done > 0), *dot = strchr(name, '.');
		struct event_step s = { .op = EVENT_OP_OPEN };

		if (!dot)
			return true;
		if (!set_text(&s, name, (size_t)(dot - name), false) || !add(c, &s))
			return false;
		memcpy(c->open, path, (size_t)(dot - path));
		c->open[dot - path] = '\0';
	}
}

/* Texts are remembered by name, for the list of those that are written byte by byte. */
static bool
name_text(struct event_encoder *e, const char *path, struct event_step *s)
{
	for (uint32_t i = 0; i < e->n_paths; i++)
		if (strcmp(e->path[i], path) == 0) {
			s->path = (uint16_t)i;
			return true;
		}
	if (e->n_paths == EVENT_RAW_PATHS || strlen(path) >= EVENT_PATH)
		return false;
	memcpy(e->path[e->n_paths], path, strlen(path) + 1);
	s->path = (uint16_t)e->n_paths++;
	return true;
}

bool
event_step_field(struct event_compile *c, const char *path, const struct event_step *step,
		 bool quoted)
{
	struct event_step s = *step;
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;

	if (!close_objects(c, path) || !open_objects(c, path))
		return false;
	if ((s.op == EVENT_TEXT || s.op == EVENT_TEXTS || s.op == EVENT_OP_FIXED ||
	     s.op == EVENT_OP_SPECIAL + EVENT_SPECIAL_INTERFACE) &&
	    !name_text(c->e, path, &s))
		return false;
	return set_text(&s, name, strlen(name), quoted) && add(c, &s);
}

bool
event_step_end(struct event_compile *c)
{
	static const struct event_step raw = { .op = EVENT_OP_RAW_LIST };

	return close_objects(c, "") && add(c, &raw);
}

static bool
is_quoted(const struct event_field *f)
{
	switch (f->type) {
	case EVENT_TIME:
	case EVENT_TEXT:
	case EVENT_ADDR:
	case EVENT_MAC:
	case EVENT_ENUM:
	case EVENT_HEX16:
		return true;
	case EVENT_SPECIAL:
		return f->offset != EVENT_SPECIAL_TRUE && f->offset != EVENT_SPECIAL_FINAL &&
		       f->offset != EVENT_SPECIAL_FLOW_DURATION && f->offset != EVENT_SPECIAL_GAP &&
		       f->offset != EVENT_SPECIAL_DNS_FLAGS && f->offset < EVENT_SPECIAL_RESIDUAL;
	default:
		return false;
	}
}

bool
event_step_constant(struct event_compile *c, const char *path, const char *value)
{
	struct event_step s = { .op = EVENT_OP_NONE };
	size_t len = strlen(value);

	if (!event_step_field(c, path, &s, true))
		return false;
	s = c->e->step[c->e->n_steps - 1];
	if (s.len + len + 1 > sizeof(s.text))
		return false;
	memcpy(s.text + s.len, value, len);
	s.text[s.len + len] = '"';
	s.len = (uint8_t)(s.len + len + 1);
	s.quote = 0;
	c->e->step[c->e->n_steps - 1] = s;
	return true;
}

/* Names are kept as words of the encoder; the first name stands for a value beyond them. */
static bool
set_words(struct event_encoder *e, const char *const *names, struct event_step *s)
{
	s->words = &e->word[e->n_words];
	for (; names[s->aux]; s->aux++) {
		if (e->n_words == EVENT_WORDS)
			return false;
		e->word[e->n_words++] = event_word_of(names[s->aux]);
	}
	return true;
}

/* How many bytes tell whether a value is there. */
static uint8_t
bytes_to_ask(const struct event_field *f)
{
	if (f->when != EVENT_WHEN_SET)
		return 0;
	return f->type == EVENT_TEXT || f->type == EVENT_TEXTS ? 1 : (uint8_t)f->size;
}

static bool
add_row(struct event_compile *c, const struct event_row *row, enum event_kind kind)
{
	const struct event_field *f = &row->field;
	struct event_step s = {
		.op = (uint8_t)f->type,
		.when = f->when,
		.offset = f->offset,
		.size = f->size,
		.set = bytes_to_ask(f),
	};

	if (f->names && !set_words(c->e, f->names, &s))
		return false;
	if (f->type != EVENT_SPECIAL)
		return event_step_field(c, row->path, &s, is_quoted(f));
	s.offset = 0;
	s.set = 0;
	if (f->offset >= EVENT_SPECIAL_RESIDUAL) {
		s.op = EVENT_OP_RESIDUAL;
		s.aux = row->aux;
	} else if (f->offset == EVENT_SPECIAL_TYPE) {
		return event_step_constant(c, row->path, event_table[kind].name);
	} else if (f->offset == EVENT_SPECIAL_SCHEMA_VERSION) {
		return event_step_constant(c, row->path, EVENT_SCHEMA_VERSION);
	} else if (f->offset == EVENT_SPECIAL_SENSOR_ID) {
		s.op = EVENT_OP_FIXED;
	} else {
		s.op = (uint8_t)(EVENT_OP_SPECIAL + f->offset);
	}
	return event_step_field(c, row->path, &s, is_quoted(f));
}

bool
event_native_compile(struct event_encoder *e, const char *fields, enum event_kind kind)
{
	struct event_compile c = { .e = e };
	struct event_row row;

	for (size_t i = 0; event_row_at(i, &row); i++) {
		if (!event_row_applies(&row, kind) ||
		    (row.field.type == EVENT_SPECIAL && row.field.offset == EVENT_SPECIAL_ENC_RAW))
			continue;
		if (!event_row_is_kept(&row) && !event_field_is_on(fields, row.path, NULL))
			continue;
		if (!add_row(&c, &row, kind))
			return false;
	}
	return event_step_end(&c);
}
