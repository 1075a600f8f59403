/* SPDX-License-Identifier: Apache-2.0 */
/* test_event_json.c - the lines of all dialects, their limits, and what --fields leaves. */
#include "test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event_put.h"
#include "event_random.h"
#include "event_samples.h"

static const char *const interfaces[] = { "eth0" };
static char buf[EVENT_LINE_MAX];

static struct event_encoder *
encoder(enum event_dialect dialect, const char *fields)
{
	struct event_encoder_config config = {
		.dialect = dialect,
		.kinds = (1u << EVENT_KINDS) - 1,
		.fields = fields,
		.identity = { .sensor_id = "sensor-1",
			      .epoch = 0xabc,
			      .interfaces = interfaces,
			      .n_interfaces = 1 },
	};
	char err[BASE_ERROR_LEN];
	struct event_encoder *e = event_encoder_new(&config, err);

	assert_non_null(e);
	return e;
}

static json_t *
parsed(struct event_encoder *e, const struct event *ev)
{
	size_t len = event_encode(e, ev, buf);
	json_t *root = json_loadb(buf, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	assert_non_null(root);
	assert_int_equal(buf[len - 1], '\n');
	return root;
}

/* The value at a path of dots; NULL when there is none. */
static json_t *
at(json_t *root, const char *path)
{
	char part[64];

	while (root) {
		size_t len = strcspn(path, ".");

		memcpy(part, path, len);
		part[len] = '\0';
		root = json_object_get(root, part);
		if (!path[len])
			return root;
		path += len + 1;
	}
	return NULL;
}

static bool
has(json_t *root, const char *path, const char *value)
{
	json_t *v = at(root, path);
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	bool same = text && strcmp(text, value) == 0;

	if (!same)
		print_message("%s is %s, not %s\n", path, text ? text : "not there", value);
	free(text);
	return same;
}

static void
a_packet_shows_its_headers_and_its_flow(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;
	json_t *root;

	(void)state;
	sample_packet(&ev);
	root = parsed(e, &ev);
	assert_true(has(root, "timestamp", "\"2024-05-06T12:23:01.123456789Z\""));
	assert_true(has(root, "schema_version", "\"1.0\""));
	assert_true(has(root, "event_type", "\"packet\""));
	assert_true(has(root, "flow_id", "6004799503160661"));
	assert_true(has(root, "interface", "\"eth0\""));
	assert_true(has(root, "src_ip", "\"192.168.1.105\""));
	assert_true(has(root, "dst_port", "443"));
	assert_true(has(root, "protocol", "\"TCP\""));
	assert_true(has(root, "direction", "\"outbound\""));
	assert_true(has(root, "packet.packet_length", "583"));
	assert_true(has(root, "packet.tcp_flags", "[\"PSH\",\"ACK\"]"));
	assert_true(has(root, "packet.flow.fwd_bytes", "681"));
	assert_true(has(root, "packet.checksum", "\"good\""));
	assert_null(at(root, "packet.tcp_wscale"));
	assert_null(at(root, "packet.udp_len"));
	assert_null(at(root, "app_protocol"));
	assert_null(at(root, "enc_raw"));
	assert_non_null(strstr(buf, "-00000abc-03-00000000001267\""));
	json_decref(root);
	event_encoder_free(e);
}

static void
the_other_kinds_show_what_they_have(void **state)
{
	static const struct {
		int kind;
		const char *path, *value;
	} cases[] = {
		{ EVENT_FLOW, "flow.end_reason", "\"end_seen\"" },
		{ EVENT_FLOW, "flow.final", "true" },
		{ EVENT_FLOW, "flow.rev_bytes_delta", "45678" },
		{ EVENT_FLOW, "flow.history", "\"ShADadFf\"" },
		{ EVENT_FLOW, "app_protocol", "\"tls\"" },
		{ EVENT_DNS, "dns.answers", "[\"example.com\",\"93.184.216.34\"]" },
		{ EVENT_DNS, "dns.qtype_name", "\"A\"" },
		{ EVENT_DNS, "dns.rcode_name", "\"NOERROR\"" },
		{ EVENT_DNS, "dns.flags", "[\"RD\",\"RA\"]" },
		{ EVENT_DNS, "direction", "\"internal\"" },
		{ EVENT_ARP, "arp.op_name", "\"request\"" },
		{ EVENT_ARP, "arp.target_ip", "\"192.168.1.1\"" },
		{ EVENT_ICMP, "icmp.name", "\"port unreachable\"" },
		{ EVENT_ICMP, "icmp.quoted.dst_port", "40112" },
		{ EVENT_STATS, "stats.capture.bytes", "1000003" },
		{ EVENT_STATS, "stats.flows.ended.idle", "40000120" },
		{ EVENT_STATS, "stats.ledger.residual.I3", "-6000018" },
		{ EVENT_LOSS, "loss.reason", "\"ring_full\"" },
		{ EVENT_LOSS, "loss.class", "\"B\"" },
	};
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *root;

		sample_event(&ev, cases[i].kind);
		root = parsed(e, &ev);
		assert_true(has(root, cases[i].path, cases[i].value));
		if (cases[i].kind == EVENT_ARP || cases[i].kind == EVENT_STATS)
			assert_null(at(root, "src_ip"));
		if (cases[i].kind == EVENT_STATS)
			assert_null(at(root, "interface"));
		json_decref(root);
	}
	event_encoder_free(e);
}

