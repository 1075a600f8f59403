/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - `weir run`: from the command line to the exit status.
 *
 * The main thread waits for signals, keys, notes of other threads and the end;
 * it never touches a packet or an event.  The first SIGINT, SIGTERM or q stops
 * the sources, after which everything that is on its way arrives; a second
 * one leaves at once.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/config.h"
#include "app/exit.h"
#include "app/status.h"
#include "app/summary.h"
#include "app/terminal.h"
#include "app/topology.h"
#include "base/clock.h"
#include "base/text.h"

enum { TICK_MS = 250, MAX_WARNINGS = 16 };

struct run {
	struct config config;
	struct topology topology;
	struct status status;
	struct terminal terminal;
	struct note_box *notes;
	int note_fd, signal_fd;
	uint64_t begin_ns, bytes_total;
	unsigned interrupts;
	bool failed;
	char warning[MAX_WARNINGS][BASE_ERROR_LEN];
	size_t n_warnings;
};

/* Prints one message, escaped, above the status line. */
static void
say(struct run *r, enum note_level level, const char *text)
{
	static const char *const prefix[] = {
		[NOTE_INFO] = "weir: ",
		[NOTE_WARNING] = "weir: warning: ",
		[NOTE_ERROR] = "weir: ",
	};
	char safe[2 * BASE_ERROR_LEN];

	text_escape(safe, sizeof(safe), text);
	status_hold(&r->status);
	fprintf(stderr, "%s%s\n", prefix[level], safe);
	status_go_on(&r->status);
}

static void
take_notes(struct run *r)
{
	enum note_level level;
	char text[BASE_ERROR_LEN];
	uint64_t count;

	if (read(r->note_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	while (note_take(r->notes, &level, text)) {
		say(r, level, text);
		if (level == NOTE_ERROR)
			r->failed = true;
		if (level != NOTE_INFO && r->n_warnings < MAX_WARNINGS)
			snprintf(r->warning[r->n_warnings++], BASE_ERROR_LEN, "%s", text);
	}
}

/* Signals are read from a file; blocked before any thread starts, in all of them. */
static int
catch_signals(struct run *r)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaddset(&set, caught[i]);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -EINVAL;
	r->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return r->signal_fd < 0 ? -errno : 0;
}

static void
sample(struct run *r, struct status_sample *out)
{
	memset(out, 0, sizeof(*out));
	out->time_ns = clock_ns(CLOCK_MONOTONIC) - r->begin_ns;
	analysis_sum_counts(&r->topology.analysis, out->value);
	out->bytes_total = r->bytes_total;
	/* The records' own headers are a small part of a file. */
	out->bytes_done =
		out->value[COUNT_CAPTURE_CAPTURED_BYTES] + out->value[COUNT_CAPTURE_PACKETS] * 16;
	if (out->bytes_done > out->bytes_total)
		out->bytes_done = out->bytes_total;
}

static void
interrupt(struct run *r)
{
	if (++r->interrupts > 1) {
		terminal_close(&r->terminal);
		status_fini(&r->status);
		_exit(EXIT_INTERRUPTED);
	}
	counter_flag_set(&r->topology.stop);
}

static void
take_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		struct status_sample now;

		if (info.ssi_signo != SIGUSR1) {
			interrupt(r);
			continue;
		}
		sample(r, &now);
		status_hold(&r->status);
		fprintf(stderr, "weir: %llu packets, %llu flows, %llu events, %llu lost\n",
			(unsigned long long)now.value[COUNT_CAPTURE_PACKETS],
			(unsigned long long)now.value[COUNT_FLOWS_CREATED],
			(unsigned long long)now.value[COUNT_EVENTS_NUMBERED],
			(unsigned long long)summary_losses(now.value));
		status_go_on(&r->status);
	}
}

