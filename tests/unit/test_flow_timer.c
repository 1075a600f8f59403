/* SPDX-License-Identifier: Apache-2.0 */
/* test_flow_timer.c - deadlines, order, jumps, interim records, and the number of tables. */
#include "test_flow.h"

static struct net_tuple
udp(uint32_t i)
{
	return tuple_of(i, 40000, 0x10000, 40001, NET_IP_UDP);
}

static struct flow_table *
table_with(uint64_t idle_ns, uint64_t active_ns)
{
	struct flow_options o = { .idle_timeout_ns = idle_ns, .active_timeout_ns = active_ns };
	struct flow_table *t = flow_table_new(&o, 4096, SEED);

	assert_non_null(t);
	return t;
}

static void
an_idle_flow_ends_at_its_deadline_whenever_that_is_noticed(void **state)
{
	static const uint64_t noticed[] = { 61, 62, 1000, 100000000, 18000000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(noticed); i++) {
		struct flow_table *t = table_of(64);
		struct event ev;

		(void)track(t, packet_of(SEC, udp(1), 0));
		flow_advance(t, 61 * SEC - 1);
		assert_no_record(t);
		flow_advance(t, noticed[i] * SEC);
		ev = next_record(t);
		assert_int_equal(ev.ts_ns, 61 * SEC);
		assert_int_equal(ev.flow.end, FLOW_END_IDLE);
		assert_int_equal(ev.flow.seq, 1);
		assert_true(ev.flags & EVENT_FINAL);
		assert_no_record(t);
		assert_int_equal(t->tick, t->target);
		finish(t, 1);
	}
}

static void
a_packet_that_finds_its_flow_idle_begins_another(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;
	struct flow *f;

	(void)state;
	/* The deadline lies within the tick of the packet: no sweep has met it. */
	(void)track(t, packet_of(SEC + 5 * MS, udp(1), 0));
	flow_advance(t, 61 * SEC + 4 * MS);
	assert_no_record(t);
	f = track(t, packet_of(61 * SEC + 5 * MS, udp(1), 0));
	assert_int_equal(f->pkts[NET_FWD], 1);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 61 * SEC + 5 * MS);
	assert_int_equal(ev.flow.end, FLOW_END_IDLE);
	assert_int_equal(ev.flow.last_ns, SEC + 5 * MS);
	assert_no_record(t);
	assert_int_equal(f->first_ns, 61 * SEC + 5 * MS);
	finish(t, 2);
}

static void
packets_put_the_deadline_off(void **state)
{
	struct flow_table *t = table_with(60 * SEC, 3600 * SEC);
	uint64_t ts_ns = 0;

	(void)state;
	for (int i = 0; i < 50; i++, ts_ns += 59 * SEC) {
		flow_advance(t, ts_ns);
		assert_no_record(t);
		(void)track(t, packet_of(ts_ns, udp(1), 0));
	}
	flow_advance(t, ts_ns + 2 * SEC);
	assert_int_equal(next_record(t).ts_ns, ts_ns + SEC);
	finish(t, 50);
}

static void
epoch_zero_is_a_time_like_others(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	(void)track(t, packet_of(0, udp(1), 0));
	(void)track(t, packet_of(0, udp(2), 0));
	flow_advance(t, 60 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 60 * SEC);
	assert_int_equal(ev.flow.first_ns, 0);
	(void)next_record(t);
	assert_no_record(t);
	finish(t, 2);
}

static void
the_end_of_time_does_not_wrap(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	(void)track(t, packet_of(1, udp(1), 0));
	flow_advance(t, UINT64_MAX);
	assert_int_equal(next_record(t).flow.end, FLOW_END_IDLE);
	assert_no_record(t);
	assert_int_equal(track(t, packet_of(UINT64_MAX, udp(2), 0))->pkts[NET_FWD], 1);
	assert_int_equal(track(t, packet_of(UINT64_MAX - SEC, udp(2), 0))->pkts[NET_FWD], 2);
	assert_int_equal(track(t, packet_of(5, udp(2), 0))->pkts[NET_FWD], 3);
	flow_advance(t, 7);
	flow_advance(t, UINT64_MAX);
	assert_no_record(t);
	finish(t, 4);
}

static void
time_does_not_run_backwards(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	(void)track(t, packet_of(100 * SEC, udp(1), 0));
	flow_advance(t, 20 * SEC);
	f = track(t, packet_of(30 * SEC, udp(1), 0));
	assert_int_equal(f->pkts[NET_FWD], 2);
	assert_int_equal(f->last_ns, 100 * SEC);
	/* A flow of old packets only is due at once, with the time it says. */
	(void)track(t, packet_of(20 * SEC, udp(2), 0));
	assert_no_record(t);
	flow_advance(t, 100 * SEC + FLOW_TICK_NS);
	assert_int_equal(next_record(t).ts_ns, 80 * SEC);
	assert_no_record(t);
	finish(t, 3);
}

