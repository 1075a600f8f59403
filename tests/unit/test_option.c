/* SPDX-License-Identifier: Apache-2.0 */
/* test_option.c - every notation of a value, bounds, lists, nearest names. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"

struct values {
	bool flag;
	uint64_t number, size, time;
	char name[8];
	uint32_t choice;
	struct option_list list;
};

#define AT(field) .offset = offsetof(struct values, field)

static const struct option rows[] = {
	{ .name = "flag", .type = OPTION_BOOL, AT(flag), .preset = "yes" },
	{ .name = "number", .type = OPTION_UINT, AT(number), .min = 2, .max = 9, .preset = "3" },
	{ .name = "size", .type = OPTION_SIZE, AT(size), .min = 1024, .preset = "64KiB" },
	{ .name = "time", .type = OPTION_DURATION, AT(time), .preset = "60s" },
	{ .name = "name", .type = OPTION_STRING, AT(name), .size = 8, .preset = "weir" },
	{ .name = "choice",
	  .type = OPTION_CHOICE,
	  AT(choice),
	  .choices = "a|bb|c",
	  .preset = "bb" },
	{ .name = "list", .type = OPTION_LIST, AT(list), .preset = "x,y" },
};
static const struct option_group group = {
	.prefix = "test",
	.options = rows,
	.n_options = ARRAY_LEN(rows),
	.size = sizeof(struct values),
};

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct values));
	option_presets(&group, *state);
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static void
expect(struct values *v, const char *name, const char *text, int rc)
{
	char err[BASE_ERROR_LEN] = "";
	struct values before = *v;

	assert_int_equal(option_set(&group, v, name, text, err), rc);
	assert_true((rc == 0) == (*err == '\0'));
	if (rc < 0)
		assert_memory_equal(v, &before, sizeof(before));
}

static void
presets_are_stored(void **state)
{
	const struct values *v = *state;

	assert_true(v->flag);
	assert_int_equal(v->number, 3);
	assert_int_equal(v->size, 65536);
	assert_int_equal(v->time, 60 * NS_PER_SEC);
	assert_string_equal(v->name, "weir");
	assert_int_equal(v->choice, 1);
	assert_int_equal(v->list.n, 2);
	assert_string_equal(v->list.item[1], "y");
}

static void
every_word_for_a_bool_is_read(void **state)
{
	struct values *v = *state;
	static const char *const no[] = { "false", "off", "no" }, *const yes[] = { "true", "on",
										   "yes" };

	for (size_t i = 0; i < 3; i++) {
		expect(v, "flag", no[i], 0);
		assert_false(v->flag);
		expect(v, "flag", yes[i], 0);
		assert_true(v->flag);
	}
	expect(v, "flag", "1", -EINVAL);
	expect(v, "flag", "", -EINVAL);
	expect(v, "flag", "TRUE", -EINVAL);
}

static void
numbers_are_whole_and_bounded(void **state)
{
	struct values *v = *state;
	static const char *const bad[] = { "",
					   "1",
					   "10",
					   "-3",
					   "+3",
					   " 3",
					   "3 ",
					   "3.5",
					   "0x3",
					   "3k",
					   "18446744073709551619",
					   "99999999999999999999999" };

	expect(v, "number", "2", 0);
	expect(v, "number", "9", 0);
	assert_int_equal(v->number, 9);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		expect(v, "number", bad[i], -EINVAL);
}

static void
a_size_has_units(void **state)
{
	struct values *v = *state;
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "2048", 2048 },
		{ "1KiB", 1024 },
		{ "1K", 1024 },
		{ "3MiB", UINT64_C(3) << 20 },
		{ "3M", UINT64_C(3) << 20 },
		{ "1GiB", UINT64_C(1) << 30 },
		{ "2G", UINT64_C(2) << 30 },
		{ "10MB", 10000000 },
		{ "5kB", 5000 },
		{ "1GB", 1000000000 },
		{ "1.5KiB", 1536 },
		{ "4096B", 4096 },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = { "1023",  "1TiB",           "1.0001KiB",           "KiB",
					   "1.KiB", "17179869184GiB", "18446744073709551616" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		expect(v, "size", good[i].text, 0);
		assert_true(v->size == good[i].value);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		expect(v, "size", bad[i], -EINVAL);
}

static void
a_duration_without_unit_is_seconds(void **state)
{
	struct values *v = *state;
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "90", 90 * NS_PER_SEC },
		{ "0.25", NS_PER_SEC / 4 },
		{ "500us", 500 * NS_PER_US },
		{ "100ms", 100 * NS_PER_MS },
		{ "7ns", 7 },
		{ "5m", 300 * NS_PER_SEC },
		{ "1h", 3600 * NS_PER_SEC },
		{ "0.5d", 43200 * NS_PER_SEC },
		{ "7d", UINT64_C(604800) * NS_PER_SEC },
	};
	static const char *const bad[] = { "1w", "0.5ns", "1.0000000001s", "1 s", "300000d", "s" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		expect(v, "time", good[i].text, 0);
		assert_true(v->time == good[i].value);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		expect(v, "time", bad[i], -EINVAL);
}

static void
a_text_must_fit_with_its_end(void **state)
{
	struct values *v = *state;

	expect(v, "name", "1234567", 0);
	expect(v, "name", "12345678", -EINVAL);
	assert_string_equal(v->name, "1234567");
	expect(v, "name", "", 0);
}

static void
a_choice_is_one_of_the_words(void **state)
{
	struct values *v = *state;
	char err[BASE_ERROR_LEN];

	expect(v, "choice", "c", 0);
	assert_int_equal(v->choice, 2);
	expect(v, "choice", "b", -EINVAL);
	expect(v, "choice", "a|bb", -EINVAL);
	expect(v, "choice", "", -EINVAL);
	assert_int_equal(option_set(&group, v, "choice", "\033[2J", err), -EINVAL);
	assert_string_equal(err, "'\\x1b[2J' is none of the values allowed: a|bb|c");
}

static void
a_list_is_replaced_as_a_whole(void **state)
{
	struct values *v = *state;
	char err[BASE_ERROR_LEN], text[2 * OPTION_LIST_MAX + 2], long_item[OPTION_LIST_LEN + 1];

	expect(v, "list", "one", 0);
	assert_int_equal(v->list.n, 1);
	expect(v, "list", "a,,b", -EINVAL);
	expect(v, "list", "a,", -EINVAL);
	expect(v, "list", ",a", -EINVAL);
	expect(v, "list", "", 0);
	assert_int_equal(v->list.n, 0);
	assert_int_equal(option_list_add(&v->list, "a,b", err), 0);
	assert_string_equal(v->list.item[0], "a,b");
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ',' : 'x';
	text[2 * OPTION_LIST_MAX - 1] = '\0';
	expect(v, "list", text, 0);
	assert_int_equal(v->list.n, OPTION_LIST_MAX);
	assert_int_equal(option_list_add(&v->list, "more", err), -E2BIG);
	text[2 * OPTION_LIST_MAX - 1] = ',';
	text[2 * OPTION_LIST_MAX + 1] = '\0';
	expect(v, "list", text, -EINVAL);
	memset(long_item, 'x', OPTION_LIST_LEN);
	long_item[OPTION_LIST_LEN] = '\0';
	expect(v, "list", long_item, -EINVAL);
	long_item[OPTION_LIST_LEN - 1] = '\0';
	expect(v, "list", long_item, 0);
}

static void
an_unknown_name_brings_the_nearest(void **state)
{
	char err[BASE_ERROR_LEN];

	assert_int_equal(option_set(&group, *state, "nubmer", "3", err), -ENOENT);
	assert_string_equal(err, "unknown option 'nubmer'; did you mean 'number'?");
	assert_int_equal(option_set(&group, *state, "zzzzzz", "3", err), -ENOENT);
	assert_string_equal(err, "unknown option 'zzzzzz'");
}

static void
a_value_comes_back_from_its_text(void **state)
{
	static const char *const values[ARRAY_LEN(rows)][3] = {
		{ "true", "false", "true" }, { "2", "9", "5" },      { "1KiB", "3MiB", "1025" },
		{ "1m", "1500ms", "0s" },    { "x", "", "1234567" }, { "a", "bb", "c" },
		{ "", "p", "p,q,r" },
	};
	struct values *v = *state;
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t j = 0; j < 3; j++) {
			expect(v, rows[i].name, values[i][j], 0);
			assert_int_equal(option_text(&rows[i], v, text, sizeof(text)),
					 strlen(values[i][j]));
			assert_string_equal(text, values[i][j]);
		}
	assert_int_equal(option_text(&rows[4], v, text, 4), 3);
	assert_string_equal(text, "123");
}

static void
nearest_needs_two_thirds_of_the_letters(void **state)
{
	static const char *const names[] = { "events", "fields", "run", "list" };

	(void)state;
	assert_string_equal(option_nearest("evnts", names, 4), "events");
	assert_string_equal(option_nearest("eevnts", names, 4), "events");
	assert_string_equal(option_nearest("rnu", names, 4), "run");
	assert_string_equal(option_nearest("field", names, 4), "fields");
	assert_null(option_nearest("xyz", names, 4));
	assert_null(option_nearest("", names, 4));
	assert_null(option_nearest("evxyzt", names, 4));
	assert_null(option_nearest("events", names, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(presets_are_stored),
		TEST(every_word_for_a_bool_is_read),
		TEST(numbers_are_whole_and_bounded),
		TEST(a_size_has_units),
		TEST(a_duration_without_unit_is_seconds),
		TEST(a_text_must_fit_with_its_end),
		TEST(a_choice_is_one_of_the_words),
		TEST(a_list_is_replaced_as_a_whole),
		TEST(an_unknown_name_brings_the_nearest),
		TEST(a_value_comes_back_from_its_text),
		TEST(nearest_needs_two_thirds_of_the_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
