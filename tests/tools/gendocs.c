/* SPDX-License-Identifier: Apache-2.0 */
/* gendocs.c - prints what is made from the field table: "events", "counters", "fields", or the
 * JSON Schema of a dialect by its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"

static char *
text_called(const char *name)
{
	if (strcmp(name, "events") == 0)
		return event_fields_markdown();
	if (strcmp(name, "counters") == 0)
		return event_counters_markdown();
	if (strcmp(name, "fields") == 0)
		return event_fields_text();
	if (strcmp(name, "native") == 0)
		return event_schema_json(EVENT_DIALECT_NATIVE);
	if (strcmp(name, "layered") == 0)
		return event_schema_json(EVENT_DIALECT_LAYERED);
	if (strcmp(name, "flow-sample") == 0)
		return event_schema_json(EVENT_DIALECT_FLOW_SAMPLE);
	return NULL;
}

int
main(int argc, char **argv)
{
	char *text = argc == 2 ? text_called(argv[1]) : NULL;

	if (!text) {
		fprintf(stderr,
			"usage: gendocs events|counters|fields|native|layered|flow-sample\n");
		return 2;
	}
	fputs(text, stdout);
	free(text);
	return ferror(stdout) || fflush(stdout) != 0;
}