static void
records_of_one_advance_are_ordered(void **state)
{
	enum { FLOWS = 3000 };
	struct flow_table *t = table_of(4096);
	uint64_t last_ns = 0, last_id = 0, random = 1;
	struct event ev;
	int n = 0;

	(void)state;
	flow_advance(t, 0);
	for (uint32_t i = 0; i < FLOWS; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		/* Few enough times that many are equal. */
		(void)track(t, packet_of((random >> 40) % 700 * 13 * MS, udp(i), 0));
	}
	flow_advance(t, 69 * SEC);
	for (; flow_next_record(t, &ev); n++) {
		assert_true(ev.ts_ns > last_ns || (ev.ts_ns == last_ns && ev.flow_id > last_id));
		last_ns = ev.ts_ns;
		last_id = ev.flow_id;
	}
	assert_in_range(n, FLOWS / 2, FLOWS - 1);
	flow_force_end(t);
	for (last_ns = last_id = 0; flow_next_record(t, &ev); n++) {
		assert_true(ev.ts_ns > last_ns || (ev.ts_ns == last_ns && ev.flow_id > last_id));
		last_ns = ev.ts_ns;
		last_id = ev.flow_id;
	}
	assert_int_equal(n, FLOWS);
	finish(t, FLOWS);
}

static void
a_flow_that_goes_on_is_reported_with_what_came_since(void **state)
{
	struct flow_table *t = table_with(60 * SEC, 60 * SEC);
	struct net_tuple back = udp(1);
	struct event ev;

	(void)state;
	back = net_tuple_swapped(&back);
	(void)track(t, packet_of(10 * SEC, udp(1), 60));
	(void)track(t, packet_of(40 * SEC, back, 160));
	(void)track(t, packet_of(69 * SEC, udp(1), 60));
	flow_advance(t, 70 * SEC);
	ev = next_record(t);
	assert_no_record(t);
	assert_int_equal(ev.ts_ns, 70 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_ACTIVE);
	assert_false(ev.flags & EVENT_FINAL);
	assert_int_equal(ev.flow.seq, 1);
	assert_int_equal(ev.flow.pkts[NET_FWD], 2);
	assert_int_equal(ev.flow.pkts_delta[NET_FWD], 2);
	assert_int_equal(ev.flow.bytes_delta[NET_REV], 200);
	(void)track(t, packet_of(100 * SEC, back, 60));
	flow_advance(t, 170 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 130 * SEC);
	assert_int_equal(ev.flow.seq, 2);
	assert_int_equal(ev.flow.pkts[NET_FWD], 2);
	assert_int_equal(ev.flow.pkts_delta[NET_FWD], 0);
	assert_int_equal(ev.flow.pkts_delta[NET_REV], 1);
	assert_int_equal(ev.flow.bytes[NET_REV], 300);
	assert_int_equal(ev.flow.bytes_delta[NET_REV], 100);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 160 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_IDLE);
	assert_int_equal(ev.flow.seq, 3);
	assert_int_equal(ev.flow.pkts_delta[NET_FWD] + ev.flow.pkts_delta[NET_REV], 0);
	assert_int_equal(ev.flow.bytes[NET_REV], 300);
	finish(t, 4);
}

static void
silent_intervals_give_no_record(void **state)
{
	struct flow_table *t = table_with(1000 * SEC, 10 * SEC);
	struct event ev;

	(void)state;
	(void)track(t, packet_of(SEC, udp(1), 0));
	flow_advance(t, 301 * SEC);
	assert_int_equal(next_record(t).ts_ns, 11 * SEC);
	assert_no_record(t);
	(void)track(t, packet_of(305 * SEC, udp(1), 0));
	flow_advance(t, 900 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 311 * SEC);
	assert_int_equal(ev.flow.seq, 2);
	assert_no_record(t);
	finish(t, 2);
}

static void
a_packet_at_the_end_of_an_interval_belongs_to_the_next(void **state)
{
	struct flow_table *t = table_with(60 * SEC, 10 * SEC);
	struct event ev;

	(void)state;
	(void)track(t, packet_of(SEC + 20 * MS, udp(1), 0));
	flow_advance(t, 11 * SEC + 10 * MS);
	(void)track(t, packet_of(11 * SEC + 19 * MS, udp(1), 0));
	assert_no_record(t);
	/* The tick of these is not over, but the interval is. */
	(void)track(t, packet_of(11 * SEC + 20 * MS, udp(1), 0));
	(void)track(t, packet_of(11 * SEC + 30 * MS, udp(1), 0));
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 11 * SEC + 20 * MS);
	assert_int_equal(ev.flow.last_ns, 11 * SEC + 19 * MS);
	assert_int_equal(ev.flow.pkts[NET_FWD], 2);
	assert_int_equal(ev.flow.end, FLOW_END_ACTIVE);
	assert_false(ev.flags & EVENT_FINAL);
	assert_no_record(t);
	flow_advance(t, 22 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 21 * SEC + 20 * MS);
	assert_int_equal(ev.flow.seq, 2);
	assert_int_equal(ev.flow.pkts_delta[NET_FWD], 2);
	assert_no_record(t);
	finish(t, 4);
}

