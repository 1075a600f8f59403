/* SPDX-License-Identifier: Apache-2.0 */
/* test_epoch.c - each start has a higher number, whatever became of the file. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/epoch.h"

static char dir[64], file[128];

static void
store(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
starts_rise_even_within_one_second(void **state)
{
	char err[BASE_ERROR_LEN];
	uint32_t first, second, now = (uint32_t)time(NULL);

	(void)state;
	assert_int_equal(epoch_next(dir, &first, err), 0);
	assert_int_equal(epoch_next(dir, &second, err), 0);
	assert_true(first >= now && second > first);
}

static void
a_stored_number_in_the_future_is_followed(void **state)
{
	char err[BASE_ERROR_LEN];
	uint32_t epoch;

	(void)state;
	store("4000000000\n");
	assert_int_equal(epoch_next(dir, &epoch, err), 0);
	assert_int_equal(epoch, 4000000001u);
}

static void
a_damaged_file_counts_as_none(void **state)
{
	char err[BASE_ERROR_LEN];
	uint32_t epoch, now = (uint32_t)time(NULL);

	(void)state;
	store("\x01garbage");
	assert_int_equal(epoch_next(dir, &epoch, err), 0);
	assert_in_range(epoch, now, now + 5);
}

static void
a_place_that_cannot_be_is_named(void **state)
{
	char err[BASE_ERROR_LEN] = "";
	uint32_t epoch;

	(void)state;
	assert_true(epoch_next("/proc/no/such", &epoch, err) < 0);
	assert_non_null(strstr(err, "/proc/no/such"));
	assert_int_equal(epoch_next("", &epoch, err), 0);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/weir-epoch-XXXXXX", P_tmpdir);
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/epoch", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_rise_even_within_one_second),
		cmocka_unit_test(a_stored_number_in_the_future_is_followed),
		cmocka_unit_test(a_damaged_file_counts_as_none),
		cmocka_unit_test(a_place_that_cannot_be_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
