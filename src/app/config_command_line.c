/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_command_line.c - obeys the command line of `weir run` and `weir check`.
 *
 * Options are obeyed by their strength, not in the order they were written in:
 * file, environment, --set, letters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/config.h"
#include "app/exit.h"
#include "app/letter.h"
#include "base/text.h"
#include "base/yaml.h"

/* --set KEY=VALUE */
static int
obey_set(struct config *c, const char *text, char err[BASE_ERROR_LEN])
{
	const char *equals = strchr(text, '=');
	char key[YAML_MAX_KEY], quoted[TEXT_QUOTED];

	if (!equals || equals == text || (size_t)(equals - text) >= sizeof(key)) {
		snprintf(err, BASE_ERROR_LEN, "'%s' is not of the form KEY=VALUE",
			 text_quote(quoted, text));
		return -EINVAL;
	}
	memcpy(key, text, (size_t)(equals - text));
	key[equals - text] = '\0';
	return config_set(c, key, equals + 1, err);
}

/* A letter that stands for a key.  first: none of its kind was obeyed before. */
static int
obey_letter(struct config *c, const struct letter_given *g, bool first, char err[BASE_ERROR_LEN])
{
	const struct letter *l = g->letter;
	struct option_list *list = config_list(c, l->key);
	const char *value = g->value ? g->value : l->value;
	char text[64];

	if (list) {
		if (first)
			list->n = 0;
		return option_list_add(list, value, err);
	}
	if (l->unit && *value && strlen(value) + strlen(l->unit) < sizeof(text) &&
	    value[strspn(value, "0123456789")] == '\0') {
		snprintf(text, sizeof(text), "%s%s", value, l->unit);
		value = text;
	}
	return config_set(c, l->key, value, err);
}

/* An error about a letter names the letter; the key before it would say the same again. */
static const char *
without_key(const char *why, const char *key)
{
	size_t n = key ? strlen(key) : 0;

	return n && strncmp(why, key, n) == 0 && strncmp(why + n, ": ", 2) == 0 ? why + n + 2 : why;
}

/* Obeys all options that do one thing; errors get the option's name before them. */
static int
obey(struct config *c, const struct letter_line *line, enum letter_does does,
     char err[BASE_ERROR_LEN])
{
	char why[BASE_ERROR_LEN];
	bool seen[LETTER_MAX] = { false };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < line->n_given; i++) {
		const struct letter_given *g = &line->given[i];
		size_t row = (size_t)(g->letter - letter_table);
		bool first = !seen[row];

		if (g->letter->does != does)
			continue;
		seen[row] = true;
		if (does == LETTER_CONFIG)
			rc = config_read_file(c, g->value, why);
		else if (does == LETTER_SET)
			rc = obey_set(c, g->value, why);
		else if (does == LETTER_FILTER_FILE)
			rc = config_read_filter(c, g->value, why);
		else
			rc = obey_letter(c, g, first, why);
		if (rc < 0)
			letter_say(g, without_key(why, g->letter->key), err);
	}
	return rc;
}

/* The filter has three ways in, of which one may be used. */
static int
obey_words(struct config *c, const struct letter_line *line, char err[BASE_ERROR_LEN])
{
	const struct letter_given *f = letter_find_given(line, LETTER_SETS, "run.filter");
	const struct letter_given *file = letter_find_given(line, LETTER_FILTER_FILE, NULL);
	char quoted[TEXT_QUOTED];
	size_t at = 0;

	if ((line->n_words > 0) + (f != NULL) + (file != NULL) > 1) {
		snprintf(err, BASE_ERROR_LEN, "the filter is given twice: %s and %s%s",
			 f ? "-f" : "-F", f && file ? "-F" : "words at the end, from ",
			 f && file ? "" : text_quote(quoted, line->word[0]));
		return -EINVAL;
	}
	for (size_t i = 0; i < line->n_words; i++) {
		size_t room = sizeof(c->run.filter) - at;
		int n = snprintf(c->run.filter + at, room, "%s%s", i ? " " : "", line->word[i]);

		if ((size_t)n >= room) {
			snprintf(err, BASE_ERROR_LEN, "the filter is longer than %d bytes",
				 CONFIG_FILTER - 1);
			return -EINVAL;
		}
		at += (size_t)n;
	}
	return 0;
}

