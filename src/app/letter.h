/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter.h - the options of `weir run`, each a short name for one key.
 *
 * A letter that tcpdump has keeps tcpdump's meaning or is refused with a
 * sentence; it never means something else.
 */
#ifndef APP_LETTER_H
#define APP_LETTER_H

#include <stdio.h>

#include "base/base.h"

/* What an option does beside setting a key. */
enum letter_does {
	LETTER_SETS,        /* key = argument, or value when it takes none */
	LETTER_CONFIG,      /* reads a file of keys */
	LETTER_SET,         /* key=value as its argument */
	LETTER_FILTER_FILE, /* run.filter from a file */
	LETTER_DUMP,
	LETTER_TEST,
	LETTER_HELP,
	LETTER_REFUSED, /* doc says why */
};

struct letter {
	char letter; /* 0: long name only */
	enum letter_does does;
	const char *name;     /* NULL: letter only */
	const char *argument; /* what it is called in the help; NULL: it takes none */
	const char *key;
	const char *value; /* without an argument: the key's value */
	const char *unit;  /* put behind an argument of digits only; NULL: none */
	const char *doc;   /* one sentence */
};

struct letter_given {
	const struct letter *letter;
	char name[32];     /* as it was written, for messages: "-c", "--count" */
	const char *value; /* NULL: it takes none */
};

/* The words of one command line. */
struct letter_line {
	struct letter_given *given;
	size_t n_given;
	const char **word; /* what is left: the filter */
	size_t n_words;
};

enum { LETTER_MAX = 64 };

/* letter_table.c: at most LETTER_MAX */
extern const struct letter letter_table[];
extern const size_t letter_count;

/* Finds "-x" or "--name" (without value); NULL when there is no such option. */
const struct letter *letter_find(const char *name, size_t len);

/* Sorts argv, whose first word is skipped.  0, or a negative errno with a sentence in err; either
 * way the line is for letter_line_fini, and points into argv. */
int letter_sort(struct letter_line *line, int argc, char **argv, char err[BASE_ERROR_LEN]);
void letter_line_fini(struct letter_line *line);

/* The first option given that does this (and is about key, unless that is NULL); or NULL. */
const struct letter_given *letter_find_given(const struct letter_line *line, enum letter_does does,
					     const char *key);

/* Writes what, with the option's name before it, to err; -EINVAL. */
int letter_say(const struct letter_given *g, const char *what, char err[BASE_ERROR_LEN]);

/* Lines of help, one per option that is not refused. */
void letter_write_help(FILE *out);

#endif
