/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode_tunnel.c - the innermost packet is reported, the outer one where that fails. */
#include "decode_frame.h"

enum { INNER = 50, OUTER = 100 };

#define MACS  "\x02\x00\x00\x00\x00\x03\x02\x00\x00\x00\x00\x04"
#define ETHER MACS "\x08\0"

/* The tunnel's header, put between an IPv4 packet of host INNER and one of host OUTER. */
struct tunnel_case {
	const char *name;
	uint8_t ip_proto;
	uint16_t port; /* 0: not over UDP */
	uint8_t tunnel;
	uint32_t id;
	size_t len;
	const char *bytes;
};

static const struct tunnel_case cases[] = {
	{ "ipip", 4, 0, EVENT_TUNNEL_IPIP, 0, 0, "" },
	{ "gre", 47, 0, EVENT_TUNNEL_GRE, 0, 4, "\0\0\x08\0" },
	{ "gre full", 47, 0, EVENT_TUNNEL_GRE, 0x01020304, 16,
	  "\xb0\0\x08\0\x12\x34\0\0\1\2\3\4\0\0\0\x09" },
	{ "gre routing", 47, 0, EVENT_TUNNEL_GRE, 0, 20,
	  "\x40\0\x08\0\0\0\0\0\x08\0\0\x04\x0a\1\2\3\0\0\0\0" },
	{ "gre bridge", 47, 0, EVENT_TUNNEL_GRE, 0x1234, 22, "\x20\0\x65\x58\0\0\x12\x34" ETHER },
	{ "gre mpls", 47, 0, EVENT_TUNNEL_GRE, 0, 8, "\0\0\x88\x47\0\x01\x01\x40" },
	{ "pptp", 47, 0, EVENT_TUNNEL_GRE, 7, 16,
	  "\x30\x01\x88\x0b\0\x22\0\x07\0\0\0\x01\xff\x03\0\x21" },
	{ "pptp ack", 47, 0, EVENT_TUNNEL_GRE, 7, 17,
	  "\x30\x81\x88\x0b\0\x22\0\x07\0\0\0\x01\0\0\0\x02\x21" },
	{ "erspan i", 47, 0, EVENT_TUNNEL_ERSPAN, 0, 18, "\0\0\x88\xbe" ETHER },
	{ "erspan ii", 47, 0, EVENT_TUNNEL_ERSPAN, 0x123, 30,
	  "\x10\0\x88\xbe\0\0\0\x01\x10\x01\x01\x23\0\0\0\0" ETHER },
	{ "erspan iii", 47, 0, EVENT_TUNNEL_ERSPAN, 0x3ff, 34,
	  "\x10\0\x22\xeb\0\0\0\x01\x20\x01\x03\xff\0\0\0\0\0\0\0\0" ETHER },
	{ "erspan iii platform", 47, 0, EVENT_TUNNEL_ERSPAN, 1, 42,
	  "\x10\0\x22\xeb\0\0\0\x01\x20\x01\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0" ETHER },
	{ "vxlan", 17, 4789, EVENT_TUNNEL_VXLAN, 0x010203, 22, "\x08\0\0\0\1\2\3\0" ETHER },
	{ "vxlan vlan", 17, 8472, EVENT_TUNNEL_VXLAN, 5, 26,
	  "\x08\0\0\0\0\0\5\0" MACS "\x81\0\0\x07\x08\0" },
	{ "vxlan-gpe", 17, 4790, EVENT_TUNNEL_VXLAN, 5, 8, "\x0c\0\0\x01\0\0\5\0" },
	{ "vxlan-gpe ethernet", 17, 4790, EVENT_TUNNEL_VXLAN, 5, 22, "\x0c\0\0\x03\0\0\5\0" ETHER },
	{ "geneve", 17, 6081, EVENT_TUNNEL_GENEVE, 9, 22, "\0\0\x65\x58\0\0\x09\0" ETHER },
	{ "geneve options", 17, 6081, EVENT_TUNNEL_GENEVE, 9, 16,
	  "\x02\x40\x08\0\0\0\x09\0\0\1\2\1\0\0\0\0" },
	{ "gtp-u", 17, 2152, EVENT_TUNNEL_GTPU, 0xdeadbeef, 8, "\x30\xff\0\x21\xde\xad\xbe\xef" },
	{ "gtp-u extensions", 17, 2152, EVENT_TUNNEL_GTPU, 1, 24,
	  "\x37\xff\0\x31\0\0\0\1\0\x09\0\x85\x01\0\0\x85\x02\0\0\0\0\0\0\0" },
};

static void
put_inner(struct frame *f)
{
	frame_begin(f, 5);
	frame_udp(f, 1111, 2222);
	frame_ip4(f, NET_IP_UDP, INNER);
}

