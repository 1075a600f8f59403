/* SPDX-License-Identifier: Apache-2.0 */
/* test_flow_tcp.c - states, ends, sequence numbers, round trips, histories, initiators. */
#include "test_flow.h"

static struct net_tuple client, server;

static int
set_up(void **state)
{
	(void)state;
	client = tuple_of(1, 40000, 2, 443, NET_IP_TCP);
	server = net_tuple_swapped(&client);
	return 0;
}

static void
c2s(struct flow_table *t, uint64_t ts_ns, uint8_t flags, uint32_t seq, uint32_t len)
{
	(void)track(t, tcp_of(ts_ns, client, flags, seq, len));
}

static void
s2c(struct flow_table *t, uint64_t ts_ns, uint8_t flags, uint32_t seq, uint32_t len)
{
	(void)track(t, tcp_of(ts_ns, server, flags, seq, len));
}

static void
handshake(struct flow_table *t, uint64_t ts_ns)
{
	c2s(t, ts_ns, SYN, 100, 0);
	s2c(t, ts_ns + 5 * MS, SYN | ACK, 900, 0);
	c2s(t, ts_ns + 7 * MS, ACK, 101, 0);
}

static struct event
end_of(struct flow_table *t)
{
	flow_force_end(t);
	return next_record(t);
}

static void
a_whole_connection_is_told_by_its_record(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC + 10 * MS, PSH | ACK, 101, 300);
	s2c(t, SEC + 20 * MS, PSH | ACK, 901, 1000);
	c2s(t, SEC + 30 * MS, FIN | ACK, 401, 0);
	s2c(t, SEC + 40 * MS, FIN | ACK, 1901, 0);
	c2s(t, SEC + 50 * MS, ACK, 402, 0);
	flow_advance(t, SEC + 50 * MS + 2 * SEC - 1);
	assert_no_record(t);
	flow_advance(t, SEC + 50 * MS + 2 * SEC + FLOW_TICK_NS);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, SEC + 50 * MS + 2 * SEC);
	assert_int_equal(ev.kind, EVENT_FLOW);
	assert_int_equal(ev.flags, EVENT_HAS_TUPLE | EVENT_HAS_PORTS | EVENT_FINAL);
	assert_int_equal(ev.flow.end, FLOW_END_DETECTED);
	assert_int_equal(ev.flow.tcp_state, TCP_CLOSED);
	assert_string_equal(ev.flow.history, "ShADdFf");
	assert_int_equal(ev.flow.pkts[NET_FWD], 5);
	assert_int_equal(ev.flow.pkts[NET_REV], 3);
	assert_int_equal(ev.flow.bytes_delta[NET_REV], 3 * 40 + 1000);
	assert_int_equal(ev.flow.tcp_flags[NET_FWD], SYN | ACK | PSH | FIN);
	assert_int_equal(ev.flow.retransmits[NET_FWD] + ev.flow.out_of_order[NET_FWD], 0);
	finish(t, 8);
}

static void
a_connection_that_is_over_was_not_ended_by_the_sensor(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC, FIN | ACK, 101, 0);
	assert_int_equal(end_of(t).flow.end, FLOW_END_FORCED);
	handshake(t, SEC);
	c2s(t, SEC, FIN | ACK, 101, 0);
	s2c(t, SEC, FIN | ACK, 901, 0);
	assert_int_equal(end_of(t).flow.end, FLOW_END_DETECTED);
	handshake(t, SEC);
	s2c(t, SEC, RST, 901, 0);
	assert_int_equal(end_of(t).flow.end, FLOW_END_DETECTED);
	finish(t, 13);
}

static void
a_history_has_each_letter_once_in_order_of_appearance(void **state)
{
	struct flow_table *t = table_of(64);
	struct decoded d;
	struct event ev;

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC, ACK, 101, 10);
	c2s(t, SEC, ACK, 101, 10);
	c2s(t, SEC, ACK, 101, 10);
	s2c(t, SEC, ACK, 901, 0);
	s2c(t, SEC, ACK, 901, 50);
	d = tcp_of(SEC, server, ACK, 951, 0);
	d.tcp_window = 0;
	(void)track(t, d);
	(void)track(t, d);
	d.tcp_window = 500;
	d.flags |= DECODE_BAD_L4_CHECKSUM;
	d.tuple = client;
	(void)track(t, d);
	s2c(t, SEC, RST, 951, 0);
	c2s(t, SEC, RST, 111, 0);
	ev = end_of(t);
	assert_string_equal(ev.flow.history, "ShADTadwCrR");
	assert_int_equal(ev.flow.retransmits[NET_FWD], 2);
	assert_int_equal(ev.flow.zero_windows[NET_REV], 2);
	assert_int_equal(ev.flow.zero_windows[NET_FWD], 0);
	assert_int_equal(ev.flow.checksum_bad, 1);
	finish(t, 13);
}

