/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - `weir check`: tests a configuration as `weir run -T` does. */
#include <stdio.h>
#include <stdlib.h>

#include "app/command.h"
#include "app/config.h"
#include "app/exit.h"

int
cmd_check(int argc, char **argv)
{
	struct config *c;
	int status;

	if (argc < 2) {
		fputs("usage: weir check --config FILE [OPTION ...]\n", stderr);
		return EXIT_USAGE;
	}
	c = malloc(sizeof(*c));
	if (!c) {
		fputs("weir check: no memory to start\n", stderr);
		return EXIT_FAILED;
	}
	status = config_check_command_line(c, argc, argv);
	free(c);
	return status;
}
