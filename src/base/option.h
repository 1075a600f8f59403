/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - how a setting is described, and how its text becomes a value.
 *
 * Every stage carries a table of these, and a plain struct the values are
 * stored in.  The configuration file, `--set`, the environment, `--help`,
 * docs/options.md and contrib/weir.yaml are all made from the tables, so an
 * option that is not documented cannot exist.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include "base/base.h"

enum option_type {
	OPTION_BOOL, /* bool: true, false, on, off, yes, no */
	OPTION_UINT, /* uint64_t */
	OPTION_SIZE, /* uint64_t bytes: 512, 64KiB, 1MiB, 2GiB (K, M, G are the same); 10MB is 10^7
		      */
	OPTION_DURATION, /* uint64_t nanoseconds: 500us, 100ms, 60s, 5m, 1h, 7d; a bare number is
			    seconds */
	OPTION_STRING,   /* char[size], always terminated */
	OPTION_CHOICE,   /* uint32_t: index into choices */
	OPTION_LIST,     /* struct option_list: a sequence in the file, else parts between commas */
};

enum { OPTION_LIST_MAX = 64, OPTION_LIST_LEN = 1024 };
struct option_list {
	uint32_t n;
	char item[OPTION_LIST_MAX][OPTION_LIST_LEN];
};

struct option {
	const char *name; /* as written in the file, below the group's prefix: "idle_timeout" */
	enum option_type type;
	uint32_t offset;     /* of the value in the group's struct */
	uint32_t size;       /* OPTION_STRING: bytes there, terminator included */
	uint64_t min, max;   /* OPTION_UINT, _SIZE, _DURATION: both 0 means no bound */
	const char *choices; /* OPTION_CHOICE: "a|b|c" */
	const char *preset;  /* default, in the same notation as the file */
	const char *doc;     /* one sentence; starts with a capital, ends with a full stop */
};

/* The options of one stage, e.g. everything below "flow.". */
struct option_group {
	const char *prefix; /* "flow"; "" for keys on top */
	const char *doc;    /* one sentence about the stage */
	const struct option *options;
	size_t n_options;
	size_t size; /* of the struct the values are stored in */
};

/* Stores every preset.  Asserts that each is valid. */
void option_presets(const struct option_group *group, void *values);

/* Stores text as the value of the option called name (without prefix).  0;
 * -ENOENT when there is no such option; -EINVAL when text does not fit it, with
 * a sentence in err that names what is allowed.  values is untouched on failure. */
int option_set(const struct option_group *group, void *values, const char *name, const char *text,
	       char err[BASE_ERROR_LEN]);

/* Adds one item to a list as it stands, commas included.  0; -E2BIG when it is full, -EINVAL when
 * the item is empty or too long, each with a sentence in err. */
int option_list_add(struct option_list *list, const char *item, char err[BASE_ERROR_LEN]);

/* Writes the present value as text, in the notation option_set reads; returns
 * its length, cut to size - 1. */
size_t option_text(const struct option *option, const void *values, char *text, size_t size);

/* The name in names nearest to what was typed, for "did you mean"; NULL when
 * none is near (more than a third of the letters differ). */
const char *option_nearest(const char *typed, const char *const *names, size_t n_names);

#endif
