/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode.c - link layers, tags, IP, transport: right when whole, sound when cut. */
#include "decode_frame.h"

static void
tcp_over_ethernet_is_read_and_padding_cut_off(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 4);
	frame_tcp(&f, 40000, 443);
	frame_ip4(&f, NET_IP_TCP, 1);
	frame_eth(&f, 0x0800);
	frame_pad(&f, 2);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 40000, 443);
	assert_int_equal(b.d.ip_bytes, 44);
	assert_int_equal(b.d.payload_len, 4);
	assert_int_equal(cursor_left(&b.d.payload), 4);
	assert_int_equal(b.d.payload.at[0], 1);
	assert_int_equal(b.d.tcp_seq, 0x01020304);
	assert_int_equal(b.d.tcp_ack, 0x05060708);
	assert_int_equal(b.d.tcp_flags, NET_TCP_PSH | NET_TCP_ACK);
	assert_int_equal(b.d.tcp_window, 512);
	assert_int_equal(b.d.ttl, 64);
	assert_int_equal(b.d.mac_offset, 0);
	assert_int_equal(b.d.ip_offset, 14);
	assert_int_equal(b.d.l4_offset, 34);
	assert_int_equal(b.d.ether_type, 0x0800);
	assert_true(net_addr_is_v4(&b.d.tuple.src));
	assert_int_equal(b.d.flags & ~(unsigned)DECODE_BAD_L4_CHECKSUM,
			 DECODE_HAS_MAC | DECODE_HAS_L4 | DECODE_HAS_PORTS);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

static void
a_cut_below_ip_is_truncated_and_above_it_still_a_flow(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 10);
	frame_tcp(&f, 1, 2);
	frame_ip4(&f, NET_IP_TCP, 1);
	frame_eth(&f, 0x0800);
	for (size_t n = 0; n < 34; n++)
		assert_int_equal(bench_cut(&b, &f, n), DECODE_TRUNCATED);
	for (size_t n = 34; n < 54; n++) {
		bool ports = n >= 38;

		bench_cut(&b, &f, n);
		bench_expect(&b, NET_IP_TCP, 1, ports ? 1 : 0, ports ? 2 : 0);
		assert_false(b.d.flags & DECODE_HAS_L4);
		assert_int_equal((b.d.flags & DECODE_HAS_PORTS) != 0, ports);
		assert_true(b.d.flags & DECODE_PAYLOAD_CUT);
		assert_int_equal(b.d.ip_bytes, 50);
	}
	for (size_t n = 54; n < 64; n++) {
		bench_cut(&b, &f, n);
		bench_expect(&b, NET_IP_TCP, 1, 1, 2);
		assert_int_equal(b.d.payload_len, 10);
		assert_true(b.d.flags & DECODE_PAYLOAD_CUT);
	}
	bench_close(&b);
}

/* name, link type, bytes in front of the IPv4 packet */
struct link_case {
	const char *name;
	uint16_t linktype;
	uint8_t version;
	size_t len;
	const char *bytes;
};

#define MACS "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"