static void
every_letter_fits(void **state)
{
	struct flow_more more = { 0 };
	char text[FLOW_HISTORY + 1];

	(void)state;
	for (int twice = 0; twice < 2; twice++)
		for (int letter = 1; letter <= FLOW_LETTERS; letter++) {
			flow_history_add(&more, (enum flow_letter)letter, NET_FWD);
			flow_history_add(&more, (enum flow_letter)letter, NET_REV);
		}
	flow_history_text(&more, text);
	assert_string_equal(text, "SsHhAaDdFfRrTtWwCc");
}

static void
states_follow_the_handshake(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f = track(t, tcp_of(SEC, client, SYN, 100, 0));

	(void)state;
	assert_int_equal(f->state, TCP_SYN_SENT);
	s2c(t, SEC, ACK, 4000, 0);
	assert_int_equal(f->state, TCP_SYN_SENT);
	s2c(t, SEC, SYN | ACK, 900, 0);
	assert_int_equal(f->state, TCP_SYN_RECEIVED);
	assert_false(f->bits & FLOW_PROTECTED);
	c2s(t, SEC, ACK, 101, 0);
	assert_int_equal(f->state, TCP_ESTABLISHED);
	assert_true(f->bits & FLOW_PROTECTED);
	s2c(t, SEC, FIN | ACK, 901, 0);
	assert_int_equal(f->state, TCP_CLOSING);
	s2c(t, SEC, FIN | ACK, 901, 0);
	assert_int_equal(f->state, TCP_CLOSING);
	c2s(t, SEC, FIN | ACK, 101, 0);
	assert_int_equal(f->state, TCP_CLOSED);
	c2s(t, SEC, RST, 102, 0);
	assert_int_equal(f->state, TCP_CLOSED);
	finish(t, 8);
}

static void
an_unanswered_syn_ends_after_the_half_open_timeout(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	c2s(t, 3 * SEC, SYN, 100, 0);
	flow_advance(t, 13 * SEC - 1);
	assert_no_record(t);
	flow_advance(t, 13 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, 13 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_IDLE);
	assert_int_equal(ev.flow.tcp_state, TCP_SYN_SENT);
	finish(t, 1);
}

static void
an_established_connection_outlives_the_half_open_timeout(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	handshake(t, SEC);
	flow_advance(t, 55 * SEC);
	assert_no_record(t);
	flow_advance(t, 62 * SEC);
	assert_int_equal(next_record(t).flow.end, FLOW_END_ACTIVE);
	assert_int_equal(next_record(t).ts_ns, SEC + 7 * MS + 60 * SEC);
	assert_no_record(t);
	finish(t, 3);
}

static void
a_reset_ends_the_flow_after_the_closed_timeout(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	c2s(t, SEC, SYN, 100, 0);
	s2c(t, SEC + MS, RST | ACK, 0, 0);
	flow_advance(t, 10 * SEC);
	ev = next_record(t);
	assert_int_equal(ev.ts_ns, SEC + MS + 2 * SEC);
	assert_int_equal(ev.flow.end, FLOW_END_DETECTED);
	assert_int_equal(ev.flow.tcp_state, TCP_RESET);
	finish(t, 2);
}

static void
a_new_syn_on_a_closed_flow_begins_another_at_once(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;
	struct event ev;

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC + 10 * MS, FIN | ACK, 101, 0);
	s2c(t, SEC + 11 * MS, FIN | ACK, 901, 0);
	f = track(t, tcp_of(SEC + 500 * MS, client, SYN, 77000, 0));
	assert_int_equal(f->pkts[NET_FWD], 1);
	assert_int_equal(f->state, TCP_SYN_SENT);
	assert_int_equal(flow_prev_ns(t), 0);
	ev = next_record(t);
	assert_int_equal(ev.flow.end, FLOW_END_DETECTED);
	assert_int_equal(ev.ts_ns, SEC + 500 * MS);
	assert_int_equal(ev.flow.pkts[NET_FWD], 3);
	assert_int_not_equal(ev.flow_id, f->id);
	assert_no_record(t);
	finish(t, 6);
}

static void
a_repeated_syn_after_a_refusal_is_the_same_flow(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	c2s(t, SEC, SYN, 100, 0);
	s2c(t, SEC + MS, RST | ACK, 0, 0);
	f = track(t, tcp_of(SEC + 500 * MS, client, SYN, 100, 0));
	assert_int_equal(f->pkts[NET_FWD], 2);
	assert_int_equal(f->retransmits[NET_FWD], 1);
	finish(t, 3);
}

