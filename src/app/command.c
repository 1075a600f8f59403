/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - what subcommands that print have in common. */
#include "app/command.h"

#include <stdio.h>

#include "app/exit.h"

int
command_end_output(const char *command)
{
	/* A full disk may have been met long before: the stream remembers. */
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed)
		return EXIT_DONE;
	fprintf(stderr, "%s: standard output: %m\n", command);
	return EXIT_FAILED;
}
