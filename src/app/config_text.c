/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.c - settings as YAML and as a document. */
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/letter.h"
#include "base/text.h"
#include "sink/sink.h"

/* A YAML double-quoted scalar.  A byte that is not UTF-8 becomes the character of the same number:
 * YAML has no notation for it. */
static void
write_quoted(FILE *out, const char *text)
{
	size_t len = strlen(text);

	fputc('"', out);
	for (size_t n; len > 0; text += n, len -= n) {
		char shown[24];

		n = text_utf8(text, len);
		if (n == 0 || (n == 1 && (*text < 0x20 || *text == 0x7f)))
			fprintf(out, "\\x%02X", (unsigned)(unsigned char)*text);
		else if (n == 1 && (*text == '"' || *text == '\\'))
			fprintf(out, "\\%c", *text);
		else if (n == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0)
			fprintf(out, "\\x%02X", (unsigned)(unsigned char)text[1]);
		else if (text_escape_bytes(shown, sizeof(shown), text, n) > n)
			fprintf(out, "\\u%02X%02X", 0x20,
				(unsigned)((((unsigned char)text[1] & 1) << 6) |
					   ((unsigned char)text[2] & 0x3f)));
		else
			fwrite(text, 1, n, out);
		n = n ? n : 1;
	}
	fputc('"', out);
}

static void
write_value(FILE *out, const struct option *o, const void *values)
{
	const void *at = (const char *)values + o->offset;
	const struct option_list *list = at;
	char text[64];

	if (o->type == OPTION_STRING) {
		write_quoted(out, at);
	} else if (o->type == OPTION_LIST) {
		fputc('[', out);
		for (uint32_t i = 0; i < list->n; i++) {
			fputs(i ? ", " : "", out);
			write_quoted(out, list->item[i]);
		}
		fputc(']', out);
	} else {
		option_text(o, values, text, sizeof(text));
		fputs(text, out);
	}
}

/* What may be given, for the documents. */
static void
write_allowed(FILE *out, const struct option *o)
{
	static const char *const name[] = {
		[OPTION_BOOL] = "true or false", [OPTION_UINT] = "number", [OPTION_SIZE] = "size",
		[OPTION_DURATION] = "duration",  [OPTION_STRING] = "text", [OPTION_LIST] = "list",
	};
	struct option bound = *o;
	char low[64], high[64];

	if (o->type == OPTION_CHOICE) {
		for (const char *p = o->choices; *p; p += strcspn(p, "|"), p += *p == '|')
			fprintf(out, "%s%.*s", p == o->choices ? "" : ", ", (int)strcspn(p, "|"),
				p);
		return;
	}
	fputs(name[o->type], out);
	if (!o->min && !o->max)
		return;
	bound.offset = 0;
	option_text(&bound, &o->min, low, sizeof(low));
	option_text(&bound, &o->max, high, sizeof(high));
	fprintf(out, o->max ? ", %s to %s" : ", at least %s", low, high);
}

static void
write_yaml(const struct config *c, FILE *out, bool explained)
{
	for (const struct config_group *row = config_table; row->group; row++) {
		const struct option_group *g = row->group;
		const char *indent = *g->prefix ? "  " : "";

		if (explained)
			fprintf(out, "\n# %s\n", g->doc);
		if (*g->prefix)
			fprintf(out, "%s:\n", g->prefix);
		for (size_t i = 0; i < g->n_options; i++) {
			if (explained) {
				fprintf(out, "%s# %s (", indent, g->options[i].doc);
				write_allowed(out, &g->options[i]);
				fputs(")\n", out);
			}
			fprintf(out, "%s%s: ", indent, g->options[i].name);
			write_value(out, &g->options[i], (const char *)c + row->offset);
			fputc('\n', out);
		}
	}
}

void
config_dump(const struct config *c, FILE *out)
{
	write_yaml(c, out, false);
}

void
config_write_example(FILE *out)
{
	struct config *c = malloc(sizeof(*c));

	if (!c)
		return;
	config_presets(c);
	fputs("# SPDX-License-Identifier: Apache-2.0\n"
	      "# Settings of weir, with their presets.  Made by 'weir list config'.\n"
	      "# 'weir check --config FILE' tests a file, 'weir run --config FILE' uses it.\n",
	      out);
	write_yaml(c, out, true);
	free(c);
}

static void
write_row(FILE *out, const struct option_group *g, const struct option *o)
{
	fprintf(out, "| `%s%s%s` | ", g->prefix, *g->prefix ? "." : "", o->name);
	write_allowed(out, o);
	fprintf(out, " | %s%s%s | %s |\n", *o->preset ? "`" : "", o->preset, *o->preset ? "`" : "",
		o->doc);
}

static void
write_letters(FILE *out)
{
	fputs("\n## Options of `weir run`\n\n| option | key | meaning |\n|---|---|---|\n", out);
	for (size_t i = 0; i < letter_count; i++) {
		const struct letter *l = &letter_table[i];
		char letter[8] = "", name[64] = "";

		if (l->letter)
			snprintf(letter, sizeof(letter), "-%c", l->letter);
		if (l->name)
			snprintf(name, sizeof(name), "--%s", l->name);
		fprintf(out, "| `%s%s%s%s%s` | %s%s%s | %s%s |\n", letter,
			*letter && *name ? ", " : "", name, l->argument ? " " : "",
			l->argument ? l->argument : "", l->key ? "`" : "", l->key ? l->key : "",
			l->key ? "`" : "", l->does == LETTER_REFUSED ? "Refused: " : "", l->doc);
	}
}

static void
write_sinks(FILE *out)
{
	fputs("\n## Outputs\n\nOptions of an output stand behind its URL: "
	      "`file:DIR?name=value&name=value`.\n",
	      out);
	for (const struct sink_ops *const *row = sink_table; *row; row++) {
		struct option_group g = (*row)->options;

		fprintf(out, "\n### `%s`\n\n%s\n", (*row)->scheme, (*row)->summary);
		if (g.n_options)
			fputs("\n| option | value | preset | meaning |\n|---|---|---|---|\n", out);
		g.prefix = "";
		for (size_t i = 0; i < g.n_options; i++)
			write_row(out, &g, &g.options[i]);
	}
}

void
config_write_markdown(FILE *out)
{
	fputs("# Settings\n\nMade by `weir list options --markdown` from the tables in the source: "
	      "do not edit.\n\n"
	      "A setting has one key. Its value comes from, the later ones winning: its preset; "
	      "the "
	      "YAML file of\n`--config` (nested maps are dots); the environment "
	      "(`WEIR_FLOW__IDLE_TIMEOUT` is `flow.idle_timeout`);\n`--set key=value`; an option "
	      "of "
	      "the command line. Lists are sequences in the file and separated by\ncommas "
	      "elsewhere; "
	      "a list takes the place of the one before it.\n\n"
	      "Durations: `500us`, `100ms`, `60s`, `5m`, `1h`, `7d`; a bare number is seconds. "
	      "Sizes: bytes, or with\n`KiB`, `MiB`, `GiB` (`K`, `M`, `G` are the same) or `kB`, "
	      "`MB`, `GB` (powers of ten).\n",
	      out);
	for (const struct config_group *row = config_table; row->group; row++) {
		fprintf(out,
			"\n## %s\n\n%s\n\n| key | value | preset | meaning |\n|---|---|---|---|\n",
			*row->group->prefix ? row->group->prefix : "On top", row->group->doc);
		for (size_t i = 0; i < row->group->n_options; i++)
			write_row(out, row->group, &row->group->options[i]);
	}
	write_sinks(out);
	write_letters(out);
}
