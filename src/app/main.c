/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - finds the subcommand. */
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/exit.h"
#include "base/option.h"
#include "base/text.h"
#include "capture/capture.h"
#include "sink/sink.h"

enum { COMMANDS_MAX = 32 };

static int
print_help(void)
{
	puts("weir turns the packets on a link into events, and accounts for every packet.\n\n"
	     "usage: weir COMMAND [ARGUMENT ...]\n");
	for (const struct command *c = command_table; c->name; c++)
		printf("  %-8s %s\n           %s\n", c->name, c->summary, c->arguments);
	puts("  version  Version and features.\n"
	     "  help     This help; 'weir help COMMAND' is that of a command.\n\n"
	     "Examples:\n"
	     "  weir run -i eth0                          watch a link\n"
	     "  weir run -r file.pcap                     what is in a capture file\n"
	     "  weir run -i any udp port 53               only DNS, filtered in the kernel\n"
	     "  weir run -i eth0 -o file:events           events to files, rotated\n"
	     "  weir run -r file.pcap --events dns,flow | jq .\n\n"
	     "Exit status: 0 done; 1 failed while running; 2 wrong usage or configuration;\n"
	     "3 missing privilege; 4 source not found or unreadable; 130 interrupted twice.");
	return command_end_output("weir");
}

static int
print_version(void)
{
	printf("weir %s\n", WEIR_VERSION);
	printf("sources:");
	for (const struct capture_ops *const *row = capture_table; *row; row++)
		printf(" %s", (*row)->name);
	printf("\nsinks:");
	for (const struct sink_ops *const *row = sink_table; *row; row++)
		printf(" %s", (*row)->scheme);
	printf("\nfilters: %s\n", pcap_lib_version());
	return command_end_output("weir");
}

static int
refuse(const char *name)
{
	const char *names[COMMANDS_MAX] = { "version", "help" }, *nearest;
	char quoted[TEXT_QUOTED];
	size_t n = 2;

	for (const struct command *c = command_table; c->name && n < COMMANDS_MAX; c++)
		names[n++] = c->name;
	nearest = option_nearest(name, names, n);
	text_quote(quoted, name);
	if (nearest)
		fprintf(stderr, "weir: unknown command '%s'; did you mean '%s'?\n", quoted,
			nearest);
	else
		fprintf(stderr, "weir: unknown command '%s'; 'weir help' names all of them\n",
			quoted);
	return EXIT_USAGE;
}

static bool
is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* argv[0] is the subcommand's name. */
static int
run_command(int argc, char **argv)
{
	for (const struct command *c = command_table; c->name; c++)
		if (strcmp(c->name, argv[0]) == 0)
			return c->run(argc, argv);
	return refuse(argv[0]);
}

/* Started without one of the three standard files, the next file opened would take its number and
 * get what is meant for it.  What stands in refuses every read or write. */
static void
fill_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILED);
}

int
main(int argc, char **argv)
{
	char help[] = "--help";

	fill_standard_files();
	if (argc < 2)
		return print_help();
	if (is_one_of(argv[1], "version", "--version", "-V"))
		return print_version();
	if (!is_one_of(argv[1], "help", "--help", "-h"))
		return run_command(argc - 1, argv + 1);
	if (argc == 2)
		return print_help();
	return run_command(2, (char *[]){ argv[2], help, NULL });
}