static void
a_syn_on_an_open_connection_changes_nothing(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	handshake(t, SEC);
	f = track(t, tcp_of(SEC + 10 * MS, client, SYN, 555000, 0));
	assert_int_equal(f->state, TCP_ESTABLISHED);
	assert_int_equal(f->pkts[NET_FWD], 3);
	finish(t, 4);
}

static void
late_segments_fill_gaps_and_repeated_ones_do_not(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC, ACK, 101, 1000);
	c2s(t, SEC, ACK, 2101, 1000); /* 1101 is missing */
	c2s(t, SEC, ACK, 3101, 1000);
	c2s(t, SEC, ACK, 1101, 1000); /* here it is */
	c2s(t, SEC, ACK, 1101, 1000); /* again */
	c2s(t, SEC, ACK, 3601, 1000); /* half of it was there */
	c2s(t, SEC, ACK, 4601, 0);
	ev = end_of(t);
	assert_int_equal(ev.flow.out_of_order[NET_FWD], 1);
	assert_int_equal(ev.flow.retransmits[NET_FWD], 2);
	assert_int_equal(ev.flow.retransmits[NET_REV] + ev.flow.out_of_order[NET_REV], 0);
	finish(t, 10);
}

static void
sequence_numbers_wrap(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	c2s(t, SEC, ACK, 0xfffffff0, 32);
	c2s(t, SEC, ACK, 16, 100);
	f = track(t, tcp_of(SEC, client, ACK, 0xfffffff0, 32));
	assert_int_equal(f->next_seq[NET_FWD], 116);
	assert_int_equal(f->retransmits[NET_FWD], 1);
	assert_int_equal(f->out_of_order[NET_FWD], 0);
	finish(t, 3);
}

static void
keep_alives_are_no_retransmissions(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	handshake(t, SEC);
	c2s(t, SEC, ACK, 101, 50);
	c2s(t, 2 * SEC, ACK, 150, 0);
	f = track(t, tcp_of(3 * SEC, client, ACK, 150, 1));
	assert_int_equal(f->retransmits[NET_FWD], 0);
	assert_int_equal(f->next_seq[NET_FWD], 151);
	finish(t, 6);
}

static void
a_number_from_nowhere_does_not_make_the_rest_retransmissions(void **state)
{
	struct flow_table *t = table_of(64);
	struct flow *f;

	(void)state;
	c2s(t, SEC, ACK, 1000, 100);
	c2s(t, SEC, ACK, 0x90000000, 10);
	c2s(t, SEC, ACK, 1100, 100);
	f = track(t, tcp_of(SEC, client, ACK, 1200, 100));
	assert_int_equal(f->retransmits[NET_FWD], 0);
	assert_int_equal(f->out_of_order[NET_FWD], 0);
	finish(t, 4);
}

static void
round_trips_come_from_the_handshake(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	handshake(t, SEC);
	ev = end_of(t);
	assert_int_equal(ev.flow.rtt_syn_us, 5000);
	assert_int_equal(ev.flow.rtt_ack_us, 2000);
	finish(t, 3);
}

static void
a_repeated_handshake_packet_measures_nothing(void **state)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)state;
	c2s(t, SEC, SYN, 100, 0);
	c2s(t, 2 * SEC, SYN, 100, 0);
	s2c(t, 2 * SEC + MS, SYN | ACK, 900, 0);
	s2c(t, 3 * SEC, SYN | ACK, 900, 0);
	c2s(t, 3 * SEC + MS, ACK, 101, 0);
	ev = end_of(t);
	assert_int_equal(ev.flow.rtt_syn_us, 0);
	assert_int_equal(ev.flow.rtt_ack_us, 0);
	assert_int_equal(ev.flow.retransmits[NET_FWD], 1);
	assert_int_equal(ev.flow.retransmits[NET_REV], 1);
	assert_int_equal(ev.flow.tcp_state, TCP_ESTABLISHED);
	finish(t, 5);
}

static void
a_bad_checksum_moves_no_state(void **state)
{
	struct flow_table *t = table_of(64);
	struct decoded d;
	struct flow *f;

	(void)state;
	handshake(t, SEC);
	d = tcp_of(SEC + 10 * MS, client, RST | FIN, 777777, 100);
	d.flags |= DECODE_BAD_L4_CHECKSUM;
	f = track(t, d);
	assert_int_equal(f->state, TCP_ESTABLISHED);
	assert_int_equal(f->next_seq[NET_FWD], 101);
	assert_int_equal(f->tcp_flags[NET_FWD], SYN | ACK);
	assert_int_equal(f->pkts[NET_FWD], 3);
	assert_int_equal(flow_get_more(t, f)->checksum_bad, 1);
	for (int i = 0; i < 300; i++)
		(void)track(t, d);
	assert_int_equal(flow_get_more(t, f)->checksum_bad, 255);
	finish(t, 304);
}

