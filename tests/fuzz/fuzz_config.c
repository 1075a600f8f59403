/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_config.c - every way into the settings.
 *
 * The first byte chooses it: a YAML file, keys as for --set, an environment, or
 * a command line; the rest is the input, in lines.  Whatever comes: a message is
 * one line without control characters, and what was accepted can be written
 * down and read again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX_SIZE = 1 << 13,
	MAX_WORDS = 64,
	MAX_REFUSED = 4, /* keys; finding what might have been meant takes long */
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_message(int rc, const char *err)
{
	require(rc >= 0 || *err);
	for (; rc < 0 && *err; err++)
		require((unsigned char)*err >= 0x20 && *err != 0x7f);
}

static char *
dumped(const struct config *c, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	require(out != NULL);
	config_dump(c, out);
	fclose(out);
	return text;
}

/* YAML is UTF-8, so nothing in it is without notation. */
static void
check_dump(const struct config *c, struct config *again)
{
	char err[BASE_ERROR_LEN] = "";
	size_t len, len2;
	char *text = dumped(c, &len), *text2;

	config_presets(again);
	require(config_read_yaml(again, "dump", text, len, err) == 0);
	text2 = dumped(again, &len2);
	require(len == len2 && memcmp(text, text2, len) == 0);
	free(text);
	free(text2);
}

static void
fuzz_yaml(struct config *c, struct config *again, const char *text, size_t len)
{
	char err[BASE_ERROR_LEN] = "";
	int rc = config_read_yaml(c, "fuzz\n.yaml", text, len, err);

	check_message(rc, err);
	if (rc == 0)
		check_dump(c, again);
	if (rc == 0)
		check_message(config_finish(c, err), err);
}

static void
fuzz_keys(struct config *c, char *text)
{
	int refused = 0;

	for (char *line; refused < MAX_REFUSED && (line = strsep(&text, "\n")) != NULL;) {
		char err[BASE_ERROR_LEN] = "";
		char *equals = strchr(line, '=');
		int rc;

		if (equals)
			*equals = '\0';
		rc = config_set(c, line, equals ? equals + 1 : "", err);
		check_message(rc, err);
		refused += rc < 0;
	}
}

/* Files are not part of the input, so options that name one are left out. */
static bool
names_a_file(int argc, char **argv)
{
	struct letter_line line;
	char err[BASE_ERROR_LEN];
	bool names;

	names = letter_sort(&line, argc, argv, err) == 0 &&
		(letter_find_given(&line, LETTER_CONFIG, NULL) ||
		 letter_find_given(&line, LETTER_FILTER_FILE, NULL));
	letter_line_fini(&line);
	return names;
}

static void
fuzz_lines(struct config *c, char *text, bool environment)
{
	static char name[] = "run";
	char *word[MAX_WORDS + 2] = { name }, *none[] = { NULL };
	char err[BASE_ERROR_LEN] = "";
	int n = 1;

	for (char *line; n <= MAX_WORDS && (line = strsep(&text, "\n")) != NULL;)
		word[n++] = line;
	if (environment)
		check_message(config_read_environment(c, word, err), err);
	else if (!names_a_file(n, word))
		check_message(config_obey(c, n, word, none, err), err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Large, so they are kept; presets are made once and copied. */
	static struct config preset, now, again;
	static bool ready;
	struct config *c = &now;
	char *text;

	if (size < 1 || size > MAX_SIZE)
		return 0;
	if (!ready)
		config_presets(&preset);
	ready = true;
	memcpy(c, &preset, sizeof(*c));
	text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 'y':
		fuzz_yaml(c, &again, text, size - 1);
		break;
	case 's':
		fuzz_keys(c, text);
		break;
	default:
		fuzz_lines(c, text, data[0] == 'e');
	}
	free(text);
	return 0;
}
