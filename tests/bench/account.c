/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.c - runs one command and says what it cost.
 *
 *   account RESULT COMMAND [ARGUMENT ...]
 *
 * Writes to the file RESULT one JSON line with the kernel's accounting of the
 * command: wall clock, user and system time, and the most memory that was
 * resident.  It is a program of its own because that last figure includes what
 * the process was before it became COMMAND: here that is one megabyte, in an
 * interpreter twenty.  SIGINT, SIGTERM and SIGUSR1 are passed on.
 *
 * Status: 0 when the line was written; it carries the command's own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void
pass_on(int signal_number)
{
	if (child > 0)
		kill((pid_t)child, signal_number);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static int
wait_for(pid_t pid, int *status, struct rusage *usage)
{
	pid_t got;

	do
		got = wait4(pid, status, 0, usage);
	while (got < 0 && errno == EINTR);
	return got == pid ? 0 : -errno;
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = pass_on };
	struct rusage usage;
	int status = 0;
	double begin;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: account RESULT COMMAND [ARGUMENT ...]\n");
		return 2;
	}
	out = fopen(argv[1], "we");
	if (!out) {
		fprintf(stderr, "account: cannot write %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	begin = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "account: cannot run %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	child = pid;
	if (pid < 0 || wait_for(pid, &status, &usage) < 0) {
		fprintf(stderr, "account: %s\n", strerror(errno));
		return 1;
	}
	fprintf(out,
		"{\"wall\":%.6f,\"user\":%.6f,\"sys\":%.6f,\"rss_kib\":%ld,\"status\":%d,"
		"\"signal\":%d}\n",
		now() - begin, seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return fclose(out) == 0 ? 0 : 1;
}
