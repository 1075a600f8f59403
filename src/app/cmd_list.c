/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_list.c - `weir list`: what this binary has, from its tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/config.h"
#include "app/exit.h"
#include "base/text.h"
#include "proto/proto.h"
#include "sink/sink.h"

static void
list_sources(void)
{
	for (const struct capture_ops *const *row = capture_table; *row; row++)
		printf("%-12s %s\n", (*row)->name, (*row)->summary);
}

static void
list_sinks(void)
{
	for (const struct sink_ops *const *row = sink_table; *row; row++) {
		const struct option_group *g = &(*row)->options;

		printf("%-12s %s\n", (*row)->scheme, (*row)->summary);
		for (size_t i = 0; i < g->n_options; i++)
			printf("    ?%s=%s\n        %s\n", g->options[i].name, g->options[i].preset,
			       g->options[i].doc);
	}
}

static void
list_protocols(void)
{
	for (const struct proto_ops *const *row = proto_table; *row; row++)
		printf("%-12s %s\n", event_table[(*row)->kind].name, (*row)->summary);
}

static void
list_options(void)
{
	for (const struct config_group *row = config_table; row->group; row++) {
		const struct option_group *g = row->group;

		for (size_t i = 0; i < g->n_options; i++)
			printf("%s%s%s = %s\n        %s\n", g->prefix, *g->prefix ? "." : "",
			       g->options[i].name, g->options[i].preset, g->options[i].doc);
	}
}

static void
list_counters(void)
{
	for (size_t i = 0; i < EVENT_COUNTERS; i++)
		printf("%-32s %-8s %s\n", event_counter_table[i].name, event_counter_table[i].unit,
		       event_counter_table[i].doc);
}

static void
list_config(void)
{
	config_write_example(stdout);
}

static void
options_markdown(void)
{
	config_write_markdown(stdout);
}

/* One thing that can be listed: printed by a function, or a text somebody else made. */
struct subject {
	const char *name;
	void (*print)(void);
	char *(*text)(void);
	void (*print_markdown)(void);
	char *(*markdown)(void);
};

static const struct subject subjects[] = {
	{ .name = "sources", .print = list_sources },
	{ .name = "sinks", .print = list_sinks },
	{ .name = "protocols", .print = list_protocols },
	{ .name = "fields", .text = event_fields_text, .markdown = event_fields_markdown },
	{ .name = "interfaces", .text = capture_interfaces_text },
	{ .name = "options", .print = list_options, .print_markdown = options_markdown },
	{ .name = "counters", .print = list_counters, .markdown = event_counters_markdown },
	{ .name = "config", .print = list_config },
};

static int
print_text(char *text)
{
	if (!text) {
		fputs("weir list: no memory for the text\n", stderr);
		return EXIT_FAILED;
	}
	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static int
print_subject(const struct subject *s, bool markdown)
{
	void (*print)(void) = markdown ? s->print_markdown : s->print;
	char *(*text)(void) = markdown ? s->markdown : s->text;

	if (print) {
		print();
	} else if (text) {
		if (print_text(text()) != EXIT_DONE)
			return EXIT_FAILED;
	} else {
		fprintf(stderr, "weir list: %s cannot be written as Markdown\n", s->name);
		return EXIT_USAGE;
	}
	return command_end_output("weir list");
}

static int
refuse(const char *word)
{
	const char *names[ARRAY_LEN(subjects)], *nearest;
	char quoted[TEXT_QUOTED];

	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		names[i] = subjects[i].name;
	nearest = option_nearest(word, names, ARRAY_LEN(subjects));
	fprintf(stderr,
		"weir list: there is no list of '%s'%s%s%s; there are:", text_quote(quoted, word),
		nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static int
print_usage(FILE *out, int status)
{
	fputs("usage: weir list SUBJECT [--markdown]\nsubjects:", out);
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		fprintf(out, " %s", subjects[i].name);
	fputc('\n', out);
	return status;
}

int
cmd_list(int argc, char **argv)
{
	const char *subject = NULL;
	bool markdown = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return print_usage(stdout, EXIT_DONE);
		if (strcmp(argv[i], "--markdown") == 0)
			markdown = true;
		else if (argv[i][0] == '-' || subject)
			return refuse(argv[i]);
		else
			subject = argv[i];
	}
	if (!subject)
		return print_usage(stderr, EXIT_USAGE);
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		if (strcmp(subjects[i].name, subject) == 0)
			return print_subject(&subjects[i], markdown);
	return refuse(subject);
}
