/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode_packet.c - checksums, ICMP and what errors quote, packet events. */
#include "decode_frame.h"

static unsigned
sums(const struct bench *b)
{
	return b->d.flags &
	       (DECODE_BAD_IP_CHECKSUM | DECODE_BAD_L4_CHECKSUM | DECODE_CHECKSUM_GOOD);
}

static void
open_raw(struct bench *b)
{
	bench_open(b);
	b->packet.linktype = CAPTURE_LINK_RAW;
}

/* Transports with a checksum, and where it stands. */
static const struct {
	uint8_t ip_proto;
	size_t field;
} transports[] = {
	{ NET_IP_TCP, 16 },
	{ NET_IP_UDP, 6 },
	{ NET_IP_ICMPV6, 2 },
};

static void
put_transport(struct frame *f, uint8_t ip_proto, size_t payload)
{
	frame_begin(f, payload);
	if (ip_proto == NET_IP_TCP)
		frame_tcp(f, 1, 2);
	else if (ip_proto == NET_IP_UDP)
		frame_udp(f, 1, 2);
	else
		frame_push(f, 8)[0] = 128;
}

static void
checksums_are_verified_and_bad_ones_flagged(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	open_raw(&b);
	for (size_t i = 0; i < ARRAY_LEN(transports); i++)
		for (int v6 = 0; v6 < 2; v6++)
			for (size_t payload = 0; payload < 90; payload++) {
				size_t l4 = v6 ? 40 : 20;

				put_transport(&f, transports[i].ip_proto, payload);
				if (v6)
					frame_ip6(&f, transports[i].ip_proto, 1);
				else
					frame_ip4(&f, transports[i].ip_proto, 1);
				frame_sum_l4(&f, l4, transports[i].field);
				bench_run(&b, &f);
				assert_int_equal(sums(&b), DECODE_CHECKSUM_GOOD);
				frame_bytes(&f)[frame_len(&f) - 1] ^= 0x10;
				bench_run(&b, &f);
				assert_int_equal(sums(&b), DECODE_BAD_L4_CHECKSUM);
				b.packet.flags = CAPTURE_CHECKSUM_OFFLOADED;
				bench_run(&b, &f);
				assert_int_equal(sums(&b), 0);
				b.packet.flags = 0;
			}
	bench_close(&b);
}

static void
what_cannot_be_judged_is_neither_good_nor_bad(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;
	uint16_t partial;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 9);
	frame_tcp(&f, 1, 2);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	frame_sum_l4(&f, 20, 16);
	bench_cut(&b, &f, frame_len(&f) - 1);
	assert_int_equal(sums(&b), 0);
	/* Left to the card: the pseudo-header's sum alone. */
	partial = net_sum_fold(net_sum_be16(net_sum_be16(net_sum(0, h + 12, 8), NET_IP_TCP), 29));
	memcpy(h + 36, &partial, 2);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	h[37] ^= 1;
	bench_run(&b, &f);
	assert_int_equal(sums(&b), DECODE_BAD_L4_CHECKSUM);
	/* A fragment has only a part of what was summed. */
	put16(h + 6, 0x2000);
	frame_sum4(h);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	/* UDP without a checksum. */
	frame_begin(&f, 9);
	frame_udp(&f, 1, 2);
	frame_ip4(&f, NET_IP_UDP, 1);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	/* SCTP's is another. */
	frame_begin(&f, 30);
	frame_ip4(&f, NET_IP_SCTP, 1);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	/* Turned off. */
	b.options.checksums = false;
	decode_free(b.dec);
	b.dec = decode_new(&b.options, 7);
	frame_begin(&f, 9);
	frame_tcp(&f, 1, 2);
	frame_ip4(&f, NET_IP_TCP, 1)[10] ^= 1;
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	bench_close(&b);
}

static void
the_ip_header_has_a_checksum_of_its_own(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 0);
	frame_tcp(&f, 1, 2);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	frame_sum_l4(&f, 20, 16);
	h[8]--;
	bench_run(&b, &f);
	assert_int_equal(sums(&b), DECODE_BAD_IP_CHECKSUM);
	put16(h + 10, 0); /* left to the card */
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	bench_close(&b);
}

