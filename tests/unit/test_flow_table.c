/* SPDX-License-Identifier: Apache-2.0 */
/* test_flow_table.c - keys, two directions, room and who has to leave, collisions, counters. */
#include "test_flow.h"

static struct net_tuple
udp(uint32_t i)
{
	return tuple_of(i, 40000, 0x10000, 40001, NET_IP_UDP);
}

/* Both directions: a conversation. */
static void
converse(struct flow_table *t, uint64_t ts_ns, struct net_tuple tuple)
{
	(void)track(t, packet_of(ts_ns, tuple, 10));
	(void)track(t, packet_of(ts_ns, net_tuple_swapped(&tuple), 20));
}

static void
both_directions_are_one_flow(void **state)
{
	struct flow_table *t = table_of(64);
	struct net_tuple a = tuple_of(9, 3000, 4, 2000, NET_IP_UDP);
	struct flow *f = track(t, packet_of(SEC, a, 10));
	struct event ev;

	(void)state;
	assert_int_equal(flow_prev_ns(t), 0);
	assert_ptr_equal(track(t, packet_of(2 * SEC, net_tuple_swapped(&a), 20)), f);
	assert_int_equal(f->dir, NET_REV);
	assert_int_equal(flow_prev_ns(t), SEC);
	assert_ptr_equal(track(t, packet_of(3 * SEC, a, 30)), f);
	assert_int_equal(f->dir, NET_FWD);
	assert_int_equal(f->pkts[NET_FWD], 2);
	assert_int_equal(f->bytes[NET_FWD], 120);
	assert_int_equal(f->pkts[NET_REV], 1);
	assert_int_equal(f->bytes[NET_REV], 60);
	flow_force_end(t);
	ev = next_record(t);
	assert_memory_equal(&ev.tuple, &a, sizeof(a));
	assert_int_equal(ev.flow_id, net_flow_id(&a, 0, SEC));
	assert_int_equal(ev.ts_ns, 3 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_FORCED);
	assert_int_equal(ev.flow.ttl[NET_REV], 64);
	assert_string_equal(ev.flow.history, "Dd");
	finish(t, 3);
}

static void
an_echo_and_its_reply_are_one_flow(void **state)
{
	struct flow_table *t = table_of(64);
	struct net_tuple echo = tuple_of(7, 8, 3, 0, NET_IP_ICMP);
	struct flow *f = track(t, packet_of(SEC, echo, 10));

	(void)state;
	assert_ptr_equal(track(t, packet_of(SEC, net_tuple_swapped(&echo), 10)), f);
	assert_int_equal(f->state, TCP_NONE);
	finish(t, 2);
}

static void
every_part_of_the_tuple_counts(void **state)
{
	struct flow_table *t = table_of(64);
	struct net_tuple a = tuple_of(1, 10, 2, 20, NET_IP_UDP), b[5];
	uint64_t value[EVENT_COUNTERS];

	(void)state;
	for (int i = 0; i < 5; i++)
		b[i] = a;
	b[0].src.b[15] ^= 1;
	b[1].dst.b[0] ^= 1;
	b[2].src_port = 11;
	b[3].dst_port = 21;
	b[4].ip_proto = NET_IP_TCP;
	(void)track(t, packet_of(SEC, a, 0));
	for (int i = 0; i < 5; i++)
		(void)track(t, packet_of(SEC, b[i], 0));
	assert_ledger(t, 6, value);
	assert_int_equal(value[COUNT_FLOWS_ACTIVE], 6);
	finish(t, 6);
}

static uint64_t
flows_by(bool key_vlan, bool key_tunnel)
{
	struct flow_options o = { .key_vlan = key_vlan, .key_tunnel = key_tunnel };
	struct flow_table *t = flow_table_new(&o, 64, SEED);
	uint64_t value[EVENT_COUNTERS], n = 0;

	for (uint16_t i = 0; i < 16; i++) {
		struct decoded d = packet_of(SEC, udp(1), 0);

		d.n_vlans = (uint8_t)(i % 3);
		d.vlan_id = d.n_vlans > 0 ? (uint16_t)(i / 8) : 0;
		d.vlan_inner = d.n_vlans > 1 ? 5 : 0;
		d.tunnel = i & 1 ? EVENT_TUNNEL_VXLAN : EVENT_TUNNEL_NONE;
		d.tunnel_id = i & 1 ? i / 4 : 0;
		(void)track(t, d);
		n++;
	}
	assert_ledger(t, n, value);
	finish(t, n);
	return value[COUNT_FLOWS_CREATED];
}