/* Every origin, from the weakest to the strongest. */
static int
obey_all(struct config *c, const struct letter_line *line, char *const *env,
	 char err[BASE_ERROR_LEN])
{
	int rc;

	config_presets(c);
	rc = obey(c, line, LETTER_CONFIG, err);
	if (rc == 0)
		rc = config_read_environment(c, env, err);
	if (rc == 0)
		rc = obey(c, line, LETTER_SET, err);
	if (rc == 0 && (letter_find_given(line, LETTER_SETS, "run.interfaces") ||
			letter_find_given(line, LETTER_SETS, "run.files")))
		c->run.interfaces.n = c->run.files.n = 0;
	if (rc == 0)
		rc = obey(c, line, LETTER_FILTER_FILE, err);
	if (rc == 0)
		rc = obey(c, line, LETTER_SETS, err);
	if (rc == 0)
		rc = obey_words(c, line, err);
	return rc == 0 ? config_finish(c, err) : rc;
}

int
config_obey(struct config *c, int argc, char **argv, char *const *env, char err[BASE_ERROR_LEN])
{
	struct letter_line line;
	int rc = letter_sort(&line, argc, argv, err);

	config_presets(c);
	if (rc == 0 && letter_find_given(&line, LETTER_HELP, NULL))
		rc = CONFIG_HELP;
	if (rc == 0)
		rc = obey_all(c, &line, env, err);
	if (rc == 0 && letter_find_given(&line, LETTER_DUMP, NULL))
		rc = CONFIG_DUMP;
	if (rc == 0 && letter_find_given(&line, LETTER_TEST, NULL))
		rc = CONFIG_TEST;
	letter_line_fini(&line);
	return rc;
}

static void
write_help(FILE *out)
{
	fputs("usage: weir run (-i IFACE | -r FILE) [OPTION ...] [FILTER ...]\n\n"
	      "Turns packets into events and accounts for every one of them.\n\n",
	      out);
	letter_write_help(out);
	fputs("\nEvery setting has a key as well: 'weir list options' names them all. --set, the\n"
	      "environment (WEIR_FLOW__IDLE_TIMEOUT=30s) and --config set keys; options win over\n"
	      "--set, --set over the environment, the environment over the file.\n\n"
	      "Exit status: 0 done; 1 failed while running; 2 wrong usage or configuration;\n"
	      "3 missing privilege; 4 source not found or unreadable; 130 interrupted twice.\n",
	      out);
}

static int
fail(const char *command, const char *err)
{
	fprintf(stderr, "weir %s: %s\n", command, err);
	return EXIT_USAGE;
}

/* libpcap's words about a filter come in lines, and quote it as it was typed. */
static int
fail_filter(const char *command, const char *err)
{
	char safe[2 * BASE_ERROR_LEN];

	text_escape_lines(safe, sizeof(safe), err);
	return fail(command, safe);
}

static int
refuse_no_source(void)
{
	char *interfaces = capture_interfaces_text();

	fail("run", "no source: -i IFACE listens on an interface, -r FILE reads a capture file");
	if (interfaces && *interfaces)
		fprintf(stderr, "interfaces of this machine:\n%s", interfaces);
	free(interfaces);
	return EXIT_USAGE;
}

/* What is left to find out without opening anything: whether the filter is one.  It depends on
 * the link type, which only live sources let us assume. */
static int
test_filter(const struct config *c, char err[BASE_ERROR_LEN])
{
	struct capture_filter *filter = NULL;
	int rc = 0;

	if (*c->run.filter && c->run.files.n == 0)
		rc = capture_filter_new(&filter, c->run.filter, CAPTURE_LINK_ETHERNET,
					(uint32_t)c->capture.snaplen, err);
	capture_filter_free(filter);
	return rc;
}

static int
answer(struct config *c, enum config_wish wish, const char *command)
{
	char err[BASE_ERROR_LEN];

	if (wish == CONFIG_HELP)
		write_help(stdout);
	else if (wish == CONFIG_DUMP)
		config_dump(c, stdout);
	else if (test_filter(c, err) < 0)
		return fail_filter(command, err);
	else
		puts("configuration: ok");
	return command_end_output("weir");
}

int
config_from_command_line(struct config *c, int argc, char **argv)
{
	char err[BASE_ERROR_LEN];
	int rc = config_obey(c, argc, argv, environ, err);

	if (rc < 0)
		return fail("run", err);
	if (rc > 0)
		return answer(c, (enum config_wish)rc, "run");
	return c->n_sources > 0 ? CONFIG_RUN : refuse_no_source();
}

int
config_check_command_line(struct config *c, int argc, char **argv)
{
	char err[BASE_ERROR_LEN];
	int rc = config_obey(c, argc, argv, environ, err);

	if (rc < 0)
		return fail("check", err);
	return answer(c, rc > 0 ? (enum config_wish)rc : CONFIG_TEST, "check");
}