static void
a_later_fragment_is_counted_and_has_no_numbers(void **state)
{
	struct flow_table *t = table_of(64);
	struct decoded d;
	struct flow *f;

	(void)state;
	handshake(t, SEC);
	d = packet_of(SEC + 10 * MS, client, 500);
	d.flags = DECODE_HAS_PORTS | DECODE_FRAGMENT | DECODE_LATER_FRAGMENT;
	f = track(t, d);
	assert_int_equal(f->pkts[NET_FWD], 3);
	assert_int_equal(f->next_seq[NET_FWD], 101);
	assert_int_equal(f->zero_windows[NET_FWD], 0);
	finish(t, 4);
}

static struct net_tuple
reported_tuple(struct decoded d)
{
	struct flow_table *t = table_of(64);
	struct event ev;

	(void)track(t, d);
	ev = end_of(t);
	finish(t, 1);
	return ev.tuple;
}

static void
assert_initiator(struct decoded d, uint16_t port)
{
	struct net_tuple as_sent = d.tuple, got;

	/* Whichever end is first in canonical order. */
	for (int mirrored = 0; mirrored < 2; mirrored++) {
		got = reported_tuple(d);
		assert_int_equal(got.src_port, port);
		d.tuple.src = as_sent.dst;
		d.tuple.dst = as_sent.src;
	}
}

static void
the_initiator_is_decided_with_the_first_packet(void **state)
{
	struct net_tuple up = tuple_of(1, 5000, 2, 443, NET_IP_TCP);
	struct net_tuple down = tuple_of(1, 443, 2, 5000, NET_IP_TCP);
	struct decoded d;

	(void)state;
	assert_initiator(tcp_of(SEC, down, SYN, 1, 0), 443);
	assert_initiator(tcp_of(SEC, up, SYN | ACK, 1, 0), 443);
	assert_initiator(tcp_of(SEC, up, ACK, 1, 0), 5000);
	assert_initiator(tcp_of(SEC, down, ACK, 1, 0), 5000);
	assert_initiator(tcp_of(SEC, tuple_of(1, 20, 2, 21, NET_IP_TCP), ACK, 1, 0), 20);
	assert_initiator(tcp_of(SEC, tuple_of(1, 2000, 2, 2100, NET_IP_TCP), ACK, 1, 0), 2000);
	assert_initiator(packet_of(SEC, tuple_of(1, 53, 2, 2100, NET_IP_UDP), 1), 2100);
	assert_initiator(packet_of(SEC, tuple_of(1, 1023, 2, 1024, NET_IP_UDP), 1), 1024);
	assert_initiator(packet_of(SEC, tuple_of(1, 0, 2, 1024, NET_IP_UDP), 1), 0);
	assert_initiator(packet_of(SEC, tuple_of(1, 53, 2, 2100, NET_IP_SCTP), 1), 53);
	/* A header that cannot be believed does not say who sent a SYN. */
	d = tcp_of(SEC, down, SYN, 1, 0);
	d.flags |= DECODE_BAD_L4_CHECKSUM;
	assert_initiator(d, 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_connection_is_told_by_its_record),
		cmocka_unit_test(a_connection_that_is_over_was_not_ended_by_the_sensor),
		cmocka_unit_test(a_history_has_each_letter_once_in_order_of_appearance),
		cmocka_unit_test(every_letter_fits),
		cmocka_unit_test(states_follow_the_handshake),
		cmocka_unit_test(an_unanswered_syn_ends_after_the_half_open_timeout),
		cmocka_unit_test(an_established_connection_outlives_the_half_open_timeout),
		cmocka_unit_test(a_reset_ends_the_flow_after_the_closed_timeout),
		cmocka_unit_test(a_new_syn_on_a_closed_flow_begins_another_at_once),
		cmocka_unit_test(a_repeated_syn_after_a_refusal_is_the_same_flow),
		cmocka_unit_test(a_syn_on_an_open_connection_changes_nothing),
		cmocka_unit_test(late_segments_fill_gaps_and_repeated_ones_do_not),
		cmocka_unit_test(sequence_numbers_wrap),
		cmocka_unit_test(keep_alives_are_no_retransmissions),
		cmocka_unit_test(a_number_from_nowhere_does_not_make_the_rest_retransmissions),
		cmocka_unit_test(round_trips_come_from_the_handshake),
		cmocka_unit_test(a_repeated_handshake_packet_measures_nothing),
		cmocka_unit_test(a_bad_checksum_moves_no_state),
		cmocka_unit_test(a_later_fragment_is_counted_and_has_no_numbers),
		cmocka_unit_test(the_initiator_is_decided_with_the_first_packet),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