static void
an_interval_that_ends_in_the_tick_of_the_flow_gives_no_record_of_its_own(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	(void)track(t, packet_of(SEC + MS, udp(1), 0));
	(void)track(t, packet_of(SEC + 90 * MS, udp(1), 0));
	flow_advance(t, 70 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 61 * SEC + 90 * MS);
	assert_int_equal(ev.flow.end, FLOW_END_IDLE);
	assert_int_equal(ev.flow.seq, 1);
	assert_no_record(t);
	finish(t, 2);
}

static void
timeouts_longer_than_the_wheel_hold(void **state)
{
	struct flow_table *t = table_with(24 * 3600 * SEC, 3600 * SEC);
	struct event ev;

	(void)state;
	(void)track(t, packet_of(SEC, udp(1), 0));
	flow_advance(t, 3600 * SEC);
	assert_no_record(t);
	flow_advance(t, 30 * 24 * 3600 * SEC);
	assert_int_equal(next_record(t).ts_ns, 3600 * SEC + SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 24 * 3600 * SEC + SEC);
	assert_int_equal(ev.flow.end, FLOW_END_IDLE);
	assert_no_record(t);
	finish(t, 1);
}

/* How often a flow is met on the way over a jump does not depend on its length. */
static void
a_jump_costs_what_a_timeout_costs(void **state)
{
	struct flow_table *t = table_of(64);
	uint64_t steps = 0;

	(void)state;
	(void)track(t, packet_of(SEC, udp(1), 0));
	(void)track(t, packet_of(50 * SEC, udp(1), 0));
	flow_advance(t, UINT64_C(500) * 365 * 24 * 3600 * SEC);
	while (flow_timer_step(t))
		steps++;
	assert_in_range(steps, 1, 4);
	finish(t, 2);
}

static void
the_cheap_question_agrees_with_the_dear_one(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	assert_true(flow_is_due(t, 0));
	flow_advance(t, 5 * SEC + 30 * MS);
	assert_false(flow_is_due(t, 5 * SEC + 99 * MS));
	assert_false(flow_is_due(t, 1));
	assert_true(flow_is_due(t, 5 * SEC + 100 * MS));
	flow_table_free(t);
}

static void
a_closing_reset_and_a_closed_flow_leave_soon(void **state)
{
	struct flow_table *t = table_with(1000 * SEC, 5000 * SEC);
	struct net_tuple a = tuple_of(1, 5000, 2, 80, NET_IP_TCP);
	struct event ev;

	(void)state;
	(void)track(t, tcp_of(SEC, a, ACK, 1, 1));
	(void)track(t, tcp_of(500 * SEC, a, RST, 2, 0));
	flow_advance(t, 503 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 502 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_DETECTED);
	assert_no_record(t);
	finish(t, 2);
}

enum { PACKETS = 60000, TUPLES = 60, RECORDS = PACKETS, MAX_TABLES = 8 };

static struct decoded
random_packet(uint64_t *random, uint64_t *now_ns)
{
	static const uint8_t flags[] = { SYN,       SYN | ACK, ACK,       ACK, ACK, PSH | ACK,
					 FIN | ACK, RST,       RST | ACK, ACK, 0,   FIN };
	static const uint64_t steps_ns[] = { 0, 1, 1000, MS, 7 * MS, 40 * MS, 90 * MS, 300 * MS };
	uint64_t r, late_ns;
	struct net_tuple tuple;
	struct decoded d;

	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	r = *random >> 16;
	*now_ns += steps_ns[r % 8] + (r % 4001 == 0 ? 3000 * SEC : 0);
	late_ns = (r >> 3) % 50 == 0 ? (r >> 9) % (3 * SEC) : 0;
	tuple = tuple_of(1 + (uint32_t)(r >> 20) % TUPLES, 4000, 1000, 80,
			 r >> 20 & 1 ? NET_IP_TCP : NET_IP_UDP);
	if (r >> 5 & 1)
		tuple = net_tuple_swapped(&tuple);
	d = tcp_of(*now_ns - late_ns, tuple, flags[(r >> 6) % ARRAY_LEN(flags)],
		   (uint32_t)(r >> 10) % 4 * 100, (uint32_t)(r >> 12) % 3 * 100);
	d.tcp_window = (uint16_t)(r >> 14 & 3);
	if ((r >> 15) % 40 == 0)
		d.flags |= DECODE_BAD_L4_CHECKSUM;
	return d;
}