static void
vlan_and_tunnel_are_part_of_the_key_if_asked(void **state)
{
	(void)state;
	assert_int_equal(flows_by(false, false), 1);
	assert_int_equal(flows_by(true, false), 5); /* none, one of 2, two of 2 */
	assert_int_equal(flows_by(false, true), 5); /* none, four networks */
	assert_in_range(flows_by(true, true), 6, 16);
}

static void
the_link_layer_of_the_first_packet_is_reported(void **state)
{
	static const uint8_t mac[12] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2 };
	struct flow_table *t = table_of(64);
	struct decoded d = packet_of(SEC, tuple_of(1, 53, 2, 5000, NET_IP_UDP), 0);
	struct event ev;
	struct flow *f;

	(void)state;
	d.flags |= DECODE_HAS_VLAN;
	d.vlan_id = 100;
	d.vlan_inner = 7;
	d.tunnel = EVENT_TUNNEL_GRE;
	d.tunnel_id = 0xabcdef01;
	d.tos = 0xb8;
	f = track(t, d);
	assert_int_equal(f->dir, NET_REV);
	flow_set_macs(t, f, mac);
	flow_force_end(t);
	ev = next_record(t);
	assert_int_equal(ev.flags, EVENT_HAS_TUPLE | EVENT_HAS_PORTS | EVENT_HAS_VLAN |
					   EVENT_HAS_MAC | EVENT_FINAL);
	assert_int_equal(ev.vlan_id, 100);
	assert_int_equal(ev.vlan_inner, 7);
	assert_int_equal(ev.tunnel_id, 0xabcdef01);
	assert_int_equal(ev.flow.tunnel, EVENT_TUNNEL_GRE);
	assert_int_equal(ev.flow.tos, 0xb8);
	/* The packet came from the responder: its destination address is the initiator's. */
	assert_memory_equal(ev.src_mac, mac, 6);
	assert_memory_equal(ev.dst_mac, mac + 6, 6);
	finish(t, 1);
}

static const char *
name_of(uint8_t app)
{
	return app == 3 ? "a-name-that-is-too-long" : "";
}

static void
the_application_is_named_and_cut(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	flow_set_app_names(t, name_of);
	track(t, packet_of(SEC, udp(1), 0))->app = 3;
	(void)track(t, packet_of(2 * SEC, udp(2), 0));
	flow_force_end(t);
	ev = next_record(t);
	assert_string_equal(ev.app_proto, "a-name-that");
	ev = next_record(t);
	assert_string_equal(ev.app_proto, "");
	finish(t, 2);
}

static void
an_icmp_error_is_told_to_the_flow_it_quotes(void **state)
{
	struct flow_table *t = table_of(64);
	struct net_tuple a = tuple_of(5, 3000, 6, 2000, NET_IP_UDP), b;
	struct decoded error = packet_of(SEC + MS, tuple_of(9, 3, 5, 3, NET_IP_ICMP), 0);
	uint64_t value[EVENT_COUNTERS];
	struct flow *f;

	(void)state;
	f = track(t, packet_of(SEC, a, 0));
	b = net_tuple_swapped(&a);
	assert_ptr_equal(flow_icmp_error(t, &error, &a, 3, 3), f);
	assert_ptr_equal(flow_icmp_error(t, &error, &b, 11, 0), f);
	b.src_port++;
	assert_null(flow_icmp_error(t, &error, &b, 3, 3));
	/* Ended, though nobody has noticed yet. */
	error.ts_ns = 61 * SEC;
	assert_null(flow_icmp_error(t, &error, &a, 3, 3));
	assert_int_equal(f->icmp_errors, 2);
	assert_int_equal(flow_get_more(t, f)->icmp_type, 11);
	assert_int_equal(flow_get_more(t, f)->icmp_code, 0);
	assert_int_equal(f->pkts[NET_FWD], 1);
	assert_ledger(t, 1, value);
	assert_int_equal(value[COUNT_FLOW_ICMP_MATCHED], 2);
	assert_int_equal(value[COUNT_FLOW_ICMP_UNMATCHED], 2);
	finish(t, 1);
}

