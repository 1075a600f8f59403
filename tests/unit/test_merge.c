/* SPDX-License-Identifier: Apache-2.0 */
/* test_merge.c - several rings read as one, and waiting for a promise. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "app/merge.h"

enum { CAPACITY = 1 << 16, INPUTS = 3 };

struct rig {
	void *mem[INPUTS];
	struct ring_end in[INPUTS];
	struct merge merge;
};

static void
set_up(struct rig *r, size_t n)
{
	memset(r, 0, sizeof(*r));
	r->merge.n = n;
	for (size_t i = 0; i < n; i++) {
		r->mem[i] = aligned_alloc(CACHE_LINE, ring_footprint(CAPACITY));
		memset(r->mem[i], 0, ring_footprint(CAPACITY));
		ring_attach(&r->in[i], r->mem[i], CAPACITY, -1, -1);
		ring_attach(&r->merge.in[i], r->mem[i], CAPACITY, -1, -1);
	}
}

static void
tear_down(struct rig *r)
{
	for (size_t i = 0; i < r->merge.n; i++)
		free(r->mem[i]);
}

static void
push(struct rig *r, size_t i, uint64_t order, uint8_t phase, uint64_t flow_id)
{
	struct event *ev = ring_reserve(&r->in[i], sizeof(*ev));

	assert_non_null(ev);
	ev->kind = EVENT_FLOW;
	ev->order = order;
	ev->phase = phase;
	ev->ts_ns = 0;
	ev->flow_id = flow_id;
	ring_commit(&r->in[i], sizeof(*ev));
	ring_publish(&r->in[i]);
}

static uint64_t
take(struct rig *r)
{
	struct event *ev;
	size_t input;
	uint64_t id;

	assert_int_equal(merge_next(&r->merge, &ev, &input), MERGE_RECORD);
	id = ev->flow_id;
	merge_pop(&r->merge, input);
	merge_release(&r->merge);
	return id;
}

static enum merge_result
state_of(struct rig *r)
{
	struct event *ev;
	size_t input;

	return merge_next(&r->merge, &ev, &input);
}

static void
records_come_by_order_then_phase_then_flow(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r, 3);
	push(&r, 0, 5, 1, 50);
	push(&r, 0, 9, 0, 91);
	push(&r, 1, 5, 0, 10);
	push(&r, 1, 9, 0, 90);
	push(&r, 2, 4, 2, 1);
	for (size_t i = 0; i < 3; i++)
		ring_close(&r.in[i]);
	assert_int_equal(take(&r), 1);
	assert_int_equal(take(&r), 10);
	assert_int_equal(take(&r), 50);
	assert_int_equal(take(&r), 90);
	assert_int_equal(take(&r), 91);
	assert_int_equal(state_of(&r), MERGE_DONE);
	tear_down(&r);
}

static void
an_empty_ring_is_waited_for_until_it_promises(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r, 2);
	push(&r, 0, 7, 1, 70);
	assert_int_equal(state_of(&r), MERGE_WAIT);
	ring_mark(&r.in[1], 7);
	assert_int_equal(state_of(&r), MERGE_WAIT);
	push(&r, 1, 7, 0, 71);
	assert_int_equal(take(&r), 71);
	ring_mark(&r.in[1], 8);
	assert_int_equal(take(&r), 70);
	tear_down(&r);
}

static void
a_closed_ring_holds_nobody_up(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r, 2);
	push(&r, 0, 7, 1, 70);
	ring_close(&r.in[1]);
	assert_int_equal(take(&r), 70);
	assert_int_equal(state_of(&r), MERGE_WAIT);
	ring_close(&r.in[0]);
	assert_int_equal(state_of(&r), MERGE_DONE);
	tear_down(&r);
}

static void
one_ring_needs_no_promise(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r, 1);
	push(&r, 0, 7, 1, 70);
	assert_int_equal(take(&r), 70);
	assert_int_equal(state_of(&r), MERGE_WAIT);
	ring_close(&r.in[0]);
	assert_int_equal(state_of(&r), MERGE_DONE);
	tear_down(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_by_order_then_phase_then_flow),
		cmocka_unit_test(an_empty_ring_is_waited_for_until_it_promises),
		cmocka_unit_test(a_closed_ring_holds_nobody_up),
		cmocka_unit_test(one_ring_needs_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
