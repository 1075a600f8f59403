/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schema.c - `weir schema`: the events' schema, from the field table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/exit.h"
#include "base/option.h"
#include "base/text.h"
#include "event/event.h"

struct wish {
	uint32_t dialect;
};

static const struct option dialect_option[] = {
	{ .name = "schema",
	  .type = OPTION_CHOICE,
	  .choices = "native|layered|flow-sample",
	  .preset = "native",
	  .doc = "Dialect to describe." },
};

static const struct option_group dialect_group = {
	.prefix = "",
	.options = dialect_option,
	.n_options = ARRAY_LEN(dialect_option),
	.size = sizeof(struct wish),
};

static int
print_usage(FILE *out, int status)
{
	fprintf(out, "usage: weir schema json [--schema %s]\n", dialect_option->choices);
	return status;
}

static int
print_json(uint32_t dialect)
{
	char *text = event_schema_json((enum event_dialect)dialect);

	if (!text) {
		fputs("weir schema: no memory for the schema\n", stderr);
		return EXIT_FAILED;
	}
	fputs(text, stdout);
	free(text);
	return command_end_output("weir schema");
}

int
cmd_schema(int argc, char **argv)
{
	char err[BASE_ERROR_LEN], quoted[TEXT_QUOTED];
	const char *language = NULL, *name = "native";
	struct wish wish;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return print_usage(stdout, EXIT_DONE);
		if (strcmp(argv[i], "--schema") == 0 && i + 1 < argc) {
			name = argv[++i];
		} else if (strncmp(argv[i], "--schema=", 9) == 0) {
			name = argv[i] + 9;
		} else if (argv[i][0] != '-' && !language) {
			language = argv[i];
		} else {
			fprintf(stderr, "weir schema: '%s' is not expected; ",
				text_quote(quoted, argv[i]));
			return print_usage(stderr, EXIT_USAGE);
		}
	}
	if (!language)
		return print_usage(stderr, EXIT_USAGE);
	if (strcmp(language, "json") != 0) {
		fprintf(stderr, "weir schema: '%s' is no language this build writes; json is\n",
			text_quote(quoted, language));
		return EXIT_USAGE;
	}
	if (option_set(&dialect_group, &wish, "schema", name, err) < 0) {
		fprintf(stderr, "weir schema: --schema: %s\n", err);
		return EXIT_USAGE;
	}
	if (wish.dialect == EVENT_DIALECT_LINE) {
		fputs("weir schema: --schema: line is text for people and has no JSON Schema\n",
		      stderr);
		return EXIT_USAGE;
	}
	return print_json(wish.dialect);
}
