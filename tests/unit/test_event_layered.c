/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_event_layered.c - the dialect of `tshark -T ek`: names and types that
 * statements written for it read.
 */
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "event_samples.h"

static char buf[EVENT_LINE_MAX], err[BASE_ERROR_LEN];

static json_t *
layered(const struct event *ev)
{
	struct event_encoder_config config = { .dialect = EVENT_DIALECT_LAYERED,
					       .kinds = (1u << EVENT_KINDS) - 1,
					       .identity = { .sensor_id = "s" } };
	struct event_encoder *e = event_encoder_new(&config, err);
	json_t *root;

	assert_non_null(e);
	root = json_loadb(buf, event_encode(e, ev, buf), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	event_encoder_free(e);
	return root;
}

static const char *
text(json_t *root, const char *layer, const char *name)
{
	return json_string_value(
		json_object_get(json_object_get(json_object_get(root, "layers"), layer), name));
}

struct expected {
	const char *layer, *name, *value;
};

/* What the streams of the ids-ksql demo are made of, but for HTTP and the flag bits beyond the
 * eighth: every column a VARCHAR, so every value a string. */
static void
the_demo_finds_its_columns(void **state)
{
	static const struct expected columns[] = {
		{ "frame", "frame_frame_time", "2024-05-06T12:23:01.123456789Z" },
		{ "frame", "frame_frame_protocols", "eth:ethertype:ip:tcp" },
		{ "eth", "eth_eth_src", "02:00:00:00:00:01" },
		{ "eth", "eth_eth_dst", "02:00:00:00:00:fe" },
		{ "ip", "ip_ip_src", "192.168.1.105" },
		{ "ip", "ip_ip_src_host", "192.168.1.105" },
		{ "ip", "ip_ip_dst", "93.184.216.34" },
		{ "ip", "ip_ip_dst_host", "93.184.216.34" },
		{ "ip", "ip_ip_flags", "0x02" },
		{ "ip", "ip_ip_frag_offset", "185" },
		{ "ip", "ip_ip_checksum", "0xa4e0" },
		{ "ip", "ip_ip_len", "569" },
		{ "ip", "ip_ip_proto", "6" },
		{ "tcp", "tcp_tcp_stream", "6004799503160661" },
		{ "tcp", "tcp_tcp_srcport", "48291" },
		{ "tcp", "tcp_tcp_dstport", "443" },
		{ "tcp", "tcp_tcp_flags", "0x0014" },
		{ "tcp", "tcp_tcp_ack", "270271" },
		{ "tcp", "tcp_flags_tcp_flags_cwr", "0" },
		{ "tcp", "tcp_flags_tcp_flags_ecn", "0" },
		{ "tcp", "tcp_flags_tcp_flags_urg", "0" },
		{ "tcp", "tcp_flags_tcp_flags_ack", "1" },
		{ "tcp", "tcp_flags_tcp_flags_push", "0" },
		{ "tcp", "tcp_flags_tcp_flags_reset", "1" },
		{ "tcp", "tcp_flags_tcp_flags_syn", "0" },
		{ "tcp", "tcp_flags_tcp_flags_fin", "0" },
		{ "tcp", "tcp_flags_tcp_flags_str",
		  "\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7A\u00b7R\u00b7\u00b7" },
	};
	struct event ev;
	json_t *root;

	(void)state;
	sample_packet(&ev);
	ev.packet.tcp_flags = NET_TCP_ACK | NET_TCP_RST;
	ev.packet.frag_offset = 1480;
	root = layered(&ev);
	/* BIGINT, in milliseconds; as a string of digits, as tshark writes it. */
	assert_string_equal(json_string_value(json_object_get(root, "timestamp")), "1714998181123");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const char *value = text(root, columns[i].layer, columns[i].name);

		assert_non_null(value);
		assert_string_equal(value, columns[i].value);
	}
	json_decref(root);
}