static void
a_field_that_says_nothing_is_left_out(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;
	json_t *root;

	(void)state;
	sample_flow(&ev);
	ev.flow.rtt_syn_us = ev.flow.rtt_ack_us = 0;
	ev.flow.history[0] = '\0';
	ev.flow.tcp_state = TCP_NONE;
	ev.interface = 1;
	ev.tunnel_id = 42;
	root = parsed(e, &ev);
	assert_null(at(root, "flow.rtt"));
	assert_null(at(root, "flow.history"));
	assert_null(at(root, "flow.tcp_state"));
	assert_null(at(root, "interface"));
	assert_true(has(root, "tunnel_id", "42"));
	json_decref(root);
	sample_icmp(&ev);
	ev.icmp.target = sample_v4(10, 0, 0, 1);
	memset(&ev.icmp.quoted, 0, sizeof(ev.icmp.quoted));
	root = parsed(e, &ev);
	assert_null(at(root, "icmp.quoted"));
	assert_null(at(root, "icmp.lladdr"));
	assert_true(has(root, "icmp.target", "\"10.0.0.1\""));
	json_decref(root);
	event_encoder_free(e);
}

static void
a_large_number_becomes_a_string(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;
	json_t *root;

	(void)state;
	sample_flow(&ev);
	ev.flow.bytes[NET_FWD] = UINT64_MAX;
	root = parsed(e, &ev);
	assert_true(has(root, "flow.fwd_bytes", "\"18446744073709551615\""));
	json_decref(root);
	event_encoder_free(e);
}

static void
names_of_fields_with_raw_bytes_are_listed(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;
	json_t *root;

	(void)state;
	sample_dns(&ev);
	strcpy(ev.dns.qname, "\xff.example");
	strcpy(ev.dns.answer, "\u00e4\n\xfe");
	root = parsed(e, &ev);
	assert_true(has(root, "enc_raw", "[\"dns.qname\",\"dns.answers\"]"));
	assert_true(has(root, "dns.qname", "\"\u00ff.example\""));
	assert_true(has(root, "dns.answers", "[\"\u00c3\u00a4\",\"\u00fe\"]"));
	json_decref(root);
	sample_dns(&ev);
	root = parsed(e, &ev);
	assert_null(at(root, "enc_raw"));
	json_decref(root);
	event_encoder_free(e);
}