static void
a_packet_with_hops_to_visit_is_not_bad(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 5);
	frame_tcp(&f, 1, 2)[16] = 0x77;
	h = frame_push(&f, 8);
	memcpy(h, "\x06\0\0\x01\0\0\0\0", 8); /* routing header, one segment left */
	frame_ip6(&f, NET_IP_ROUTING, 1);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	frame_bytes(&f)[43] = 0;
	bench_run(&b, &f);
	assert_int_equal(sums(&b), DECODE_BAD_L4_CHECKSUM);

	frame_begin(&f, 5);
	frame_tcp(&f, 1, 2)[16] = 0x77;
	frame_raw(&f, "\x83\x07\x04\x0a\0\0\x09\0", 8);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	h[0] = 0x47;
	frame_sum4(h);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), 0);
	h[20] = 0x44;
	frame_sum4(h);
	bench_run(&b, &f);
	assert_int_equal(sums(&b), DECODE_BAD_L4_CHECKSUM);
	bench_close(&b);
}

static void
put_icmp(struct frame *f, bool v6, uint8_t type, uint8_t code)
{
	uint8_t *h = frame_push(f, 8);

	h[0] = type;
	h[1] = code;
	if (v6)
		frame_ip6(f, NET_IP_ICMPV6, 1);
	else
		frame_ip4(f, NET_IP_ICMP, 1);
}

static void
icmp_ports_are_those_of_the_community_id(void **state)
{
	static const uint8_t pairs4[][2] = {
		{ 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 }
	};
	static const uint8_t pairs6[][2] = { { 128, 129 }, { 133, 134 }, { 135, 136 },
					     { 130, 131 }, { 139, 140 }, { 144, 145 } };
	struct bench b;
	struct frame f;

	(void)state;
	open_raw(&b);
	for (size_t i = 0; i < 2 * ARRAY_LEN(pairs4); i++) {
		frame_begin(&f, 4);
		put_icmp(&f, false, pairs4[i / 2][i % 2], 3);
		bench_run(&b, &f);
		bench_expect(&b, NET_IP_ICMP, 1, pairs4[i / 2][i % 2], pairs4[i / 2][!(i % 2)]);
		assert_true(b.d.flags & DECODE_HAS_L4);
		assert_false(b.d.flags & DECODE_HAS_PORTS);
		assert_int_equal(b.d.payload_len, 4);
	}
	for (size_t i = 0; i < 2 * ARRAY_LEN(pairs6); i++) {
		frame_begin(&f, 4);
		put_icmp(&f, true, pairs6[i / 2][i % 2], 3);
		bench_run(&b, &f);
		bench_expect(&b, NET_IP_ICMPV6, 1, pairs6[i / 2][i % 2], pairs6[i / 2][!(i % 2)]);
	}
	frame_begin(&f, 4);
	put_icmp(&f, false, 3, 13);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ICMP, 1, 3, 13);
	frame_begin(&f, 4);
	put_icmp(&f, true, 137, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ICMPV6, 1, 137, 1);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

static void
an_error_quotes_the_tuple_as_it_was_sent(void **state)
{
	struct bench b;
	struct frame f;
	struct net_tuple q;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 0);
	frame_udp(&f, 5000, 53);
	frame_ip4(&f, NET_IP_UDP, 9);
	put_icmp(&f, false, 3, 3);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_ICMP, 1, 3, 3);
	assert_true(b.d.flags & DECODE_HAS_QUOTE);
	q = decode_quoted(&b.packet, &b.d);
	assert_int_equal(q.ip_proto, NET_IP_UDP);
	assert_int_equal(q.src.b[15], 9);
	assert_int_equal(q.dst.b[15], 10);
	assert_int_equal(q.src_port, 5000);
	assert_int_equal(q.dst_port, 53);
	/* The ports end at byte 52. */
	for (size_t n = 28; n <= frame_len(&f); n++) {
		bench_cut(&b, &f, n);
		assert_int_equal((b.d.flags & DECODE_HAS_QUOTE) != 0, n >= 52);
		q = decode_quoted(&b.packet, &b.d);
		assert_int_equal(q.dst_port, n >= 52 ? 53 : 0);
	}

	frame_begin(&f, 4);
	frame_push(&f, 8)[0] = 128;
	frame_raw(&f, "\x3a\0\0\0\0\0\0\x01", 8);
	frame_raw(&f, "\x2c\0\x01\x04\0\0\0\0", 8);
	frame_ip6(&f, NET_IP_HOPOPT, 7);
	put_icmp(&f, true, 1, 4);
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_HAS_QUOTE);
	q = decode_quoted(&b.packet, &b.d);
	assert_int_equal(q.ip_proto, NET_IP_ICMPV6);
	assert_int_equal(q.src_port, 128);
	assert_int_equal(q.dst_port, 129);
	assert_int_equal(q.src.b[15], 7);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