static void
main_loop(struct run *r)
{
	struct pollfd fds[] = {
		{ .fd = r->topology.done_fd, .events = POLLIN },
		{ .fd = r->signal_fd, .events = POLLIN },
		{ .fd = r->note_fd, .events = POLLIN },
		{ .fd = r->terminal.open ? STDIN_FILENO : -1, .events = POLLIN },
	};
	uint64_t limit = r->topology.live ? r->config.run.duration_ns : 0;

	while (!(fds[0].revents & POLLIN)) {
		struct status_sample now;

		(void)poll(fds, ARRAY_LEN(fds), TICK_MS);
		take_signals(r);
		take_notes(r);
		if (fds[3].revents & (POLLHUP | POLLERR))
			fds[3].fd = -1;
		else if (fds[3].revents & POLLIN && terminal_asks_to_quit(&r->terminal))
			interrupt(r);
		if (limit && clock_ns(CLOCK_MONOTONIC) - r->begin_ns >= limit) {
			counter_flag_set(&r->topology.stop);
			limit = 0;
		}
		sample(r, &now);
		status_update(&r->status, &now);
	}
}

static void
measure_files(struct run *r)
{
	for (size_t i = 0; i < r->config.n_sources && !r->topology.live; i++) {
		struct stat st;

		if (stat(r->config.source[i].name, &st) == 0 && S_ISREG(st.st_mode))
			r->bytes_total += (uint64_t)st.st_size;
	}
}

