/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode_frag.c - ports of later fragments, and what the cache refuses to believe. */
#include "decode_frame.h"

static void
send_v4(struct bench *b, unsigned id, unsigned offset_and_flags, unsigned port)
{
	struct frame f;
	uint8_t *h;

	frame_begin(&f, 16);
	if (port)
		frame_udp(&f, port, 53);
	h = frame_ip4(&f, NET_IP_UDP, 1);
	put16(h + 4, id);
	put16(h + 6, offset_and_flags);
	frame_sum4(h);
	bench_run(b, &f);
	bench_check(b);
}

static void
open_raw(struct bench *b)
{
	bench_open(b);
	b->packet.linktype = CAPTURE_LINK_RAW;
	b->packet.ts_ns = 1000 * NS_PER_SEC;
}

static void
later_fragments_get_the_ports_of_the_first(void **state)
{
	struct bench b;

	(void)state;
	open_raw(&b);
	send_v4(&b, 5, 0x2000, 1234);
	bench_expect(&b, NET_IP_UDP, 1, 1234, 53);
	assert_true(b.d.flags & DECODE_FRAGMENT);
	assert_false(b.d.flags & DECODE_LATER_FRAGMENT);
	for (unsigned i = 3; i < 6; i++) {
		send_v4(&b, 5, 0x2000 + i, 0);
		bench_expect(&b, NET_IP_UDP, 1, 1234, 53);
		assert_int_equal(b.d.flags,
				 DECODE_FRAGMENT | DECODE_LATER_FRAGMENT | DECODE_HAS_PORTS);
		assert_int_equal(b.d.payload_len, 16);
		assert_int_equal(b.d.l4_offset, DECODE_NO_OFFSET);
	}
	bench_close(&b);
}

static void
a_later_fragment_without_a_first_one_is_flagged(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	send_v4(&b, 5, 0x2000, 1234);
	send_v4(&b, 6, 3, 0);
	bench_expect(&b, NET_IP_UDP, 1, 0, 0);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	/* A protocol without ports lacks nothing. */
	frame_begin(&f, 16);
	h = frame_ip4(&f, NET_IP_ESP, 1);
	put16(h + 6, 3);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ESP, 1, 0, 0);
	assert_false(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	bench_close(&b);
}

static void
the_whole_key_has_to_match(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	send_v4(&b, 5, 0x2000, 1234);
	frame_begin(&f, 16);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	put16(h + 4, 5);
	put16(h + 6, 3);
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	h[9] = NET_IP_UDP;
	bench_run(&b, &f);
	assert_false(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	h[15] = 2;
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	h[15] = 1;
	frame_vlan(&f, 9, 0x0800);
	frame_eth(&f, 0x8100);
	b.packet.linktype = CAPTURE_LINK_ETHERNET;
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	bench_close(&b);
}

static void
a_first_fragment_is_forgotten_in_time_whichever_way_it_runs(void **state)
{
	static const struct {
		int64_t after_ns;
		bool known;
	} cases[] = {
		{ 29 * (int64_t)NS_PER_SEC, true },       { 30 * (int64_t)NS_PER_SEC, false },
		{ -29 * (int64_t)NS_PER_SEC, true },      { -31 * (int64_t)NS_PER_SEC, false },
		{ 1000000 * (int64_t)NS_PER_SEC, false },
	};
	struct bench b;

	(void)state;
	open_raw(&b);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		b.packet.ts_ns = 1000 * NS_PER_SEC;
		send_v4(&b, 5, 0x2000, 1234);
		b.packet.ts_ns += (uint64_t)cases[i].after_ns;
		send_v4(&b, 5, 3, 0);
		assert_int_equal(b.d.tuple.src_port, cases[i].known ? 1234 : 0);
	}
	/* Captures may start at the epoch. */
	b.packet.ts_ns = 0;
	send_v4(&b, 8, 0x2000, 77);
	send_v4(&b, 8, 3, 0);
	assert_int_equal(b.d.tuple.src_port, 77);
	bench_close(&b);
}