/* Each kind with the longest texts and numbers there can be, in every dialect. */
static void
the_longest_event_fits(void **state)
{
	static const char *const long_names[] = { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" };
	struct event_encoder_config config = { .kinds = (1u << EVENT_KINDS) - 1 };
	char err[BASE_ERROR_LEN];
	struct event ev;

	(void)state;
	memset(config.identity.sensor_id, 0xff, sizeof(config.identity.sensor_id));
	config.identity.interfaces = long_names;
	config.identity.n_interfaces = 1;
	for (int d = 0; d < EVENT_DIALECTS; d++) {
		struct event_encoder *e;

		config.dialect = (enum event_dialect)d;
		config.colour = true;
		e = event_encoder_new(&config, err);
		assert_non_null(e);
		for (int i = 0; i < 2 * EVENT_KINDS; i++) {
			memset(&ev, i & 1 ? 0xff : 0x1b, sizeof(ev));
			ev.kind = (uint8_t)(i / 2);
			ev.interface = 0;
			ev.dns.answer[0] = '\n';
			if (i & 1)
				memset(ev.dns.answer, '\n', sizeof(ev.dns.answer));
			make_legal(&ev);
			assert_true(event_encode(e, &ev, buf) < EVENT_LINE_MAX - EVENT_PUT_SLACK);
		}
		event_encoder_free(e);
	}
}

static void
unwanted_kinds_give_nothing(void **state)
{
	struct event_encoder_config config = { .dialect = EVENT_DIALECT_NATIVE,
					       .kinds = 1u << EVENT_FLOW };
	char err[BASE_ERROR_LEN];
	struct event_encoder *e = event_encoder_new(&config, err);
	struct event ev;

	(void)state;
	sample_dns(&ev);
	assert_int_equal(event_encode(e, &ev, buf), 0);
	sample_flow(&ev);
	assert_true(event_encode(e, &ev, buf) > 0);
	event_encoder_free(e);
	e = encoder(EVENT_DIALECT_LAYERED, NULL);
	assert_int_equal(event_encode(e, &ev, buf), 0);
	event_encoder_free(e);
	e = encoder(EVENT_DIALECT_FLOW_SAMPLE, NULL);
	sample_arp(&ev);
	assert_int_equal(event_encode(e, &ev, buf), 0);
	sample_packet(&ev);
	ev.flags &= (uint16_t)~EVENT_HAS_TUPLE;
	assert_int_equal(event_encode(e, &ev, buf), 0);
	event_encoder_free(e);
}

static void
community_ids_are_kept_per_flow_and_never_mixed_up(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;
	char first[64];
	json_t *root;

	(void)state;
	sample_packet(&ev);
	root = parsed(e, &ev);
	snprintf(first, sizeof(first), "\"%s\"", json_string_value(at(root, "community_id")));
	json_decref(root);
	ev.tuple = net_tuple_swapped(&ev.tuple);
	root = parsed(e, &ev);
	assert_true(has(root, "community_id", first));
	json_decref(root);
	/* The same flow_id with another tuple must not be answered from memory. */
	ev.tuple.dst_port++;
	root = parsed(e, &ev);
	assert_string_not_equal(json_string_value(at(root, "community_id")), first + 1);
	json_decref(root);
	event_encoder_free(e);
}

static void
the_direction_is_the_sources_word_or_that_of_addresses(void **state)
{
	static const struct {
		uint8_t dir, src, dst;
		const char *value;
	} cases[] = {
		{ 1, 10, 10, "\"inbound\"" },   { 2, 8, 8, "\"outbound\"" },
		{ 0, 10, 10, "\"internal\"" },  { 0, 10, 8, "\"outbound\"" },
		{ 0, 8, 10, "\"inbound\"" },    { 0, 8, 9, "\"external\"" },
		{ 0, 10, 239, "\"internal\"" },
	};
	struct event_encoder *e = encoder(EVENT_DIALECT_NATIVE, NULL);
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *root;

		sample_packet(&ev);
		ev.dir = cases[i].dir;
		ev.tuple.src = sample_v4(cases[i].src, 1, 1, 1);
		ev.tuple.dst = sample_v4(cases[i].dst, 1, 1, 1);
		root = parsed(e, &ev);
		assert_true(has(root, "direction", cases[i].value));
		json_decref(root);
	}
	event_encoder_free(e);
}

static void
a_flow_sample_has_key_size_and_aggregates(void **state)
{
	struct event_encoder *e = encoder(EVENT_DIALECT_FLOW_SAMPLE, NULL);
	struct event ev;
	json_t *root;

	(void)state;
	sample_packet(&ev);
	root = parsed(e, &ev);
	assert_true(has(root, "event_type", "\"network_flow_sample\""));
	assert_true(has(root, "flow_key.src_ip", "\"192.168.1.105\""));
	assert_true(has(root, "packet_size_bytes", "583"));
	assert_true(has(root, "aggregate_metrics.total_packets", "4"));
	assert_true(has(root, "aggregate_metrics.total_bytes", "741"));
	assert_non_null(strstr(buf, "\"mean_packet_size\":185.250,"));
	assert_non_null(strstr(buf, "\"packets_per_second\":324.000,"));
	assert_non_null(strstr(buf, "\"inter_arrival_seconds\":0.000345678}"));
	json_decref(root);
	ev.packet.flow_first_ns = ev.ts_ns;
	ev.packet.flow_prev_ns = 0;
	root = parsed(e, &ev);
	assert_non_null(strstr(buf, "\"duration_seconds\":0.000000000,"));
	assert_non_null(strstr(buf, "\"bytes_per_second\":0.000,"));
	json_decref(root);
	event_encoder_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_shows_its_headers_and_its_flow),
		cmocka_unit_test(the_other_kinds_show_what_they_have),
		cmocka_unit_test(a_field_that_says_nothing_is_left_out),
		cmocka_unit_test(a_large_number_becomes_a_string),
		cmocka_unit_test(names_of_fields_with_raw_bytes_are_listed),
		cmocka_unit_test(the_longest_event_fits),
		cmocka_unit_test(unwanted_kinds_give_nothing),
		cmocka_unit_test(community_ids_are_kept_per_flow_and_never_mixed_up),
		cmocka_unit_test(the_direction_is_the_sources_word_or_that_of_addresses),
		cmocka_unit_test(a_flow_sample_has_key_size_and_aggregates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