static const struct link_case link_cases[] = {
	{ "raw", 101, 4, 0, "" },
	{ "raw v6", 101, 6, 0, "" },
	{ "ipv4", 228, 4, 0, "" },
	{ "ipv6", 229, 6, 0, "" },
	{ "null little", 0, 4, 4, "\x02\0\0\0" },
	{ "null big", 0, 4, 4, "\0\0\0\x02" },
	{ "null linux v6", 0, 6, 4, "\x0a\0\0\0" },
	{ "null windows v6", 0, 6, 4, "\x17\0\0\0" },
	{ "null bsd v6", 0, 6, 4, "\x18\0\0\0" },
	{ "null freebsd v6", 0, 6, 4, "\0\0\0\x1c" },
	{ "loop macos v6", 108, 6, 4, "\0\0\0\x1e" },
	{ "null ethertype", 0, 4, 4, "\x0f\0\x08\0" },
	{ "sll", 113, 4, 16, "\0\0\0\x01\0\x06\x02\0\0\0\0\x02\0\0\x08\0" },
	{ "sll snap", 113, 4, 24,
	  "\0\0\0\x01\0\x06\x02\0\0\0\0\x02\0\0\0\x04\xaa\xaa\x03\0\0\0\x08\0" },
	{ "sll2", 276, 6, 20, "\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x02\0\0" },
	{ "qinq", 1, 4, 22, MACS "\x88\xa8\0\x64\x81\0\0\xc8\x08\0" },
	{ "three tags", 1, 4, 26, MACS "\x91\0\0\x64\x81\0\0\xc8\x81\0\0\x01\x08\0" },
	{ "mpls", 1, 4, 22, MACS "\x88\x47\0\x01\0\x40\0\x01\x01\x40" },
	{ "mpls v6", 1, 6, 18, MACS "\x88\x48\0\x01\x01\x40" },
	{ "pseudowire", 1, 4, 32, MACS "\x88\x47\0\x01\x01\x40" MACS "\x08\0" },
	{ "pseudowire, 0 mac", 1, 4, 32,
	  MACS "\x88\x47\0\x01\x01\x40\0\x01\0\0\0\x01"
	       "\x02\0\0\0\0\x02\x08\0" },
	{ "control word", 1, 4, 36, MACS "\x88\x47\0\x01\x01\x40\0\0\0\0" MACS "\x08\0" },
	{ "pppoe", 1, 4, 22, MACS "\x88\x64\x11\0\0\x07\x01\0\0\x21" },
	{ "pppoe v6", 1, 6, 22, MACS "\x88\x64\x11\0\0\x07\x01\0\0\x57" },
	{ "pppoe short protocol", 1, 4, 21, MACS "\x88\x64\x11\0\0\x07\x01\0\x21" },
	{ "pppoe framed", 1, 4, 24, MACS "\x88\x64\x11\0\0\x07\x01\0\xff\x03\0\x21" },
	{ "snap", 1, 4, 22, MACS "\x01\0\xaa\xaa\x03\0\0\0\x08\0" },
	{ "bridged", 1, 4, 28, MACS "\x65\x58" MACS "\x08\0" },
};

static void
every_way_below_ip_leads_to_it(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	for (size_t i = 0; i < ARRAY_LEN(link_cases); i++) {
		const struct link_case *t = &link_cases[i];

		frame_begin(&f, 5);
		frame_udp(&f, 1111, 2222);
		if (t->version == 4)
			frame_ip4(&f, NET_IP_UDP, 9);
		else
			frame_ip6(&f, NET_IP_UDP, 9);
		frame_raw(&f, t->bytes, t->len);
		b.packet.linktype = t->linktype;
		bench_run(&b, &f);
		if (b.status != DECODE_OK || b.d.tuple.dst_port != 2222)
			print_message("%s\n", t->name);
		bench_expect(&b, NET_IP_UDP, 9, 1111, 2222);
		assert_int_equal(b.d.payload_len, 5);
		assert_int_equal((b.d.flags & DECODE_IPV6) != 0, t->version == 6);
		assert_int_equal(b.d.n_tunnels, 0);
		bench_cut_everywhere(&b, &f);
	}
	bench_close(&b);
}

static void
tags_and_types_are_those_of_the_outermost_frame(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 0);
	frame_tcp(&f, 1, 2);
	frame_ip4(&f, NET_IP_TCP, 1);
	frame_vlan(&f, 30, 0x0800);
	frame_vlan(&f, 20, 0x8100);
	frame_vlan(&f, 0, 0x8100);
	frame_eth(&f, 0x88a8);
	bench_run(&b, &f);
	assert_int_equal(b.d.vlan_id, 0);
	assert_int_equal(b.d.vlan_inner, 20);
	assert_int_equal(b.d.n_vlans, 3);
	assert_true(b.d.flags & DECODE_HAS_VLAN);
	assert_int_equal(b.d.ether_type, 0x0800);

	frame_begin(&f, 0);
	frame_vlan(&f, 5, 0x0800);
	frame_vlan(&f, 4, 0x8100);
	frame_vlan(&f, 3, 0x8100);
	frame_vlan(&f, 2, 0x8100);
	frame_eth(&f, 0x8100);
	assert_int_equal(bench_run(&b, &f), DECODE_TOO_DEEP);
	bench_close(&b);
}