static void
put_outer(struct frame *f, const struct tunnel_case *t, bool v6)
{
	frame_raw(f, t->bytes, t->len);
	if (t->port)
		frame_udp(f, 40000, t->port);
	if (v6)
		frame_ip6(f, t->ip_proto, OUTER);
	else
		frame_ip4(f, t->ip_proto, OUTER);
}

static void
put_link(struct frame *f)
{
	frame_vlan(f, 77, f->room[f->at] >> 4 == 6 ? 0x86dd : 0x0800);
	frame_eth(f, 0x8100);
}

static void
the_inside_of_every_tunnel_is_reported(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const struct tunnel_case *t = &cases[i / 2];

		put_inner(&f);
		put_outer(&f, t, i % 2);
		put_link(&f);
		bench_run(&b, &f);
		if (b.d.tuple.dst_port != 2222)
			print_message("%s\n", t->name);
		bench_expect(&b, NET_IP_UDP, INNER, 1111, 2222);
		assert_int_equal(b.d.tunnel, t->tunnel);
		assert_int_equal(b.d.tunnel_id, t->id);
		assert_int_equal(b.d.n_tunnels, 1);
		assert_int_equal(b.d.ip_bytes, 33);
		assert_int_equal(b.d.payload_len, 5);
		/* The outermost frame's. */
		assert_int_equal(b.d.vlan_id, 77);
		assert_int_equal(b.d.n_vlans, 1);
		assert_int_equal(b.d.mac_offset, 0);
		assert_int_equal(b.d.ether_type, i % 2 ? 0x86dd : 0x0800);
		assert_false(b.d.flags & DECODE_IPV6);
		bench_cut_everywhere(&b, &f);
	}
	bench_close(&b);
}

static void
a_cut_inside_the_tunnel_reports_the_outer_packet(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct tunnel_case *t = &cases[i];
		size_t transport = 20 + (t->port ? 8 : 0);

		put_inner(&f);
		put_outer(&f, t, false);
		for (size_t n = transport; n < transport + t->len + 20; n++) {
			bench_cut(&b, &f, n);
			bench_expect(&b, t->ip_proto, OUTER, t->port ? 40000 : 0, t->port);
			assert_int_equal(b.d.n_tunnels, 0);
			assert_int_equal(b.d.tunnel, 0);
			assert_int_equal(b.d.ip_bytes, frame_len(&f));
			assert_int_equal(b.d.payload_len, t->len + 33);
			assert_int_equal(cursor_left(&b.d.payload), n - transport);
			assert_ptr_equal(b.d.payload.at, b.bytes + transport);
		}
		bench_cut(&b, &f, transport + t->len + 20);
		bench_expect(&b, NET_IP_UDP, INNER, 0, 0);
	}
	bench_close(&b);
}

static void
what_is_no_tunnel_stays_an_ordinary_packet(void **state)
{
	static const struct tunnel_case odd[] = {
		{ "no vni", 17, 4789, 0, 0, 22, "\0\0\0\0\1\2\3\0" ETHER },
		{ "arp inside", 17, 4789, 0, 0, 22, "\x08\0\0\0\1\2\3\0" MACS "\x08\x06" },
		{ "gpe nsh", 17, 4790, 0, 0, 8, "\x0c\0\0\x04\0\0\5\0" },
		{ "gpe no vni", 17, 4790, 0, 0, 8, "\x04\0\0\x01\0\0\5\0" },
		{ "geneve 1", 17, 6081, 0, 0, 8, "\x40\0\x08\0\0\0\x09\0" },
		{ "geneve long", 17, 6081, 0, 0, 8, "\x3f\0\x08\0\0\0\x09\0" },
		{ "gtp echo", 17, 2152, 0, 0, 8, "\x30\x01\0\x21\0\0\0\0" },
		{ "gtp prime", 17, 2152, 0, 0, 8, "\x20\xff\0\x21\0\0\0\0" },
		{ "gtp 2", 17, 2152, 0, 0, 8, "\x50\xff\0\x21\0\0\0\0" },
		{ "gtp extension 0", 17, 2152, 0, 0, 16,
		  "\x34\xff\0\x29\0\0\0\1\0\0\0\x85\0\0\0\0" },
		{ "gre 3", 47, 0, 0, 0, 4, "\0\x03\x08\0" },
		{ "gre keepalive", 47, 0, 0, 0, 4, "\0\0\0\0" },
		{ "gre 1 no key", 47, 0, 0, 0, 8, "\x10\x01\x88\x0b\0\x22\0\x07" },
		{ "pptp lcp", 47, 0, 0, 0, 14, "\x30\x01\x88\x0b\0\x22\0\x07\0\0\0\x01\xc0\x21" },
		{ "erspan ii, 1", 47, 0, 0, 0, 16, "\x10\0\x88\xbe\0\0\0\x01\x30\0\0\0\0\0\0\0" },
		{ "gre routes", 47, 0, 0, 0, 8, "\x40\0\x08\0\0\0\0\0" },
		{ "6 says 4", 41, 0, 0, 0, 0, "" },
	};
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		put_inner(&f);
		put_outer(&f, &odd[i], false);
		bench_run(&b, &f);
		if (b.d.n_tunnels)
			print_message("%s\n", odd[i].name);
		bench_expect(&b, odd[i].ip_proto, OUTER, odd[i].port ? 40000 : 0, odd[i].port);
		assert_int_equal(b.d.n_tunnels, 0);
		assert_int_equal(b.d.payload_len, odd[i].len + 33);
		bench_cut_everywhere(&b, &f);
	}
	bench_close(&b);
}

