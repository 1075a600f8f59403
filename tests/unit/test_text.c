/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - escaping, numbers for people, distance. */
#include "test.h"

#include <string.h>

#include "base/text.h"

static void
expect_escaped(const char *in, const char *out)
{
	char text[256];

	assert_int_equal(text_escape(text, sizeof(text), in), strlen(out));
	assert_string_equal(text, out);
}

static void
what_a_terminal_obeys_is_escaped(void **state)
{
	(void)state;
	expect_escaped("plain", "plain");
	expect_escaped("\033[2J\007\n\t\177", "\\x1b[2J\\x07\\x0a\\x09\\x7f");
	expect_escaped("a\\b", "a\\\\b");
	expect_escaped("gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x98\x80",
		       "gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x98\x80");
	expect_escaped("\xc2\x9b"
		       "31m",
		       "\\xc2\\x9b31m");
	expect_escaped("\xe2\x80\xaexyz\xe2\x80\xac", "\\xe2\\x80\\xaexyz\\xe2\\x80\\xac");
	expect_escaped("\xe2\x81\xa6xyz\xe2\x81\xa9", "\\xe2\\x81\\xa6xyz\\xe2\\x81\\xa9");
}

static void
what_is_not_utf8_is_escaped(void **state)
{
	(void)state;
	expect_escaped("\xff\xc3", "\\xff\\xc3");
	expect_escaped("\xc0\x80", "\\xc0\\x80");
	expect_escaped("\xe0\x80\x80", "\\xe0\\x80\\x80");
	expect_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	expect_escaped("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
	expect_escaped("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
}

static void
a_zero_byte_is_shown(void **state)
{
	char text[32];

	(void)state;
	text_escape_bytes(text, sizeof(text), "a\0b", 3);
	assert_string_equal(text, "a\\x00b");
}

static void
what_does_not_fit_ends_in_dots(void **state)
{
	char text[16];

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		size_t n = text_escape(text, size,
				       "0123\033"
				       "56789\xc3\xbc"
				       "abcdefgh");

		assert_int_equal(n, strlen(text));
		assert_true(n < size);
		if (size > 4)
			assert_string_equal(text + n - 3, "...");
	}
	text_escape(text, 8, "abcdefg");
	assert_string_equal(text, "abcdefg");
	text_escape(text, 8, "abcdefgh");
	assert_string_equal(text, "abcd...");
}

static void
lines_stay_lines(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(text_escape_lines(text, sizeof(text), "a\033\n  ^\n\nb\n"), 13);
	assert_string_equal(text, "a\\x1b\n  ^\n\nb\n");
	for (size_t size = 1; size < 12; size++) {
		memset(text, 'x', sizeof(text));
		assert_true(text_escape_lines(text, size, "ab\ncd\n\nefghi") < size);
		assert_true(strlen(text) < size);
	}
}

static void
expect_text(size_t n, const char *text, const char *wanted)
{
	assert_string_equal(text, wanted);
	assert_int_equal(n, strlen(wanted));
}

static void
numbers_are_written_for_people(void **state)
{
	char t[TEXT_NUMBER];

	(void)state;
	expect_text(text_count(t, sizeof(t), 0), t, "0");
	expect_text(text_count(t, sizeof(t), 999), t, "999");
	expect_text(text_count(t, sizeof(t), 1234567), t, "1,234,567");
	expect_text(text_count(t, sizeof(t), UINT64_MAX), t, "18,446,744,073,709,551,615");
	expect_text(text_bytes(t, sizeof(t), 1023), t, "1023 B");
	expect_text(text_bytes(t, sizeof(t), 1536), t, "1.50 KiB");
	expect_text(text_bytes(t, sizeof(t), 1048575), t, "1.00 MiB");
	expect_text(text_bytes(t, sizeof(t), UINT64_MAX), t, "16.0 EiB");
	expect_text(text_rate(t, sizeof(t), 950, "bit/s"), t, "950 bit/s");
	expect_text(text_rate(t, sizeof(t), 1234567, "bit/s"), t, "1.23 Mbit/s");
	expect_text(text_rate(t, sizeof(t), 999999, "pkt/s"), t, "1.00 Mpkt/s");
	expect_text(text_rate(t, sizeof(t), -1, "pkt/s"), t, "0 pkt/s");
	expect_text(text_count(t, 4, 1234567), t, "1,2");
}

static void
durations_have_two_units_at_most(void **state)
{
	char t[TEXT_NUMBER];

	(void)state;
	expect_text(text_duration(t, sizeof(t), 1999), t, "1 us");
	expect_text(text_duration(t, sizeof(t), 850 * NS_PER_MS), t, "850 ms");
	expect_text(text_duration(t, sizeof(t), 12340 * NS_PER_MS), t, "12.34 s");
	expect_text(text_duration(t, sizeof(t), 245 * NS_PER_SEC), t, "4 min 05 s");
	expect_text(text_duration(t, sizeof(t), 7380 * NS_PER_SEC), t, "2 h 03 min");
	expect_text(text_duration(t, sizeof(t), 446400 * NS_PER_SEC), t, "5 d 04 h");
}

static void
times_are_utc(void **state)
{
	char t[64];

	(void)state;
	expect_text(text_time(t, sizeof(t), 0), t, "1970-01-01 00:00:00.000000 UTC");
	expect_text(text_time(t, sizeof(t), UINT64_C(1715005381123456789)), t,
		    "2024-05-06 14:23:01.123456 UTC");
	assert_true(text_time(t, sizeof(t), UINT64_MAX) > 0);
}

static void
distance_counts_single_changes(void **state)
{
	char a[70];

	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("abc", ""), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("idel", "idle"), 1);
	memset(a, 'x', 65);
	a[65] = '\0';
	assert_true(text_distance(a, "x") == SIZE_MAX);
	a[64] = '\0';
	assert_int_equal(text_distance(a, "x"), 63);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_terminal_obeys_is_escaped),
		cmocka_unit_test(what_is_not_utf8_is_escaped),
		cmocka_unit_test(a_zero_byte_is_shown),
		cmocka_unit_test(lines_stay_lines),
		cmocka_unit_test(what_does_not_fit_ends_in_dots),
		cmocka_unit_test(numbers_are_written_for_people),
		cmocka_unit_test(durations_have_two_units_at_most),
		cmocka_unit_test(times_are_utc),
		cmocka_unit_test(distance_counts_single_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
