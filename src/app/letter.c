/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter.c - the words of a command line, sorted, and the help.
 *
 * Long names have to be written in full: an abbreviation that is clear today
 * would change its meaning with the next option.
 */
#include "app/letter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/text.h"

enum { NAME_COLUMNS = 32, HELP_COLUMNS = 96 };

const struct letter *
letter_find(const char *name, size_t len)
{
	for (size_t i = 0; i < letter_count; i++) {
		const struct letter *l = &letter_table[i];

		if (len == 2 && name[0] == '-' && l->letter && name[1] == l->letter)
			return l;
		if (len > 2 && l->name && strlen(l->name) == len - 2 &&
		    memcmp(name, "--", 2) == 0 && memcmp(name + 2, l->name, len - 2) == 0)
			return l;
	}
	return NULL;
}

/* Words from NAME_COLUMNS on, continued below where they began. */
static void
write_wrapped(FILE *out, const char *text)
{
	int room = HELP_COLUMNS - NAME_COLUMNS;

	for (int at = 0; *text; text += *text == ' ') {
		int n = (int)strcspn(text, " ");

		if (at > 0 && at + 1 + n > room)
			at = fprintf(out, "\n%*s", NAME_COLUMNS, "") - NAME_COLUMNS - 1;
		else if (at > 0)
			at += fprintf(out, " ");
		at += fprintf(out, "%.*s", n, text);
		text += n;
	}
	fputc('\n', out);
}

void
letter_write_help(FILE *out)
{
	for (size_t i = 0; i < letter_count; i++) {
		const struct letter *l = &letter_table[i];
		char names[2 * NAME_COLUMNS], letter[] = { '-', l->letter, '\0' };

		if (l->does == LETTER_REFUSED)
			continue;
		snprintf(names, sizeof(names), "  %s%s%s%s%s%s", l->letter ? letter : "    ",
			 l->letter && l->name ? ", " : "", l->name ? "--" : "",
			 l->name ? l->name : "", l->argument ? " " : "",
			 l->argument ? l->argument : "");
		fprintf(out, "%-*s", NAME_COLUMNS, names);
		write_wrapped(out, l->doc);
	}
}

static int
refuse_option(const char *word, size_t len, char err[BASE_ERROR_LEN])
{
	const char *names[128], *nearest = NULL;
	char quoted[TEXT_QUOTED], typed[64];
	size_t n = 0;

	if (len > 2 && len < sizeof(typed) && word[1] == '-') {
		for (size_t i = 0; i < letter_count && n < ARRAY_LEN(names); i++)
			if (letter_table[i].name && letter_table[i].does != LETTER_REFUSED)
				names[n++] = letter_table[i].name;
		memcpy(typed, word + 2, len - 2);
		typed[len - 2] = '\0';
		nearest = option_nearest(typed, names, n);
	}
	text_escape_bytes(quoted, sizeof(quoted), word, len);
	if (nearest)
		snprintf(err, BASE_ERROR_LEN, "unknown option '%s'; did you mean '--%s'?", quoted,
			 nearest);
	else
		snprintf(err, BASE_ERROR_LEN, "unknown option '%s'; --help names all of them",
			 quoted);
	return -EINVAL;
}

int
letter_say(const struct letter_given *g, const char *what, char err[BASE_ERROR_LEN])
{
	snprintf(err, BASE_ERROR_LEN, "%s: %s", g->name, what);
	return -EINVAL;
}

/* Adds an option; next is the word behind it, which it takes when it needs one and has none.
 * 1 when it did. */
static int
add_option(struct letter_line *line, struct letter_given g, const char *next,
	   char err[BASE_ERROR_LEN])
{
	bool needs = g.letter->argument && !g.value;
	bool missing = !next || letter_find(next, strcspn(next, "="));
	char what[128];

	if (g.letter->does == LETTER_REFUSED)
		return letter_say(&g, g.letter->doc, err);
	if (g.value && !g.letter->argument)
		return letter_say(&g, "it takes no value", err);
	if (needs && missing) {
		snprintf(what, sizeof(what), "it needs a value: %s", g.letter->argument);
		return letter_say(&g, what, err);
	}
	if (needs)
		g.value = next;
	line->given[line->n_given++] = g;
	return needs;
}

/* "--name", "--name=value". */
static int
add_long(struct letter_line *line, const char *word, const char *next, char err[BASE_ERROR_LEN])
{
	size_t len = strcspn(word, "=");
	struct letter_given g = {
		.letter = letter_find(word, len),
		.value = word[len] ? word + len + 1 : NULL,
	};

	if (!g.letter)
		return refuse_option(word, len, err);
	snprintf(g.name, sizeof(g.name), "--%s", g.letter->name);
	return add_option(line, g, next, err);
}

/* "-p", "-c5", "-c 5", "-pqc 5". */
static int
add_letters(struct letter_line *line, const char *word, const char *next, char err[BASE_ERROR_LEN])
{
	int rc = 0;

	for (size_t i = 1; rc == 0 && word[i]; i++) {
		struct letter_given g = { .name = { '-', word[i] } };

		g.letter = letter_find(g.name, 2);
		if (!g.letter)
			return refuse_option(g.name, 2, err);
		if (g.letter->argument && word[i + 1])
			g.value = word + i + 1;
		rc = add_option(line, g, next, err);
		if (g.letter->argument)
			break;
	}
	return rc;
}

int
letter_sort(struct letter_line *line, int argc, char **argv, char err[BASE_ERROR_LEN])
{
	size_t letters = 1;
	bool options = true;
	int rc = 0;

	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]);
	*line = (struct letter_line){
		.given = calloc(letters, sizeof(*line->given)),
		.word = calloc((size_t)argc + 1, sizeof(*line->word)),
	};
	if (!line->given || !line->word) {
		snprintf(err, BASE_ERROR_LEN, "no memory for the command line");
		return -ENOMEM;
	}
	for (int i = 1; rc >= 0 && i < argc; i++) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;

		rc = 0;
		if (!options || word[0] != '-' || word[1] == '\0')
			line->word[line->n_words++] = word;
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (word[1] == '-')
			rc = add_long(line, word, next, err);
		else
			rc = add_letters(line, word, next, err);
		i += rc > 0;
	}
	return rc < 0 ? rc : 0;
}

void
letter_line_fini(struct letter_line *line)
{
	free(line->given);
	free(line->word);
}

const struct letter_given *
letter_find_given(const struct letter_line *line, enum letter_does does, const char *key)
{
	for (size_t i = 0; i < line->n_given; i++)
		if (line->given[i].letter->does == does &&
		    (!key || strcmp(line->given[i].letter->key, key) == 0))
			return &line->given[i];
	return NULL;
}