static void
what_is_no_ip_has_a_class(void **state)
{
	static const struct {
		uint8_t class;
		size_t len;
		const char *bytes;
	} cases[] = {
		{ DECODE_ARP, 14, MACS "\x08\x06" },
		{ DECODE_ARP, 18, MACS "\x81\0\0\x05\x08\x06" },
		{ DECODE_ARP, 14, MACS "\x80\x35" },
		{ DECODE_LLDP, 14, MACS "\x88\xcc" },
		{ DECODE_PPPOE, 14, MACS "\x88\x63" },
		{ DECODE_PPPOE, 22, MACS "\x88\x64\x11\0\0\x07\0\x22\xc0\x21" },
		{ DECODE_PPPOE, 20, MACS "\x88\x64\x11\xa7\0\x07\0\x20" },
		{ DECODE_LLC, 17, MACS "\0\x26\x42\x42\x03" },
		{ DECODE_LLC, 22, MACS "\0\x26\xaa\xaa\x03\0\0\x0c\x20\0" },
		{ DECODE_LLC, 16, MACS "\0\x26\xff\xff" },
		{ DECODE_OTHER, 14, MACS "\x90\0" },
		{ DECODE_OTHER, 14, MACS "\x05\xff" },
		{ DECODE_OTHER, 18, MACS "\x88\x47\0\x01\x01\x40" },
	};
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		frame_begin(&f, 32);
		frame_bytes(&f)[0] = 0x10; /* MPLS: a channel header */
		frame_raw(&f, cases[i].bytes, cases[i].len);
		assert_int_equal(bench_run(&b, &f), DECODE_OK);
		assert_int_equal(b.d.class, cases[i].class);
		assert_int_equal(b.d.ip_offset, DECODE_NO_OFFSET);
		assert_int_equal(b.d.tuple.ip_proto, 0);
		assert_true(cursor_left(&b.d.payload) >= 32);
		bench_cut_everywhere(&b, &f);
	}
	b.packet.linktype = 147;
	assert_int_equal(bench_run(&b, &f), DECODE_UNKNOWN_LINK);
	b.packet.linktype = CAPTURE_LINK_NULL;
	frame_begin(&f, 0);
	frame_raw(&f, "\x07\0\0\0ATALK", 9);
	assert_int_equal(bench_run(&b, &f), DECODE_OK);
	assert_int_equal(b.d.class, DECODE_OTHER);
	bench_close(&b);
}

static void
an_ip_header_that_cannot_be_is_malformed(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_IPV4;
	frame_begin(&f, 30);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	h[0] = 0x44;
	assert_int_equal(bench_run(&b, &f), DECODE_MALFORMED);
	h[0] = 0x55;
	assert_int_equal(bench_run(&b, &f), DECODE_MALFORMED);
	h[0] = 0x46;
	put16(h + 2, 23);
	assert_int_equal(bench_run(&b, &f), DECODE_MALFORMED);
	h[0] = 0x4f;
	put16(h + 2, 60);
	assert_int_equal(bench_run(&b, &f), DECODE_TRUNCATED);
	b.packet.linktype = CAPTURE_LINK_IPV6;
	assert_int_equal(bench_run(&b, &f), DECODE_MALFORMED);
	b.packet.linktype = CAPTURE_LINK_RAW;
	h[0] = 0x75;
	assert_int_equal(bench_run(&b, &f), DECODE_MALFORMED);
	bench_close(&b);
}

static void
lengths_left_to_the_card_mean_all_there_was(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 100);
	frame_tcp(&f, 1, 2);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	put16(h + 2, 0);
	frame_eth(&f, 0x0800);
	bench_cut(&b, &f, 60);
	bench_expect(&b, NET_IP_TCP, 1, 1, 2);
	assert_int_equal(b.d.ip_bytes, 140);
	assert_int_equal(b.d.payload_len, 100);

	frame_begin(&f, 100);
	frame_udp(&f, 1, 2);
	frame_raw(&f, "\x11\0\xc2\x04\0\x01\0\0", 8); /* jumbo payload option */
	h = frame_ip6(&f, NET_IP_HOPOPT, 1);
	put16(h + 4, 0);
	frame_eth(&f, 0x86dd);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, 1, 1, 2);
	assert_int_equal(b.d.ip_bytes, 156);
	bench_close(&b);
}

