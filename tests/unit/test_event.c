/* SPDX-License-Identifier: Apache-2.0 */
/* test_event.c - filling in texts, and what the tables promise. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "event/event_step.h"

static const char *
stored(const char *text, size_t len, size_t size, bool *cut)
{
	static struct event ev;

	memset(&ev, 0x55, sizeof(ev));
	ev.flags = 0;
	event_text(&ev, ev.dns.qname, size, text, len);
	*cut = ev.flags & EVENT_CUT;
	return ev.dns.qname;
}

static void
a_text_that_fits_is_kept(void **state)
{
	bool cut;

	(void)state;
	assert_string_equal(stored("abc", 3, 4, &cut), "abc");
	assert_false(cut);
	assert_string_equal(stored("", 0, 1, &cut), "");
	assert_false(cut);
}

static void
a_longer_one_is_cut_where_a_character_begins(void **state)
{
	bool cut;

	(void)state;
	assert_string_equal(stored("abcd", 4, 4, &cut), "abc");
	assert_true(cut);
	assert_string_equal(stored("a\u20acb", 5, 4, &cut), "a");
	assert_true(cut);
	assert_string_equal(stored("a\u20acb", 5, 5, &cut), "a\u20ac");
	assert_true(cut);
	assert_string_equal(stored("\u00e4\u00e4", 4, 4, &cut), "\u00e4");
	assert_true(cut);
}

static void
a_zero_byte_is_kept_as_two(void **state)
{
	bool cut;

	(void)state;
	assert_string_equal(stored("a\0b", 3, 8, &cut), "a\xc0\x80"
							"b");
	assert_false(cut);
	assert_string_equal(stored("a\0b", 3, 3, &cut), "a");
	assert_true(cut);
}

static void
numbers_and_names_are_given_once(void **state)
{
	struct event_row a, b;

	(void)state;
	for (size_t i = 0; event_row_at(i, &a); i++) {
		assert_true(a.path[0] != '\0');
		assert_non_null(a.field.doc);
		assert_int_equal(a.field.doc[strlen(a.field.doc) - 1] == '.' ||
					 strncmp(a.path, "stats.ledger.", 13) == 0,
				 1);
		for (size_t k = i + 1; event_row_at(k, &b); k++) {
			assert_string_not_equal(a.path, b.path);
			if (a.kind == b.kind)
				assert_int_not_equal(a.field.number, b.field.number);
		}
	}
}

/* What stands between two members of an object would close it and open it again. */
static void
members_of_an_object_stand_together(void **state)
{
	char seen[512][EVENT_PATH], last[EVENT_PATH] = "";
	struct event_row row;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; event_row_at(i, &row); i++) {
		char *dot = strrchr(row.path, '.');

		*(dot ? dot : row.path) = '\0';
		if (strcmp(row.path, last) == 0)
			continue;
		if (strncmp(last, row.path, strlen(row.path)) != 0 || row.path[0] == '\0')
			for (size_t k = 0; k < n; k++)
				assert_string_not_equal(seen[k], row.path);
		memcpy(seen[n++], row.path, EVENT_PATH);
		memcpy(last, row.path, EVENT_PATH);
	}
}

static void
a_field_lies_inside_its_event(void **state)
{
	struct event_row row;

	(void)state;
	for (size_t i = 0; event_row_at(i, &row); i++) {
		size_t end = (size_t)row.field.offset + row.field.size;

		if (row.field.type == EVENT_SPECIAL)
			continue;
		assert_true(row.field.size > 0);
		for (int kind = 0; kind < EVENT_KINDS; kind++)
			if (event_row_applies(&row, (enum event_kind)kind)) {
				assert_true(end <= event_table[kind].size);
				/* Asked with one load of eight bytes. */
				if (row.field.when == EVENT_WHEN_SET)
					assert_true(row.field.offset + 8u <=
						    event_table[kind].size);
			}
	}
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		assert_int_equal(event_table[kind].size % 8, 0);
		assert_true(event_table[kind].size <= sizeof(struct event));
	}
}

static void
every_counter_has_a_row_and_a_residual_adds_up(void **state)
{
	uint64_t value[EVENT_COUNTERS] = { 0 };

	(void)state;
	for (size_t i = 0; i < EVENT_COUNTERS; i++) {
		assert_non_null(event_counter_table[i].name);
		assert_non_null(event_counter_table[i].unit);
		assert_non_null(event_counter_table[i].doc);
	}
	for (size_t i = 0; i < event_n_ledger_rows; i++)
		assert_int_equal(event_ledger_residual(&event_ledger_table[i], value), 0);
	value[COUNT_CAPTURE_READ] = 10;
	value[COUNT_CAPTURE_PACKETS] = 7;
	value[COUNT_CAPTURE_USER_FILTERED] = 2;
	assert_string_equal(event_ledger_table[2].name, "I3");
	assert_int_equal(event_ledger_residual(&event_ledger_table[2], value), 1);
	value[COUNT_CAPTURE_DIRECTION_FILTERED] = 2;
	assert_int_equal(event_ledger_residual(&event_ledger_table[2], value), -1);
	/* A file has no kernel's counters; once there are any, they must add up. */
	assert_int_equal(event_ledger_residual(&event_ledger_table[1], value), 0);
	value[COUNT_CAPTURE_KERNEL_PACKETS] = 11;
	assert_int_equal(event_ledger_residual(&event_ledger_table[1], value), 1);
}

/* Each row of the ledger must notice a single thing that was not counted. */
static void
no_identity_is_blind_for_one_of_its_terms(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_n_ledger_rows; i++) {
		const struct event_ledger_row *row = &event_ledger_table[i];
		size_t n = 0;

		for (; n < EVENT_LEDGER_TERMS && row->term[n].sign; n++) {
			uint64_t value[EVENT_COUNTERS] = { 0 };
			int64_t before;

			value[COUNT_CAPTURE_KERNEL_PACKETS] = row->live_only ? 1000 : 0;
			before = event_ledger_residual(row, value);
			value[row->term[n].counter] += 1;
			assert_int_equal(event_ledger_residual(row, value) - before,
					 row->term[n].sign);
		}
		assert_true(n >= 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_fits_is_kept),
		cmocka_unit_test(a_longer_one_is_cut_where_a_character_begins),
		cmocka_unit_test(a_zero_byte_is_kept_as_two),
		cmocka_unit_test(numbers_and_names_are_given_once),
		cmocka_unit_test(members_of_an_object_stand_together),
		cmocka_unit_test(a_field_lies_inside_its_event),
		cmocka_unit_test(every_counter_has_a_row_and_a_residual_adds_up),
		cmocka_unit_test(no_identity_is_blind_for_one_of_its_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