static void
all_flows_are_held_up_to_the_maximum(void **state)
{
	enum { MAX = 20000 };
	struct flow_table *t = table_of(MAX);
	uint64_t value[EVENT_COUNTERS];

	(void)state;
	for (uint32_t i = 0; i < MAX; i++)
		(void)track(t, packet_of(SEC, udp(i), 0));
	assert_ledger(t, MAX, value);
	assert_int_equal(value[COUNT_FLOWS_ACTIVE], MAX);
	for (uint32_t i = 0; i < MAX; i++)
		assert_int_equal(track(t, packet_of(SEC, udp(i), 0))->pkts[NET_FWD], 2);
	finish(t, 2 * MAX);
}

static void
a_flood_of_one_way_flows_pushes_out_only_its_own(void **state)
{
	enum { MAX = 1024, TALKS = 700, FLOOD = 20000 };
	struct flow_table *t = table_of(MAX);
	uint64_t value[EVENT_COUNTERS];
	uint64_t refused = 0, offered = 2 * TALKS;
	struct event ev;

	(void)state;
	for (uint32_t i = 0; i < TALKS; i++)
		converse(t, SEC, udp(i));
	for (uint32_t i = 0; i < FLOOD; i++, offered++) {
		struct decoded d = packet_of(2 * SEC + i, udp(TALKS + i), 0);
		struct flow *f;

		flow_advance(t, d.ts_ns);
		refused += offer(t, &d, &f) == FLOW_FULL;
		while (flow_next_record(t, &ev)) {
			assert_int_equal(ev.flow.end, FLOW_END_RESOURCES);
			assert_int_equal(ev.flow.pkts[NET_REV], 0);
		}
		assert_in_range(t->live, 1, MAX);
	}
	for (uint32_t i = 0; i < TALKS; i++, offered++)
		assert_int_equal(track(t, packet_of(3 * SEC, udp(i), 0))->pkts[NET_FWD], 2);
	assert_ledger(t, offered, value);
	assert_int_equal(value[COUNT_FLOW_TABLE_FULL], refused);
	assert_in_range(refused, 0, FLOOD / 100);
	assert_int_equal(value[COUNT_FLOWS_ENDED_RESOURCES], FLOOD - refused - (MAX - TALKS));
	finish(t, offered);
}

static void
conversations_leave_the_last_eighth_to_new_flows(void **state)
{
	enum { MAX = 1024, FLOOD = 3000 };
	struct flow_table *t = table_of(MAX);
	struct event ev;

	(void)state;
	for (uint32_t i = 0; i < MAX; i++) {
		converse(t, SEC, udp(i));
		while (flow_next_record(t, &ev))
			;
	}
	assert_in_range(t->protected, MAX - MAX / 8, MAX);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct decoded d = packet_of(2 * SEC, udp(MAX + i), 0);
		struct flow *f;

		(void)offer(t, &d, &f);
		while (flow_next_record(t, &ev))
			;
	}
	assert_int_equal(t->live, MAX);
	assert_int_equal(t->protected, MAX - MAX / 8);
	finish(t, 2 * MAX + FLOOD);
}

static void
half_open_connections_do_not_count_as_conversations(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		struct net_tuple a = tuple_of(i, 5000, 1000, 80, NET_IP_TCP);

		(void)track(t, tcp_of(SEC, a, SYN, 1, 0));
		(void)track(t, tcp_of(SEC, net_tuple_swapped(&a), i & 1 ? SYN | ACK : RST, 1, 0));
	}
	assert_int_equal(t->protected, 0);
	finish(t, 80);
}

/* Whether a key has both its buckets in common with another hash. */
static bool
is_same_pair(const struct flow_table *t, uint64_t a, uint64_t b)
{
	uint64_t n = t->n_buckets;
	uint64_t a1 = (a >> 32) * n >> 32, a2 = (a & UINT32_MAX) * n >> 32;
	uint64_t b1 = (b >> 32) * n >> 32, b2 = (b & UINT32_MAX) * n >> 32;

	return (a1 == b1 && a2 == b2) || (a1 == b2 && a2 == b1);
}