static void
flags_are_booleans_under_their_newer_names(void **state)
{
	struct event ev;
	json_t *root, *tcp;

	(void)state;
	sample_packet(&ev);
	ev.packet.tcp_flags = NET_TCP_SYN | NET_TCP_ECE;
	root = layered(&ev);
	tcp = json_object_get(json_object_get(root, "layers"), "tcp");
	assert_true(json_is_true(json_object_get(tcp, "tcp_tcp_flags_syn")));
	assert_true(json_is_true(json_object_get(tcp, "tcp_tcp_flags_ece")));
	assert_true(json_is_false(json_object_get(tcp, "tcp_tcp_flags_ack")));
	json_decref(root);
}

static void
each_protocol_has_its_layer(void **state)
{
	static const struct {
		uint8_t proto, version;
		struct expected one;
		const char *absent;
	} cases[] = {
		{ NET_IP_UDP, 4, { "udp", "udp_udp_dstport", "443" }, "tcp" },
		{ NET_IP_UDP, 6, { "ipv6", "ipv6_ipv6_plen", "529" }, "ip" },
		{ NET_IP_SCTP, 4, { "sctp", "sctp_sctp_srcport", "48291" }, "udp" },
		{ NET_IP_ICMP, 4, { "icmp", "icmp_icmp_type", "8" }, "icmpv6" },
		{ NET_IP_ICMPV6, 6, { "icmpv6", "icmpv6_icmpv6_checksum", "0x22dc" }, "icmp" },
		{ NET_IP_ICMPV6, 6, { "ipv6", "ipv6_ipv6_tclass", "0x00000000" }, "icmp" },
		{ NET_IP_GRE,
		  4,
		  { "frame", "frame_frame_protocols", "eth:ethertype:ip:gre" },
		  "tcp" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct event ev;
		json_t *root;

		sample_packet(&ev);
		ev.tuple.ip_proto = cases[i].proto;
		ev.packet.ip_version = cases[i].version;
		ev.packet.tcp_header_len = 0;
		ev.packet.udp_len = 525;
		ev.packet.icmp_type = 8;
		root = layered(&ev);
		assert_string_equal(text(root, cases[i].one.layer, cases[i].one.name),
				    cases[i].one.value);
		assert_null(json_object_get(json_object_get(root, "layers"), cases[i].absent));
		json_decref(root);
	}
}

static void
a_tag_moves_the_ether_type(void **state)
{
	struct event ev;
	json_t *root;

	(void)state;
	sample_packet(&ev);
	ev.flags |= EVENT_HAS_VLAN;
	ev.vlan_id = 7;
	root = layered(&ev);
	assert_string_equal(text(root, "vlan", "vlan_vlan_id"), "7");
	assert_string_equal(text(root, "vlan", "vlan_vlan_etype"), "0x0800");
	assert_null(text(root, "eth", "eth_eth_type"));
	assert_string_equal(text(root, "frame", "frame_frame_protocols"),
			    "eth:ethertype:vlan:ethertype:ip:tcp");
	json_decref(root);
}

static void
a_dns_message_has_addresses_ports_and_its_layer(void **state)
{
	struct event ev;
	json_t *root;

	(void)state;
	sample_dns(&ev);
	root = layered(&ev);
	assert_string_equal(text(root, "dns", "dns_dns_qry_name"), "www.example.com");
	assert_string_equal(text(root, "dns", "dns_dns_id"), "0xbeef");
	assert_string_equal(text(root, "udp", "udp_udp_srcport"), "53");
	assert_string_equal(text(root, "ip", "ip_ip_src"), "192.168.1.1");
	assert_string_equal(text(root, "frame", "frame_frame_protocols"),
			    "eth:ethertype:ip:udp:dns");
	assert_null(text(root, "frame", "frame_frame_number"));
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_demo_finds_its_columns),
		cmocka_unit_test(flags_are_booleans_under_their_newer_names),
		cmocka_unit_test(each_protocol_has_its_layer),
		cmocka_unit_test(a_tag_moves_the_ether_type),
		cmocka_unit_test(a_dns_message_has_addresses_ports_and_its_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
