/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - the subcommands of weir. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "base/base.h"

struct command {
	const char *name;
	const char *arguments; /* for the help */
	const char *summary;   /* one line of help */
	/* argv[0] is the subcommand's name; returns the exit status. */
	int (*run)(int argc, char **argv);
};

/* command_table.c: ended by a row without name */
extern const struct command command_table[];

/* Has all that was printed on standard output arrived?  EXIT_DONE; else EXIT_FAILED, said under the
 * command's name ("weir list"). */
int command_end_output(const char *command);

int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