static void
chosen_collisions_stay_in_their_buckets(void **state)
{
	enum { MAX = 512, TALKS = 100, COLLIDE = 200, FRIENDS = 10 };
	struct flow_table *t = table_of(MAX);
	uint64_t pair = 0, value[EVENT_COUNTERS];
	uint32_t found[COLLIDE];
	int n = 0;

	(void)state;
	for (uint32_t i = 0; n < COLLIDE; i++) {
		struct decoded d = packet_of(SEC, udp(0x20000 + i), 0);
		struct flow_probe q;

		flow_probe(t, &d, &q);
		pair = i ? pair : q.hash;
		if (is_same_pair(t, pair, q.hash))
			found[n++] = 0x20000 + i;
	}
	for (uint32_t i = 0; i < TALKS; i++)
		converse(t, SEC, udp(i));
	for (int i = 0; i < FRIENDS; i++)
		converse(t, SEC, udp(found[i]));
	for (int i = FRIENDS; i < COLLIDE; i++) {
		(void)track(t, packet_of(2 * SEC + (uint64_t)i, udp(found[i]), 0));
		while (t->list[FLOW_DUE] != FLOW_NONE)
			assert_int_equal(next_record(t).flow.pkts[NET_REV], 0);
	}
	assert_ledger(t, 2 * (TALKS + FRIENDS) + COLLIDE - FRIENDS, value);
	assert_int_equal(value[COUNT_FLOW_TABLE_FULL], 0);
	assert_in_range(value[COUNT_FLOWS_ENDED_RESOURCES], COLLIDE - 16, COLLIDE - FRIENDS);
	assert_in_range(value[COUNT_FLOWS_ACTIVE], TALKS + FRIENDS + 1, TALKS + 16);
	for (uint32_t i = 0; i < TALKS; i++)
		assert_int_equal(track(t, packet_of(3 * SEC, udp(i), 0))->pkts[NET_FWD], 2);
	for (int i = 0; i < FRIENDS; i++)
		assert_int_equal(track(t, packet_of(3 * SEC, udp(found[i]), 0))->pkts[NET_FWD], 2);
	finish(t, 2 * (TALKS + FRIENDS) + COLLIDE - FRIENDS + TALKS + FRIENDS);
}

static void
another_seed_gives_other_places(void **state)
{
	struct flow_options o = { 0 };
	struct flow_table *a = table_of(64), *b = flow_table_new(&o, 64, SEED + 1);
	struct decoded d = packet_of(SEC, udp(1), 0);
	struct flow_probe p, q;

	(void)state;
	flow_probe(a, &d, &p);
	flow_probe(b, &d, &q);
	assert_int_not_equal(p.hash, q.hash);
	assert_memory_equal(&p.key, &q.key, sizeof(p.key));
	flow_table_free(a);
	flow_table_free(b);
}

static void
when_nobody_may_leave_the_packet_is_counted_as_without_room(void **state)
{
	struct flow_table *t = table_of(1);
	struct decoded d = packet_of(SEC, udp(2), 0);
	uint64_t value[EVENT_COUNTERS];
	struct flow *f = NULL;

	(void)state;
	converse(t, SEC, udp(1));
	/* The last eighth of one is one: the conversation gives way, and then the newcomer. */
	assert_int_equal(offer(t, &d, &f), FLOW_NEW);
	assert_int_equal(next_record(t).flow.end, FLOW_END_RESOURCES);
	for (int i = 0; i < FLOW_SPARE + 5; i++) {
		d.tuple.src_port++;
		if (offer(t, &d, &f) == FLOW_FULL)
			assert_null(f);
	}
	/* Records nobody takes are not overwritten. */
	assert_ledger(t, 2 + 1 + FLOW_SPARE + 5, value);
	assert_int_equal(value[COUNT_FLOW_TABLE_FULL], 5);
	for (int i = 0; i < FLOW_SPARE; i++)
		assert_int_equal(next_record(t).flow.end, FLOW_END_RESOURCES);
	assert_no_record(t);
	finish(t, 2 + 1 + FLOW_SPARE + 5);
}