static void
a_length_beyond_the_capture_is_believed_and_flagged(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 10);
	frame_tcp(&f, 1, 2);
	h = frame_ip4(&f, NET_IP_TCP, 1);
	put16(h + 2, 1500);
	frame_eth(&f, 0x0800);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1, 2);
	assert_int_equal(b.d.ip_bytes, 1500);
	assert_int_equal(b.d.payload_len, 1460);
	assert_int_equal(cursor_left(&b.d.payload), 10);
	assert_true(b.d.flags & DECODE_PAYLOAD_CUT);
	bench_close(&b);
}

static void
a_transport_header_that_cannot_be_leaves_addresses_and_ports(void **state)
{
	struct bench b;
	struct frame f;
	uint8_t *h;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	frame_begin(&f, 10);
	h = frame_tcp(&f, 1, 2);
	frame_ip4(&f, NET_IP_TCP, 1);
	h[12] = 0x40;
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1, 2);
	assert_false(b.d.flags & DECODE_HAS_L4);
	assert_int_equal(b.d.payload_len, 30);
	h[12] = 0x80; /* 32 bytes in 30 */
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 1, 1, 2);

	frame_begin(&f, 10);
	h = frame_udp(&f, 1, 2);
	frame_ip4(&f, NET_IP_UDP, 1);
	put16(h + 4, 7);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, 1, 1, 2);
	put16(h + 4, 12);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, 1, 1, 2);
	assert_int_equal(b.d.payload_len, 4);
	put16(h + 4, 100);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_UDP, 1, 1, 2);
	assert_int_equal(b.d.payload_len, 10);
	put16(h + 4, 0);
	bench_run(&b, &f);
	assert_int_equal(b.d.payload_len, 10);
	bench_close(&b);
}

static void
bad_tcp_options_are_flagged_and_nothing_else(void **state)
{
	static const struct {
		bool bad;
		char bytes[13];
	} cases[] = {
		{ false, "\x01\x01\x08\x0a\1\2\3\4\5\6\7\x08" },
		{ false, "\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\0\0" },
		{ false, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
		{ true, "\x02\0\x05\xb4\x01\x03\x03\x07\x04\x02\0\0" },
		{ true, "\x02\x01\x05\xb4\x01\x03\x03\x07\x04\x02\0\0" },
		{ true, "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x02" },
		{ true, "\x05\x0d\0\0\0\0\0\0\0\0\0\0" },
	};
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		frame_begin(&f, 3);
		frame_raw(&f, cases[i].bytes, 12);
		frame_tcp(&f, 5, 6)[12] = 0x80;
		frame_ip4(&f, NET_IP_TCP, 1);
		bench_run(&b, &f);
		bench_expect(&b, NET_IP_TCP, 1, 5, 6);
		assert_int_equal(b.d.payload_len, 3);
		assert_int_equal((b.d.flags & DECODE_TCP_OPTIONS_BAD) != 0, cases[i].bad);
		bench_cut(&b, &f, 45);
		bench_expect(&b, NET_IP_TCP, 1, 5, 6);
		assert_int_equal(b.d.payload_len, 3);
		assert_false(b.d.flags & DECODE_TCP_OPTIONS_BAD);
		bench_cut_everywhere(&b, &f);
	}
	bench_close(&b);
}

static void
extension_headers_are_walked_in_any_order(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	frame_begin(&f, 4);
	frame_tcp(&f, 7, 8);
	frame_raw(&f, "\x06\x01\0\0\0\0\0\x01\0\0\0\x02", 12);         /* AH */
	frame_raw(&f, "\x33\0\0\0\0\0\0\x01", 8);                      /* atomic fragment */
	frame_raw(&f, "\x2c\x01\x01\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* options */
	frame_raw(&f, "\x3c\0\0\0\0\0\0\0", 8);                        /* routing */
	frame_raw(&f, "\x2b\0\x01\x04\0\0\0\0", 8);                    /* hop-by-hop */
	frame_ip6(&f, NET_IP_HOPOPT, 3);
	frame_eth(&f, 0x86dd);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_TCP, 3, 7, 8);
	assert_int_equal(b.d.n_extensions, 5);
	assert_int_equal(b.d.payload_len, 4);
	assert_int_equal(b.d.ip_bytes, 40 + 52 + 24);
	assert_int_equal(b.d.tos, 0x0a);
	assert_false(b.d.flags & DECODE_FRAGMENT);
	bench_cut_everywhere(&b, &f);
	bench_cut(&b, &f, 14 + 40 + 4);
	bench_expect(&b, NET_IP_HOPOPT, 3, 0, 0);
	bench_close(&b);
}