static void
tunnels_in_tunnels_are_entered_up_to_the_limit(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (int n = 1; n <= 6; n++) {
		put_inner(&f);
		for (int i = 1; i <= n; i++)
			frame_ip4(&f, NET_IP_IPIP, (uint8_t)(OUTER + i));
		bench_run(&b, &f);
		if (n <= DECODE_MAX_TUNNELS)
			bench_expect(&b, NET_IP_UDP, INNER, 1111, 2222);
		else
			bench_expect(&b, NET_IP_IPIP, (uint8_t)(OUTER + n - DECODE_MAX_TUNNELS), 0,
				     0);
		assert_int_equal(b.d.n_tunnels, n < DECODE_MAX_TUNNELS ? n : DECODE_MAX_TUNNELS);
		bench_cut_everywhere(&b, &f);
	}
	bench_close(&b);
}

static void
too_deep_inside_reports_the_packet_around(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	put_inner(&f);
	frame_vlan(&f, 4, 0x0800);
	for (int i = 0; i < 3; i++)
		frame_vlan(&f, 3, 0x8100);
	frame_raw(&f, "\x08\0\0\0\0\0\5\0" MACS "\x81\0", 22);
	frame_udp(&f, 40000, 4789);
	frame_ip4(&f, NET_IP_UDP, OUTER);
	put_link(&f);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, OUTER, 40000, 4789);
	assert_int_equal(b.d.vlan_id, 77);
	assert_true(b.d.flags & DECODE_HAS_L4);
	bench_close(&b);
}

static void
tunnels_stay_closed_when_told_so(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.options.tunnels = false;
	decode_free(b.dec);
	b.dec = decode_new(&b.options, 7);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		put_inner(&f);
		put_outer(&f, &cases[i], false);
		bench_run(&b, &f);
		bench_expect(&b, cases[i].ip_proto, OUTER, cases[i].port ? 40000 : 0,
			     cases[i].port);
		assert_int_equal(b.d.payload_len, cases[i].len + 33);
	}
	bench_close(&b);
}

static void
a_fragmented_tunnel_is_reported_as_one_conversation(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	put_inner(&f);
	frame_raw(&f, "\x08\0\0\0\0\0\5\0" ETHER, 22);
	frame_udp(&f, 40000, 4789);
	h = frame_ip4(&f, NET_IP_UDP, OUTER);
	put16(h + 6, 0x2000);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, OUTER, 40000, 4789);
	assert_int_equal(b.d.n_tunnels, 0);
	frame_begin(&f, 40);
	h = frame_ip4(&f, NET_IP_UDP, OUTER);
	put16(h + 6, 0x0010);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, OUTER, 40000, 4789);
	bench_close(&b);
}

static void
an_ipv6_packet_inside_is_ipv6(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	frame_begin(&f, 5);
	frame_udp(&f, 1111, 2222);
	frame_ip6(&f, NET_IP_UDP, INNER);
	frame_ip4(&f, NET_IP_IPV6, OUTER);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, INNER, 1111, 2222);
	assert_true(b.d.flags & DECODE_IPV6);
	assert_int_equal(b.d.tunnel, EVENT_TUNNEL_IPIP);
	frame_begin(&f, 5);
	frame_udp(&f, 1111, 2222);
	frame_ip6(&f, NET_IP_UDP, INNER);
	frame_raw(&f, "\x30\xff\0\x35\0\0\0\1", 8);
	frame_udp(&f, 40000, 2152);
	frame_ip4(&f, NET_IP_UDP, OUTER);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, INNER, 1111, 2222);
	assert_true(b.d.flags & DECODE_IPV6);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inside_of_every_tunnel_is_reported),
		cmocka_unit_test(a_cut_inside_the_tunnel_reports_the_outer_packet),
		cmocka_unit_test(what_is_no_tunnel_stays_an_ordinary_packet),
		cmocka_unit_test(tunnels_in_tunnels_are_entered_up_to_the_limit),
		cmocka_unit_test(too_deep_inside_reports_the_packet_around),
		cmocka_unit_test(tunnels_stay_closed_when_told_so),
		cmocka_unit_test(a_fragmented_tunnel_is_reported_as_one_conversation),
		cmocka_unit_test(an_ipv6_packet_inside_is_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