static void
memory_is_used_again(void **state)
{
	enum { MAX = 4096, AT_ONCE = 100 };
	struct flow_table *t = table_of(MAX);
	uint64_t ts_ns = SEC, offered = 0;
	struct event ev;

	(void)state;
	for (uint32_t round = 0; round < 200; round++, ts_ns += 61 * SEC) {
		flow_advance(t, ts_ns);
		while (flow_next_record(t, &ev))
			;
		for (uint32_t i = 0; i < AT_ONCE; i++, offered++)
			(void)track(t, packet_of(ts_ns, udp(round * AT_ONCE + i), 0));
	}
	assert_int_equal(t->top, AT_ONCE);
	finish(t, offered);
}

static void
a_flow_costs_256_bytes_at_most(void **state)
{
	(void)state;
	for (uint64_t n = 100000; n <= 10000000; n *= 10)
		assert_in_range(flow_table_memory(n), n * 200, n * 256);
	/* 200,000 flows in a table for 262,144: records as used, and all of the index. */
	assert_in_range(flow_table_memory(262144) - UINT64_C(62144) * (192 + 48), 1, 200000 * 256);
}

static void
impossible_sizes_are_refused(void **state)
{
	struct flow_options o = { 0 };

	(void)state;
	assert_null(flow_table_new(&o, 0, SEED));
	assert_null(flow_table_new(&o, FLOW_MAX + 1, SEED));
	flow_table_free(NULL);
}

static void
shards_are_the_same_for_both_directions_and_even(void **state)
{
	enum { FLOWS = 8000, SHARDS = 8 };
	struct flow_table *a = table_of(64);
	struct flow_options o = { .key_vlan = true };
	struct flow_table *b = flow_table_new(&o, 64, SEED + 1);
	uint32_t in[SHARDS] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < FLOWS; i++) {
		struct decoded d = packet_of(SEC, udp(i), 0);
		struct flow_probe p, q;

		d.n_vlans = 1;
		d.vlan_id = (uint16_t)(i & 0xfff);
		flow_probe(a, &d, &p);
		d.tuple = net_tuple_swapped(&d.tuple);
		flow_probe(b, &d, &q);
		assert_int_equal(flow_shard(&p, SHARDS), flow_shard(&q, SHARDS));
		assert_int_equal(flow_shard(&p, SHARDS), flow_shard_tuple(&d.tuple, SHARDS));
		assert_int_equal(flow_shard(&p, 1), 0);
		in[flow_shard(&p, SHARDS)]++;
	}
	for (int i = 0; i < SHARDS; i++)
		assert_in_range(in[i], FLOWS / SHARDS * 8 / 10, FLOWS / SHARDS * 12 / 10);
	flow_table_free(a);
	flow_table_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(an_echo_and_its_reply_are_one_flow),
		cmocka_unit_test(every_part_of_the_tuple_counts),
		cmocka_unit_test(vlan_and_tunnel_are_part_of_the_key_if_asked),
		cmocka_unit_test(the_link_layer_of_the_first_packet_is_reported),
		cmocka_unit_test(the_application_is_named_and_cut),
		cmocka_unit_test(an_icmp_error_is_told_to_the_flow_it_quotes),
		cmocka_unit_test(all_flows_are_held_up_to_the_maximum),
		cmocka_unit_test(a_flood_of_one_way_flows_pushes_out_only_its_own),
		cmocka_unit_test(conversations_leave_the_last_eighth_to_new_flows),
		cmocka_unit_test(half_open_connections_do_not_count_as_conversations),
		cmocka_unit_test(chosen_collisions_stay_in_their_buckets),
		cmocka_unit_test(another_seed_gives_other_places),
		cmocka_unit_test(when_nobody_may_leave_the_packet_is_counted_as_without_room),
		cmocka_unit_test(memory_is_used_again),
		cmocka_unit_test(a_flow_costs_256_bytes_at_most),
		cmocka_unit_test(impossible_sizes_are_refused),
		cmocka_unit_test(shards_are_the_same_for_both_directions_and_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
