/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - a YAML file as a sequence of dotted keys and their texts.
 *
 * Nested maps become one key ("flow: {max: 1}" is flow.max), a sequence
 * becomes one entry per item.  What a settings file does not need is refused:
 * aliases, anchors, tags, several documents, maps inside sequences, a key given
 * twice.  Depth, number of keys and size are bounded.  YAML 1.1, by libyaml.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/base.h"

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_KEYS = 1024, YAML_MAX_DEPTH = 8, YAML_MAX_KEY = 128 };

enum yaml_kind {
	YAML_TEXT, /* key: text */
	YAML_NONE, /* key without a value; it may be a map whose lines are all comments */
	YAML_LIST, /* a sequence begins: its items follow */
	YAML_ITEM, /* one of its items */
};

struct yaml_entry {
	enum yaml_kind kind;
	char key[YAML_MAX_KEY];
	const char *text;    /* YAML_TEXT, YAML_ITEM: until the next call; else "" */
	size_t line, column; /* from 1 */
};

struct yaml_reader;

/* text stays the caller's and outlives the reader; name is for messages.  NULL when memory is
 * short. */
struct yaml_reader *yaml_reader_new(const char *name, const char *text, size_t len);
void yaml_reader_free(struct yaml_reader *r);

/* 1: one entry.  0: the end.  Negative errno: "name:line:column: sentence" in err, and the reader
 * is good for nothing but yaml_reader_free. */
int yaml_reader_next(struct yaml_reader *r, struct yaml_entry *entry, char err[BASE_ERROR_LEN]);

#endif
