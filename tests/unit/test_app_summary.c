/* SPDX-License-Identifier: Apache-2.0 */
/* test_app_summary.c - what the final summary says, and what it does not let through. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/summary.h"
#include "event/event.h"

/* For the caller to free. */
static void
print_to(char **text, const struct summary *s, bool colour)
{
	size_t len;
	FILE *out = open_memstream(text, &len);

	summary_print(out, s, colour);
	fclose(out);
}

static void
expect(const struct summary *s, const char *part)
{
	char *text;

	print_to(&text, s, false);
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
	free(text);
}

static void
refuse(const struct summary *s, const char *part)
{
	char *text;

	print_to(&text, s, false);
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
	free(text);
}

static void
exact_numbers_stand_beside_humane_ones(void **state)
{
	uint64_t value[EVENT_COUNTERS] = {
		[COUNT_CAPTURE_PACKETS] = 12345,
		[COUNT_CAPTURE_BYTES] = 12345678,
	};
	const struct summary s = {
		.value = value,
		.elapsed_ns = NS_PER_SEC / 2,
		.first_packet_ns = UINT64_C(1715005381123456789),
		.last_packet_ns = UINT64_C(1715005381123456789) + 10 * NS_PER_SEC,
		.memory_bytes = 64 << 20,
	};

	(void)state;
	expect(&s, "packets      12,345, 12,345,678 bytes (11.8 MiB)\n");
	expect(&s, "traffic      2024-05-06 14:23:01.123456 UTC to 2024-05-06 14:23:11.123456 UTC: "
		   "10.00 s, 1.23 kpkt/s, 9.88 Mbit/s\n");
	expect(&s, "run          500 ms, 24.7 kpkt/s, 198 Mbit/s, 64.0 MiB of memory\n");
}

static void
a_run_without_packets_or_time_divides_by_nothing(void **state)
{
	static const uint64_t value[EVENT_COUNTERS];
	const struct summary s = { .value = value };

	(void)state;
	expect(&s, "packets      0, 0 bytes (0 B)\n");
	expect(&s, "lost         nothing\n");
	refuse(&s, "traffic");
	refuse(&s, "nan");
	refuse(&s, "inf");
}

static void
rows_are_sorted_by_bytes_and_the_least_left_out(void **state)
{
	enum { N = SUMMARY_ROWS + 5 };
	uint64_t value[EVENT_COUNTERS] = { [COUNT_FLOW_BYTES] = 15000 };
	struct summary_protocol row[N];
	struct summary s = { .value = value, .protocols = row, .n_protocols = N };
	char name[N][16], *text, *at;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		/* 7 and 15 have no common factor: every rank once, in no order. */
		snprintf(name[i], sizeof(name[i]), "proto%zu", i * 7 % N);
		row[i] = (struct summary_protocol){ name[i], 1, 100 * (i * 7 % N) };
	}
	print_to(&text, &s, false);
	at = text;
	for (size_t rank = N - 1; rank >= N - SUMMARY_ROWS; rank--) {
		char wanted[16];

		snprintf(wanted, sizeof(wanted), "  proto%zu ", rank);
		at = strstr(at, wanted);
		assert_non_null(at);
	}
	assert_null(strstr(text, "  proto4 "));
	free(text);
	expect(&s, "  proto14                     1                1,400    1.37 KiB     9.3\n");
}

static void
talkers_show_their_flows_and_columns_stay_aligned(void **state)
{
	static const uint64_t value[EVENT_COUNTERS];
	const struct summary_talker talkers[] = {
		{ "192.0.2.1", 5, 500, 2 },
		{ "2001:db8:1234:5678:9abc:def0:1234:5678", 1234567, 987654321, 12345 },
	};
	const struct summary s = { .value = value, .talkers = talkers, .n_talkers = 2 };
	char *text, *a, *b;

	(void)state;
	print_to(&text, &s, false);
	a = strstr(text, "  2001");
	b = strstr(text, "  192");
	assert_true(a && b && a < b);
	assert_int_equal(strcspn(a, "\n"), strcspn(b, "\n"));
	assert_non_null(strstr(a, "1,234,567"));
	assert_non_null(strstr(a, "942 MiB"));
	assert_non_null(strstr(a, "12,345\n"));
	free(text);
}

static void
losses_are_named_and_red_on_a_terminal(void **state)
{
	uint64_t value[EVENT_COUNTERS] = {
		[COUNT_CAPTURE_KERNEL_DROPS] = 17,
		[COUNT_EVENTS_SINK_FAILED] = 1000,
	};
	const struct summary s = { .value = value };
	char *text, wanted[256];

	(void)state;
	print_to(&text, &s, true);
	assert_int_equal(summary_losses(value), 1017);
	snprintf(wanted, sizeof(wanted), "\033[1;31m17 %s (%s)\033[0m",
		 event_counter_table[COUNT_CAPTURE_KERNEL_DROPS].unit,
		 event_counter_table[COUNT_CAPTURE_KERNEL_DROPS].name);
	assert_non_null(strstr(text, wanted));
	free(text);
	print_to(&text, &s, false);
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "nothing"));
	free(text);
}

static void
the_ledger_names_each_identity_that_does_not_hold(void **state)
{
	uint64_t value[EVENT_COUNTERS] = { 0 };
	struct summary s = { .value = value, .live = true };
	char wanted[128];

	(void)state;
	assert_true(event_n_ledger_rows > 0);
	for (size_t i = 0; i < event_n_ledger_rows; i++) {
		const struct event_ledger_row *row = &event_ledger_table[i];

		memset(value, 0, sizeof(value));
		snprintf(wanted, sizeof(wanted), "%s ok", row->name);
		expect(&s, wanted);
		value[row->term[0].counter] = 3;
		snprintf(wanted, sizeof(wanted), "%s residual %+d: ", row->name,
			 3 * row->term[0].sign);
		expect(&s, wanted);
		snprintf(wanted, sizeof(wanted), "%s ok", row->name);
		refuse(&s, wanted);
		s.live = false;
		if (row->live_only)
			refuse(&s, row->doc);
		s.live = true;
	}
}

static void
texts_of_others_cannot_reach_the_terminal(void **state)
{
	static const uint64_t value[EVENT_COUNTERS];
	const struct summary_protocol protocol = { "\033[2Jdns", 1, 1 };
	const struct summary_talker talker = { "\0331", 1, 1, 1 };
	const struct summary_sink sink = { "file:\033]0;x\007", 5, 2 };
	const char *const warnings[] = { "cut\033[31m short" };
	const struct summary s = {
		.value = value,
		.protocols = &protocol,
		.n_protocols = 1,
		.talkers = &talker,
		.n_talkers = 1,
		.sinks = &sink,
		.n_sinks = 1,
		.warnings = warnings,
		.n_warnings = 1,
	};

	(void)state;
	refuse(&s, "\033");
	refuse(&s, "\007");
	expect(&s, "\\x1b[2Jdns");
	expect(&s, "file:\\x1b]0;x\\x07: 5 events written, 2 failed\n");
	expect(&s, "warning: cut\\x1b[31m short\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_numbers_stand_beside_humane_ones),
		cmocka_unit_test(a_run_without_packets_or_time_divides_by_nothing),
		cmocka_unit_test(rows_are_sorted_by_bytes_and_the_least_left_out),
		cmocka_unit_test(talkers_show_their_flows_and_columns_stay_aligned),
		cmocka_unit_test(losses_are_named_and_red_on_a_terminal),
		cmocka_unit_test(the_ledger_names_each_identity_that_does_not_hold),
		cmocka_unit_test(texts_of_others_cannot_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
