/* SPDX-License-Identifier: Apache-2.0 */
/* test_counter.c - boxes give one moment, budgets never give too much, notes are kept in order. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/counter.h"
#include "app/note.h"

enum { ROUNDS = 20000, TAKERS = 4 };

static struct counter_box box;
static struct counter_budget budget;
static struct counter_flag over;

static void *
write_equal_values(void *arg)
{
	uint64_t value[EVENT_COUNTERS];

	(void)arg;
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		for (size_t c = 0; c < EVENT_COUNTERS; c++)
			value[c] = i;
		counter_publish(&box, value);
	}
	counter_flag_set(&over);
	return NULL;
}

static void
a_reader_sees_one_moment(void **state)
{
	pthread_t writer;

	(void)state;
	pthread_create(&writer, NULL, write_equal_values, NULL);
	while (!counter_flag_get(&over)) {
		uint64_t sum[EVENT_COUNTERS] = { 0 };

		counter_add(&box, sum);
		for (size_t c = 1; c < EVENT_COUNTERS; c++)
			assert_int_equal(sum[c], sum[0]);
	}
	pthread_join(writer, NULL);
}

static void *
take_all(void *arg)
{
	uint64_t *taken = arg, n;

	while ((n = counter_budget_take(&budget, 32)) > 0) {
		/* Half of it was not needed. */
		counter_budget_give_back(&budget, n / 2);
		*taken += n - n / 2;
	}
	return NULL;
}

static void
a_budget_is_given_out_exactly_once(void **state)
{
	pthread_t thread[TAKERS];
	uint64_t taken[TAKERS] = { 0 }, sum = 0;

	(void)state;
	counter_budget_init(&budget, 100001);
	for (int i = 0; i < TAKERS; i++)
		pthread_create(&thread[i], NULL, take_all, &taken[i]);
	for (int i = 0; i < TAKERS; i++) {
		pthread_join(thread[i], NULL);
		sum += taken[i];
	}
	/* A thread may have seen none left while another held some it gave back. */
	sum += counter_budget_take(&budget, UINT64_MAX);
	assert_int_equal(sum, 100001);
}

static void
notes_come_in_order_and_surplus_is_told(void **state)
{
	struct note_box *b = note_new(-1);
	char text[BASE_ERROR_LEN], want[32];
	enum note_level level;
	int n = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		note_put(b, NOTE_WARNING, "note %d", i);
	while (note_take(b, &level, text) && strncmp(text, "note", 4) == 0) {
		snprintf(want, sizeof(want), "note %d", n++);
		assert_string_equal(text, want);
	}
	snprintf(want, sizeof(want), "%d more messages were not kept", 100 - n);
	assert_string_equal(text, want);
	assert_false(note_take(b, &level, text));
	note_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_sees_one_moment),
		cmocka_unit_test(a_budget_is_given_out_exactly_once),
		cmocka_unit_test(notes_come_in_order_and_surplus_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
