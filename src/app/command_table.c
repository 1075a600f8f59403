/* SPDX-License-Identifier: Apache-2.0 */
/* command_table.c - to add a subcommand: write cmd_NAME.c, add its row. */
#include "app/command.h"

const struct command command_table[] = {
	{ "run", "(-i IFACE | -r FILE) [OPTION ...] [FILTER ...]",
	  "The sensor: packets to events, every one accounted for.", cmd_run },
	{ "list", "sources|sinks|protocols|fields|interfaces|options|counters|config",
	  "What this binary has.", cmd_list },
	{ "schema", "json [--schema NAME]", "The schema of the events.", cmd_schema },
	{ "check", "--config FILE [OPTION ...]", "Test a configuration.", cmd_check },
	{ NULL, NULL, NULL, NULL },
};