static void
too_many_extension_headers_are_too_deep(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (int n = 7; n < 12; n++) {
		frame_begin(&f, 4);
		frame_udp(&f, 7, 8);
		frame_raw(&f, "\x11\0\x01\x04\0\0\0\0", 8);
		for (int i = 1; i < n; i++)
			frame_raw(&f, "\x3c\0\x01\x04\0\0\0\0", 8);
		frame_ip6(&f, NET_IP_DSTOPTS, 3);
		assert_int_equal(bench_run(&b, &f),
				 n <= DECODE_MAX_EXTENSIONS ? DECODE_OK : DECODE_TOO_DEEP);
	}
	bench_close(&b);
}

static void
other_protocols_are_flows_without_ports(void **state)
{
	static const uint8_t protocols[] = { NET_IP_ESP, NET_IP_NONE, 88, 89, 112, 255, 3 };
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	b.packet.linktype = CAPTURE_LINK_RAW;
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		for (int version = 4; version <= 6; version += 2) {
			frame_begin(&f, 24);
			if (version == 4)
				frame_ip4(&f, protocols[i], 1);
			else
				frame_ip6(&f, protocols[i], 1);
			bench_run(&b, &f);
			bench_expect(&b, protocols[i], 1, 0, 0);
			assert_int_equal(b.d.payload_len, 24);
			bench_cut_everywhere(&b, &f);
		}
	/* Numbers that are extension headers in IPv6 only. */
	frame_begin(&f, 24);
	frame_ip4(&f, NET_IP_DSTOPTS, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_DSTOPTS, 1, 0, 0);
	frame_begin(&f, 24);
	frame_ip4(&f, NET_IP_IGMP, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_IGMP, 1, 0, 0);
	assert_true(b.d.flags & DECODE_HAS_L4);
	assert_int_equal(b.d.payload_len, 16);
	frame_begin(&f, 30);
	memcpy(frame_bytes(&f), "\x0b\x59\x0b\x5a", 4);
	frame_ip4(&f, NET_IP_SCTP, 1);
	bench_run(&b, &f);
	bench_expect(&b, NET_IP_SCTP, 1, 2905, 2906);
	assert_int_equal(b.d.payload_len, 18);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

static void
no_more_than_sixteen_headers_are_read(void **state)
{
	struct bench b;
	struct frame f;

	(void)state;
	bench_open(&b);
	/* Pseudowires are no tunnels; only the number of headers bounds them. */
	frame_begin(&f, 4);
	frame_udp(&f, 7, 8);
	frame_ip4(&f, NET_IP_UDP, 1);
	frame_eth(&f, 0x0800);
	for (int i = 0; i < 10; i++) {
		frame_raw(&f, "\0\x01\x01\x40", 4);
		frame_eth(&f, 0x8847);
	}
	assert_int_equal(bench_run(&b, &f), DECODE_TOO_DEEP);
	bench_cut_everywhere(&b, &f);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ethernet_is_read_and_padding_cut_off),
		cmocka_unit_test(a_cut_below_ip_is_truncated_and_above_it_still_a_flow),
		cmocka_unit_test(every_way_below_ip_leads_to_it),
		cmocka_unit_test(tags_and_types_are_those_of_the_outermost_frame),
		cmocka_unit_test(what_is_no_ip_has_a_class),
		cmocka_unit_test(an_ip_header_that_cannot_be_is_malformed),
		cmocka_unit_test(lengths_left_to_the_card_mean_all_there_was),
		cmocka_unit_test(a_length_beyond_the_capture_is_believed_and_flagged),
		cmocka_unit_test(a_transport_header_that_cannot_be_leaves_addresses_and_ports),
		cmocka_unit_test(bad_tcp_options_are_flagged_and_nothing_else),
		cmocka_unit_test(extension_headers_are_walked_in_any_order),
		cmocka_unit_test(too_many_extension_headers_are_too_deep),
		cmocka_unit_test(other_protocols_are_flows_without_ports),
		cmocka_unit_test(no_more_than_sixteen_headers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