/* The second number of statm is pages in memory (proc(5)). */
static uint64_t
resident_bytes(void)
{
	char text[128] = "", *second;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	second = fgets(text, sizeof(text), f) ? strchr(text, ' ') : NULL;
	fclose(f);
	return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* The packet times seen, over all packet threads. */
static void
find_times(const struct topology *t, struct summary *s)
{
	s->first_packet_ns = UINT64_MAX;
	for (size_t i = 0; i < t->n_workers; i++) {
		const struct worker *w = t->worker[i];

		if (w->seen_packet && w->first_ns < s->first_packet_ns)
			s->first_packet_ns = w->first_ns;
		if (w->seen_packet && w->last_ns > s->last_packet_ns)
			s->last_packet_ns = w->last_ns;
	}
	if (s->first_packet_ns == UINT64_MAX)
		s->first_packet_ns = 0;
}

static void
print_stages(const struct topology *t, uint64_t packets)
{
	struct worker_stages sum = { 0 };

	for (size_t i = 0; i < t->n_workers; i++) {
		sum.recv += t->worker[i]->stage.recv;
		sum.decode += t->worker[i]->stage.decode;
		sum.track += t->worker[i]->stage.track;
		sum.rest += t->worker[i]->stage.rest;
	}
	if (packets > 0)
		fprintf(stderr,
			"{\"stage_ns_per_packet\":{\"recv\":%.1f,\"decode\":%.1f,\"flow_proto_"
			"emit\":%.1f,"
			"\"publish\":%.1f}}\n",
			(double)sum.recv / (double)packets, (double)sum.decode / (double)packets,
			(double)sum.track / (double)packets, (double)sum.rest / (double)packets);
}

static void
print_summary(struct run *r)
{
	struct topology *t = &r->topology;
	struct analyze_talker talker[SUMMARY_ROWS];
	struct analyze_protocol protocol[SUMMARY_ROWS];
	char address[SUMMARY_ROWS][NET_ADDR_TEXT];
	struct summary_talker talker_row[SUMMARY_ROWS];
	struct summary_protocol protocol_row[SUMMARY_ROWS];
	struct summary_sink sink_row[ANALYSIS_SINKS];
	const char *warnings[MAX_WARNINGS];
	uint64_t value[EVENT_COUNTERS];
	struct summary s = { .value = value, .talkers = talker_row, .protocols = protocol_row };

	analysis_sum_counts(&t->analysis, value);
	s.elapsed_ns = clock_ns(CLOCK_MONOTONIC) - r->begin_ns;
	s.memory_bytes = resident_bytes();
	s.live = t->live;
	find_times(t, &s);
	s.n_talkers = analyze_top_talkers(t->analysis.summary, talker, SUMMARY_ROWS);
	for (size_t i = 0; i < s.n_talkers; i++) {
		net_addr_text(&talker[i].addr, address[i]);
		talker_row[i] = (struct summary_talker){ address[i], talker[i].packets,
							 talker[i].bytes, talker[i].flows };
	}
	s.n_protocols = analyze_top_protocols(t->analysis.summary, protocol, SUMMARY_ROWS);
	for (size_t i = 0; i < s.n_protocols; i++)
		protocol_row[i] = (struct summary_protocol){ protocol[i].name, protocol[i].packets,
							     protocol[i].bytes };
	for (size_t i = 0; i < t->n_sinks; i++) {
		const uint64_t *c = t->sink[i]->count;

		sink_row[i] = (struct summary_sink){ t->sink[i]->name, c[COUNT_EVENTS_WRITTEN],
						     c[COUNT_EVENTS_SINK_FAILED] };
	}
	for (size_t i = 0; i < r->n_warnings; i++)
		warnings[i] = r->warning[i];
	s.sinks = sink_row;
	s.n_sinks = t->n_sinks;
	s.warnings = warnings;
	s.n_warnings = r->n_warnings;
	summary_print(stderr, &s, config_is_coloured(&r->config, STDERR_FILENO));
	if (r->config.bench.stages)
		print_stages(t, value[COUNT_CAPTURE_PACKETS]);
}

static int
exit_status_of(const struct run *r)
{
	const struct topology *t = &r->topology;
	bool failed = r->failed || t->writer.failed;

	for (size_t i = 0; i < t->n_workers; i++)
		failed = failed ||
			 (t->worker[i]->end != -ENODATA && t->worker[i]->end != -ECANCELED);
	for (size_t i = 0; i < t->n_sinks; i++)
		failed = failed || t->sink[i]->count[COUNT_EVENTS_SINK_FAILED] > 0;
	return failed ? EXIT_FAILED : EXIT_DONE;
}

/* -v: what was taken and opened. */
static void
print_opened(const struct run *r)
{
	const struct topology *t = &r->topology;
	char memory[32];

	text_bytes(memory, sizeof(memory), t->memory_bytes);
	fprintf(stderr, "weir: %zu packet threads, %zu sinks, epoch %u; %s for tables and rings\n",
		t->n_workers, t->n_sinks, t->epoch, memory);
	for (size_t i = 0; i < t->n_workers; i++) {
		char name[2 * CONFIG_PATH];

		text_escape(name, sizeof(name), t->worker[i]->requests[0].what);
		fprintf(stderr, "weir: packet thread %zu reads %s (%s)\n", i, name,
			t->worker[i]->row);
	}
}

static int
run_topology(struct run *r)
{
	int result;

	measure_files(r);
	if (r->config.run.verbose)
		print_opened(r);
	r->begin_ns = clock_ns(CLOCK_MONOTONIC);
	status_init(&r->status, STDERR_FILENO, !r->config.run.quiet,
		    config_is_coloured(&r->config, STDERR_FILENO));
	terminal_open(&r->terminal);
	result = topology_start(&r->topology);
	if (result < 0) {
		terminal_close(&r->terminal);
		fprintf(stderr,
			"weir: cannot start a thread: %s; raise the limit of processes (ulimit "
			"-u)\n",
			strerror(-result));
		/* Threads that did start hold the tables: leaving is all that is left. */
		_exit(EXIT_FAILED);
	}
	main_loop(r);
	topology_join(&r->topology);
	take_notes(r);
	status_fini(&r->status);
	terminal_close(&r->terminal);
	if (!r->config.run.quiet)
		print_summary(r);
	return exit_status_of(r);
}

static int
open_and_run(struct run *r)
{
	char err[BASE_ERROR_LEN] = "", safe[2 * BASE_ERROR_LEN];
	int status;

	r->note_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->notes = note_new(r->note_fd);
	if (r->note_fd < 0 || !r->notes || catch_signals(r) < 0) {
		fprintf(stderr, "weir: cannot set up signals: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	status = topology_open(&r->topology, &r->config, r->notes, &r->status, err);
	if (status != EXIT_DONE) {
		text_escape_lines(safe, sizeof(safe), err);
		fprintf(stderr, "weir: %s\n", safe);
	} else {
		status = run_topology(r);
	}
	topology_close(&r->topology);
	note_free(r->notes);
	close(r->note_fd);
	close(r->signal_fd);
	return status;
}

int
cmd_run(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	int status;

	if (!r) {
		fprintf(stderr, "weir: no memory to start\n");
		return EXIT_FAILED;
	}
	status = config_from_command_line(&r->config, argc, argv);
	if (status == CONFIG_RUN)
		status = open_and_run(r);
	free(r);
	return status;
}
