/* SPDX-License-Identifier: Apache-2.0 */
/* test_flow_options.c - presets, what is set by hand, and what is too short. */
#include "test_flow.h"

static struct flow_options
set(const char *name, const char *text, const char *name2, const char *text2)
{
	struct flow_options o;
	char err[BASE_ERROR_LEN];

	option_presets(&flow_option_group, &o);
	if (name)
		assert_int_equal(option_set(&flow_option_group, &o, name, text, err), 0);
	if (name2)
		assert_int_equal(option_set(&flow_option_group, &o, name2, text2, err), 0);
	flow_options_resolve(&o);
	return o;
}

static void
assert_timeouts(struct flow_options o, uint64_t idle, uint64_t active, uint64_t half_open,
		uint64_t closed)
{
	assert_int_equal(o.idle_timeout_ns, idle * SEC);
	assert_int_equal(o.active_timeout_ns, active * SEC);
	assert_int_equal(o.half_open_timeout_ns, half_open * SEC);
	assert_int_equal(o.closed_timeout_ns, closed * SEC);
}

static void
presets_are_those_of_the_field(void **state)
{
	(void)state;
	assert_timeouts(set(NULL, NULL, NULL, NULL), 60, 60, 10, 2);
	assert_timeouts(set("preset", "netflow", NULL, NULL), 30, 300, 10, 2);
	assert_timeouts(set("preset", "nfstream", NULL, NULL), 120, 1800, 10, 2);
	assert_timeouts(set("preset", "cic", NULL, NULL), 5, 120, 5, 2);
}

static void
what_is_set_by_hand_stands_above_the_preset(void **state)
{
	(void)state;
	assert_timeouts(set("preset", "netflow", "idle_timeout", "7s"), 7, 300, 7, 2);
	assert_timeouts(set("closed_timeout", "5s", "idle_timeout", "1s"), 1, 60, 1, 5);
	assert_timeouts(set("half_open_timeout", "100s", NULL, NULL), 60, 60, 100, 2);
}

static void
resolving_twice_changes_nothing(void **state)
{
	struct flow_options o = set("preset", "cic", "idle_timeout", "9s"), again = o;

	(void)state;
	flow_options_resolve(&again);
	assert_memory_equal(&again, &o, sizeof(o));
}

static void
a_timeout_is_a_tick_at_least_and_a_day_at_most(void **state)
{
	struct flow_options o = set("idle_timeout", "1us", "active_timeout", "1us");

	(void)state;
	assert_int_equal(o.idle_timeout_ns, FLOW_TICK_NS);
	assert_int_equal(o.active_timeout_ns, FLOW_TICK_NS);
	assert_int_equal(o.half_open_timeout_ns, FLOW_TICK_NS);
	o.idle_timeout_ns = UINT64_MAX;
	flow_options_resolve(&o);
	assert_int_equal(o.idle_timeout_ns, 24 * 3600 * SEC);
}

static void
an_unknown_preset_is_refused(void **state)
{
	struct flow_options o;
	char err[BASE_ERROR_LEN];

	(void)state;
	option_presets(&flow_option_group, &o);
	assert_int_equal(o.max, 262144);
	assert_true(option_set(&flow_option_group, &o, "preset", "sflow", err) < 0);
	assert_true(option_set(&flow_option_group, &o, "max", "1", err) < 0);
	assert_true(option_set(&flow_option_group, &o, "idle_timeout", "25h", err) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_are_those_of_the_field),
		cmocka_unit_test(what_is_set_by_hand_stands_above_the_preset),
		cmocka_unit_test(resolving_twice_changes_nothing),
		cmocka_unit_test(a_timeout_is_a_tick_at_least_and_a_day_at_most),
		cmocka_unit_test(an_unknown_preset_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