static int
compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	if (x->flow_id != y->flow_id)
		return x->flow_id < y->flow_id ? -1 : 1;
	return (int)x->flow.seq - (int)y->flow.seq;
}

struct bag {
	struct event *ev;
	size_t n;
};

/* order and phase hold, as for app/merge.h: the packet that made the record come out. */
static void
drain(struct flow_table *t, struct bag *bag, uint64_t order)
{
	struct event ev;

	while (flow_next_record(t, &ev)) {
		ev.order = order;
		assert_in_range(bag->n, 0, RECORDS - 1);
		memset(&bag->ev[bag->n], 0, sizeof(ev));
		memcpy(&bag->ev[bag->n++], &ev,
		       offsetof(struct event, flow) + sizeof(struct event_flow));
	}
}

static struct bag
records_of(uint32_t n_tables)
{
	struct flow_options o = { .idle_timeout_ns = 20 * SEC, .active_timeout_ns = 7 * SEC };
	struct flow_table *t[MAX_TABLES];
	struct bag bag = { .ev = calloc(RECORDS, sizeof(struct event)) };
	uint64_t random = 42, now_ns = 1000 * SEC, mine[MAX_TABLES] = { 0 };

	assert_non_null(bag.ev);
	for (uint32_t i = 0; i < n_tables; i++)
		t[i] = flow_table_new(&o, 4096, SEED + i);
	for (uint64_t number = 1; number <= PACKETS; number++) {
		struct decoded d = random_packet(&random, &now_ns);
		struct flow_probe q;
		struct flow *f;
		uint32_t owner = 0;

		for (uint32_t i = 0; i < n_tables; i++) {
			if (flow_is_due(t[i], d.ts_ns))
				flow_advance(t[i], d.ts_ns);
			drain(t[i], &bag, number);
		}
		flow_probe(t[0], &d, &q);
		owner = flow_shard(&q, n_tables);
		flow_probe(t[owner], &d, &q);
		assert_int_not_equal(flow_track(t[owner], &d, &q, &f), FLOW_FULL);
		mine[owner]++;
		drain(t[owner], &bag, number);
	}
	for (uint32_t i = 0; i < n_tables; i++) {
		flow_force_end(t[i]);
		drain(t[i], &bag, PACKETS + 1);
		finish(t[i], mine[i]);
	}
	qsort(bag.ev, bag.n, sizeof(struct event), compare);
	return bag;
}

static void
the_number_of_tables_changes_no_record(void **state)
{
	static const uint32_t numbers[] = { 2, 3, 8 };
	struct bag one = records_of(1);
	uint64_t packets = 0, ends[8] = { 0 };

	(void)state;
	for (size_t i = 0; i < one.n; i++) {
		const struct event_flow *flow = &one.ev[i].flow;

		packets += flow->pkts_delta[NET_FWD] + flow->pkts_delta[NET_REV];
		ends[flow->end]++;
	}
	assert_int_equal(packets, PACKETS);
	/* The sequence has everything that could differ. */
	for (int end = FLOW_END_IDLE; end <= FLOW_END_FORCED; end++)
		assert_in_range(ends[end], 20, RECORDS);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct bag many = records_of(numbers[i]);

		assert_int_equal(many.n, one.n);
		assert_memory_equal(many.ev, one.ev, one.n * sizeof(struct event));
		free(many.ev);
	}
	free(one.ev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_flow_ends_at_its_deadline_whenever_that_is_noticed),
		cmocka_unit_test(a_packet_that_finds_its_flow_idle_begins_another),
		cmocka_unit_test(packets_put_the_deadline_off),
		cmocka_unit_test(epoch_zero_is_a_time_like_others),
		cmocka_unit_test(the_end_of_time_does_not_wrap),
		cmocka_unit_test(time_does_not_run_backwards),
		cmocka_unit_test(records_of_one_advance_are_ordered),
		cmocka_unit_test(a_flow_that_goes_on_is_reported_with_what_came_since),
		cmocka_unit_test(silent_intervals_give_no_record),
		cmocka_unit_test(a_packet_at_the_end_of_an_interval_belongs_to_the_next),
		cmocka_unit_test(
			an_interval_that_ends_in_the_tick_of_the_flow_gives_no_record_of_its_own),
		cmocka_unit_test(timeouts_longer_than_the_wheel_hold),
		cmocka_unit_test(a_jump_costs_what_a_timeout_costs),
		cmocka_unit_test(the_cheap_question_agrees_with_the_dear_one),
		cmocka_unit_test(a_closing_reset_and_a_closed_flow_leave_soon),
		cmocka_unit_test(the_number_of_tables_changes_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
