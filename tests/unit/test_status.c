/* SPDX-License-Identifier: Apache-2.0 */
/* test_status.c - the line's content and width, and its manners on a terminal. */
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "app/status.h"

static struct status_sample
sample_at(uint64_t seconds, uint64_t packets, uint64_t bytes)
{
	struct status_sample s = { .time_ns = seconds * NS_PER_SEC };

	s.value[COUNT_CAPTURE_PACKETS] = packets;
	s.value[COUNT_CAPTURE_BYTES] = bytes;
	s.value[COUNT_FLOWS_ACTIVE] = 1234;
	return s;
}

static void
rates_are_taken_against_the_sample_before(void **state)
{
	struct status_sample before = sample_at(10, 1000, 100000);
	struct status_sample now = sample_at(12, 3468, 350000);
	char line[STATUS_LINE];
	size_t len = status_format(line, &now, &before, 200, false);

	(void)state;
	assert_int_equal(len, strlen(line));
	assert_string_equal(
		line, "12.00 s | 3,468 packets | 1.23 kpkt/s | 1.00 Mbit/s | 1,234 flows | 0 lost");
}

static void
time_or_counters_that_do_not_move_give_no_rate(void **state)
{
	struct status_sample before = sample_at(12, 3000, 1), now = sample_at(12, 3468, 2);
	char line[STATUS_LINE];

	(void)state;
	status_format(line, &now, &before, 200, false);
	assert_non_null(strstr(line, "| 0 pkt/s | 0 bit/s |"));
	before = sample_at(11, 4000, 1);
	status_format(line, &now, &before, 200, false);
	assert_non_null(strstr(line, "| 0 pkt/s |"));
}

static void
files_show_how_much_is_done(void **state)
{
	struct status_sample before = { 0 }, now = sample_at(1, 1, 1);
	char line[STATUS_LINE];

	(void)state;
	now.bytes_done = 250;
	now.bytes_total = 1000;
	status_format(line, &now, &before, 200, false);
	assert_non_null(strstr(line, " | 25 %"));
	now.bytes_done = 5000;
	status_format(line, &now, &before, 200, false);
	assert_non_null(strstr(line, " | 100 %"));
	now.bytes_total = 0;
	status_format(line, &now, &before, 200, false);
	assert_null(strchr(line, '%'));
}

static void
losses_are_red_and_notes_come_first_and_escaped(void **state)
{
	struct status_sample before = { 0 }, now = sample_at(1, 1, 1);
	char line[STATUS_LINE];

	(void)state;
	status_format(line, &now, &before, 200, true);
	assert_null(strchr(line, '\033'));
	now.value[COUNT_CAPTURE_KERNEL_DROPS] = 4;
	now.value[COUNT_EVENTS_RING_FULL] = 1;
	status_format(line, &now, &before, 200, true);
	assert_non_null(strstr(line, "\033[31m\033[1m5 lost\033[0m"));
	snprintf(now.note, sizeof(now.note), "eth\0330 is down");
	status_format(line, &now, &before, 200, false);
	assert_int_equal(strncmp(line, "eth\\x1b0 is down | 1.00 s", 25), 0);
	assert_null(strchr(line, '\033'));
}

static void
no_width_is_exceeded(void **state)
{
	struct status_sample before = { 0 }, now = sample_at(UINT64_MAX / NS_PER_SEC, 0, 0);
	char line[STATUS_LINE];

	(void)state;
	for (size_t i = 0; i < EVENT_COUNTERS; i++)
		now.value[i] = UINT64_MAX / 8;
	memset(now.note, '\033', sizeof(now.note) - 1);
	for (size_t width = 0; width < 600; width++)
		assert_true(status_format(line, &now, &before, width, false) <= width);
	memset(&now.note, 0, sizeof(now.note));
	status_format(line, &now, &before, 50, false);
	assert_true(strlen(line) > 10);
}

struct terminal_pair {
	int master, slave;
};

static struct terminal_pair
open_terminal(unsigned short columns)
{
	struct terminal_pair t = { .master = posix_openpt(O_RDWR | O_NOCTTY) };
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_true(t.master >= 0);
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
	assert_true(t.slave >= 0);
	assert_int_equal(ioctl(t.slave, TIOCSWINSZ, &size), 0);
	return t;
}

/* What the terminal was told so far. */
static const char *
seen(const struct terminal_pair *t, char out[4096])
{
	struct pollfd p = { .fd = t->master, .events = POLLIN };
	size_t at = 0;

	while (at < 4095 && poll(&p, 1, 0) > 0) {
		ssize_t n = read(t->master, out + at, 4095 - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	out[at] = '\0';
	return out;
}

static void
the_line_leaves_before_others_print_and_comes_back(void **state)
{
	struct terminal_pair t = open_terminal(50);
	struct status_sample now = sample_at(3, 42, 4200);
	struct status s;
	char out[4096];

	(void)state;
	status_init(&s, t.slave, true, false);
	status_update(&s, &now);
	assert_string_equal(seen(&t, out), "\r\033[K3.00 s | 42 packets | 14 pkt/s | 11.2 kbit/s");
	status_hold(&s);
	assert_string_equal(seen(&t, out), "\r\033[K");
	status_go_on(&s);
	assert_string_equal(seen(&t, out), "\r\033[K3.00 s | 42 packets | 14 pkt/s | 11.2 kbit/s");
	status_fini(&s);
	assert_string_equal(seen(&t, out), "\r\033[K");
	status_update(&s, &now);
	status_hold(&s);
	status_go_on(&s);
	assert_string_equal(seen(&t, out), "");
	close(t.slave);
	close(t.master);
}

static void
nothing_is_drawn_where_there_is_no_terminal(void **state)
{
	struct status_sample now = sample_at(3, 42, 4200);
	struct terminal_pair t = open_terminal(50);
	char out[4096];
	struct status s;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	status_init(&s, fds[1], true, false);
	status_update(&s, &now);
	status_hold(&s);
	status_go_on(&s);
	status_fini(&s);
	assert_int_equal(read(fds[0], out, sizeof(out)), -1);
	status_init(&s, t.slave, false, false);
	status_update(&s, &now);
	status_fini(&s);
	assert_string_equal(seen(&t, out), "");
	close(fds[0]);
	close(fds[1]);
	close(t.slave);
	close(t.master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_taken_against_the_sample_before),
		cmocka_unit_test(time_or_counters_that_do_not_move_give_no_rate),
		cmocka_unit_test(files_show_how_much_is_done),
		cmocka_unit_test(losses_are_red_and_notes_come_first_and_escaped),
		cmocka_unit_test(no_width_is_exceeded),
		cmocka_unit_test(the_line_leaves_before_others_print_and_comes_back),
		cmocka_unit_test(nothing_is_drawn_where_there_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