static void
what_quotes_no_ports_has_no_quote(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 0);
	frame_udp(&f, 5000, 53);
	h = frame_ip4(&f, NET_IP_UDP, 9);
	put_icmp(&f, false, 8, 0); /* an echo carries whatever it likes */
	bench_run(&b, &f);
	assert_false(b.d.flags & DECODE_HAS_QUOTE);
	frame_bytes(&f)[20] = 11;
	bench_run(&b, &f);
	assert_true(b.d.flags & DECODE_HAS_QUOTE);
	put16(h + 6, 0x0001); /* a later fragment */
	bench_run(&b, &f);
	assert_false(b.d.flags & DECODE_HAS_QUOTE);
	put16(h + 6, 0);
	h[0] = 0x65;
	bench_run(&b, &f);
	assert_false(b.d.flags & DECODE_HAS_QUOTE);
	assert_int_equal(decode_quoted(&b.packet, &b.d).ip_proto, 0);
	bench_close(&b);
}

/* A TCP packet with options behind a tag; returns its IP checksum. */
static unsigned
put_tcp_packet(struct frame *f)
{
	uint8_t *h;

	frame_begin(f, 6);
	frame_raw(f, "\x02\x04\x05\xb4\x01\x03\x03\x07\x08\x0a\1\2\3\4\5\6\7\x08\0\0", 20);
	h = frame_tcp(f, 40000, 443);
	h[12] = 0xa0;
	put16(h + 18, 99);
	h = frame_ip4(f, NET_IP_TCP, 1);
	h[1] = 0x2e;
	put16(h + 6, 0x4000);
	frame_sum4(h);
	frame_sum_l4(f, 20, 16);
	frame_vlan(f, 12, 0x0800);
	frame_eth(f, 0x8100);
	return (unsigned)(h[10] << 8 | h[11]);
}

static void
headers_fill_the_head_of_an_event(void **state)
{
	struct bench b;
	struct frame f;
	struct event ev;

	(void)state;
	bench_open(&b);
	b.packet.ts_ns = 42;
	b.packet.interface = 3;
	b.packet.dir = CAPTURE_DIR_OUT;
	put_tcp_packet(&f);
	bench_run(&b, &f);
	memset(&ev, 0xa5, sizeof(ev));
	decode_to_head(&b.packet, &b.d, &ev);
	assert_int_equal(ev.ts_ns, 42);
	assert_int_equal(ev.interface, 3);
	assert_int_equal(ev.dir, 2);
	assert_int_equal(ev.vlan_id, 12);
	assert_int_equal(ev.vlan_inner, 0);
	assert_int_equal(ev.tunnel_id, 0);
	assert_int_equal(ev.flags,
			 EVENT_HAS_MAC | EVENT_HAS_TUPLE | EVENT_HAS_PORTS | EVENT_HAS_VLAN);
	assert_memory_equal(ev.dst_mac, "\x02\0\0\0\0\x01", 6);
	assert_memory_equal(ev.src_mac, "\x02\0\0\0\0\x02", 6);
	assert_int_equal(ev.tuple.src_port, 40000);
	/* The caller's. */
	assert_int_equal(ev.kind, 0xa5);
	assert_int_equal(ev.flow_id, 0xa5a5a5a5a5a5a5a5);
	bench_close(&b);
}