static void
tiny_fragments_hide_no_ports_and_later_ones_write_none(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	/* Eight bytes of TCP are no header, but they have the ports (RFC 1858). */
	frame_begin(&f, 8);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	put16(h + 4, 5);
	put16(h + 6, 0x2000);
	put16(h + 20, 1111);
	put16(h + 22, 80);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1111, 80);
	assert_false(b.d.flags & DECODE_HAS_L4);
	put16(h + 6, 0x0001);
	put16(h + 20, 7);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1111, 80);
	/* Fewer than four bytes have none. */
	frame_begin(&f, 3);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	put16(h + 4, 6);
	put16(h + 6, 0x2000);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 0, 0);
	put16(h + 6, 0x0001);
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	/* Overlaps cannot change what the first one said. */
	send_v4(&b, 9, 0x2000, 1234);
	send_v4(&b, 9, 0x2001, 666);
	assert_int_equal(b.d.tuple.src_port, 1234);
	send_v4(&b, 9, 3, 0);
	assert_int_equal(b.d.tuple.src_port, 1234);
	/* A new datagram may use the identifier again. */
	send_v4(&b, 9, 0x2000, 4321);
	send_v4(&b, 9, 3, 0);
	assert_int_equal(b.d.tuple.src_port, 4321);
	bench_close(&b);
}

static void
ipv6_fragments_know_the_protocol_of_the_first(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 16);
	frame_tcp(&f, 1234, 80);
	frame_raw(&f, "\x06\0\x01\x04\0\0\0\0", 8);
	frame_raw(&f, "\x3c\0\0\x01\0\x01\0\x02", 8);
	frame_ip6(&f, NET_IP_FRAGMENT, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1234, 80);
	assert_true(b.d.flags & DECODE_FRAGMENT);
	bench_cut_everywhere(&b, &f);
	bench_run(&b, &f);
	frame_begin(&f, 16);
	frame_raw(&f, "\x3c\0\x00\x29\0\x01\0\x02", 8);
	frame_ip6(&f, NET_IP_FRAGMENT, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1234, 80);
	assert_int_equal(b.d.payload_len, 16);
	bench_cut_everywhere(&b, &f);
	/* All 32 bits of the identifier count. */
	frame_begin(&f, 16);
	frame_raw(&f, "\x06\0\x00\x29\0\0\0\x02", 8);
	frame_ip6(&f, NET_IP_FRAGMENT, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 0, 0);
	assert_true(b.d.flags & DECODE_UNMATCHED_FRAGMENT);
	bench_close(&b);
}

static void
a_fragmented_echo_stays_in_its_conversation(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 24);
	memset(frame_bytes(&f), 0, 8);
	frame_bytes(&f)[0] = 8;
	h = frame_ip4(&f, NET_IP_ICMP, 1);
	put16(h + 6, 0x2000);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ICMP, 1, 8, 0);
	put16(h + 6, 3);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ICMP, 1, 8, 0);
	assert_false(b.d.flags & (DECODE_HAS_PORTS | DECODE_UNMATCHED_FRAGMENT));
	bench_close(&b);
}

static void
one_source_cannot_push_out_the_others(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;
	int kept = 0;

	(void)state;
	open_raw(&b);
	for (int i = 0; i < 40; i++) {
		frame_begin(&f, 16);
		frame_udp(&f, 1000 + (unsigned)i, 53);
		h = frame_ip4(&f, NET_IP_UDP, 1);
		h[13] = (uint8_t)i;
		put16(h + 6, 0x2000);
		bench_run(&b, &f);
	}
	for (unsigned id = 0; id < 60000; id++)
		send_v4(&b, id, 0x2000, 9);
	for (int i = 0; i < 40; i++) {
		frame_begin(&f, 16);
		h = frame_ip4(&f, NET_IP_UDP, 1);
		h[13] = (uint8_t)i;
		put16(h + 6, 3);
		bench_run(&b, &f);
		kept += b.d.tuple.src_port == 1000 + i;
	}
	/* The flooding address itself is one of the forty. */
	assert_int_equal(kept, 39);
	bench_close(&b);
}

static void
memory_is_what_was_promised(void **state)
{
	struct decode_options o = { .fragment_entries = 1000 };
	size_t small = decode_memory(&o);

	(void)state;
	o.fragment_entries = 100000;
	assert_true(decode_memory(&o) > small);
	assert_true(small > 1024 * 64 && small < 1024 * 128);
	o.fragment_entries = UINT64_MAX;
	assert_true(decode_memory(&o) < (size_t)2 << 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragments_get_the_ports_of_the_first),
		cmocka_unit_test(a_later_fragment_without_a_first_one_is_flagged),
		cmocka_unit_test(the_whole_key_has_to_match),
		cmocka_unit_test(a_first_fragment_is_forgotten_in_time_whichever_way_it_runs),
		cmocka_unit_test(tiny_fragments_hide_no_ports_and_later_ones_write_none),
		cmocka_unit_test(ipv6_fragments_know_the_protocol_of_the_first),
		cmocka_unit_test(a_fragmented_echo_stays_in_its_conversation),
		cmocka_unit_test(one_source_cannot_push_out_the_others),
		cmocka_unit_test(memory_is_what_was_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