static void
a_tcp_packet_fills_its_event(void **state)
{
	struct bench b;
	struct frame f;
	struct event ev;
	const struct event_packet *e = &ev.packet;
	unsigned ip_checksum;

	(void)state;
	bench_open(&b);
	ip_checksum = put_tcp_packet(&f);
	bench_run(&b, &f);
	memset(&ev, 0xa5, sizeof(ev));
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(ev.tuple.dst_port, 443);
	assert_int_equal(e->wire_len, 84);
	assert_int_equal(e->caplen, 84);
	assert_int_equal(e->ip_len, 66);
	assert_int_equal(e->payload_len, 6);
	assert_int_equal(e->ether_type, 0x0800);
	assert_int_equal(e->ip_version, 4);
	assert_int_equal(e->ip_header_len, 20);
	assert_int_equal(e->ip_tos, 0x2e);
	assert_int_equal(e->ip_ttl, 64);
	assert_int_equal(e->ip_id, 0x1234);
	assert_int_equal(e->ip_flags, 2);
	assert_int_equal(e->frag_offset, 0);
	assert_int_equal(e->ip_checksum, ip_checksum);
	assert_int_equal(e->tcp_header_len, 40);
	assert_int_equal(e->tcp_seq, 0x01020304);
	assert_int_equal(e->tcp_ack, 0x05060708);
	assert_int_equal(e->tcp_window, 512);
	assert_int_equal(e->tcp_urgent, 99);
	assert_int_equal(e->tcp_mss, 1460);
	assert_int_equal(e->tcp_wscale, 7);
	assert_int_equal(e->tcp_tsval, 0x01020304);
	assert_int_equal(e->tcp_tsecr, 0x05060708);
	assert_int_equal(e->checksum, EVENT_CHECKSUM_GOOD);
	assert_int_equal(e->flow_label, 0);
	/* The caller's. */
	assert_int_equal(e->number, 0xa5a5a5a5a5a5a5a5);
	assert_int_equal(e->flow_pkts[1], 0xa5a5a5a5a5a5a5a5);
	bench_close(&b);
}

static void
other_packets_fill_theirs(void **state)
{
	struct bench b;
	struct frame f;
	struct event ev;
	const struct event_packet *e = &ev.packet;

	(void)state;
	open_raw(&b);
	frame_begin(&f, 6);
	frame_udp(&f, 1, 2);
	frame_raw(&f, "\x11\0\0\x01\0\0\0\x09", 8);
	frame_raw(&f, "\x2c\0\x01\x04\0\0\0\0", 8);
	frame_ip6(&f, NET_IP_DSTOPTS, 1);
	bench_run(&b, &f);
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(e->ip_version, 6);
	assert_int_equal(e->ip_header_len, 40);
	assert_int_equal(e->flow_label, 0x12345);
	assert_int_equal(e->ip_tos, 0x0a);
	assert_int_equal(e->ip_flags, 1);
	assert_int_equal(e->udp_len, 14);
	assert_int_equal(e->tcp_wscale, 255);
	assert_int_equal(e->ether_type, 0);
	assert_int_equal(ev.flags, EVENT_HAS_TUPLE | EVENT_HAS_PORTS);

	frame_begin(&f, 16);
	frame_raw(&f, "\x11\0\x05\xb0\0\0\0\x09", 8);
	frame_ip6(&f, NET_IP_FRAGMENT, 1);
	bench_run(&b, &f);
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(e->frag_offset, 0x5b0);
	assert_int_equal(e->udp_len, 0);
	assert_int_equal(e->payload_len, 16);

	frame_begin(&f, 4);
	put_icmp(&f, false, 3, 4);
	bench_run(&b, &f);
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(e->icmp_type, 3);
	assert_int_equal(e->icmp_code, 4);
	assert_int_equal(e->checksum, EVENT_CHECKSUM_BAD_L4);
	assert_int_equal(ev.flags, EVENT_HAS_TUPLE);

	b.packet.linktype = CAPTURE_LINK_ETHERNET;
	frame_begin(&f, 28);
	frame_eth(&f, 0x0806);
	bench_run(&b, &f);
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(e->ip_version, 0);
	assert_int_equal(e->ether_type, 0x0806);
	assert_int_equal(ev.flags, EVENT_HAS_MAC);
	assert_int_equal(e->payload_len, 28);
	/* Cut inside the addresses. */
	bench_cut(&b, &f, 10);
	decode_to_packet(&b.packet, &b.d, &ev);
	assert_int_equal(ev.flags, 0);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_are_verified_and_bad_ones_flagged),
		cmocka_unit_test(what_cannot_be_judged_is_neither_good_nor_bad),
		cmocka_unit_test(the_ip_header_has_a_checksum_of_its_own),
		cmocka_unit_test(a_packet_with_hops_to_visit_is_not_bad),
		cmocka_unit_test(icmp_ports_are_those_of_the_community_id),
		cmocka_unit_test(an_error_quotes_the_tuple_as_it_was_sent),
		cmocka_unit_test(what_quotes_no_ports_has_no_quote),
		cmocka_unit_test(headers_fill_the_head_of_an_event),
		cmocka_unit_test(a_tcp_packet_fills_its_event),
		cmocka_unit_test(other_packets_fill_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
