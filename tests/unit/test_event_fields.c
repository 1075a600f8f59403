/* SPDX-License-Identifier: Apache-2.0 */
/* test_event_fields.c - --fields, --events, the presets of the dialects, and the lists. */
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "event_samples.h"

static char buf[EVENT_LINE_MAX], err[BASE_ERROR_LEN];

static const char *
line(enum event_dialect dialect, const char *fields, int kind)
{
	struct event_encoder_config config = {
		.dialect = dialect,
		.kinds = (1u << EVENT_KINDS) - 1,
		.fields = fields,
		.identity = { .sensor_id = "s" },
	};
	struct event_encoder *e = event_encoder_new(&config, err);
	struct event ev;
	json_t *root;

	assert_non_null(e);
	sample_event(&ev, kind);
	buf[event_encode(e, &ev, buf)] = '\0';
	event_encoder_free(e);
	root = json_loads(buf, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	json_decref(root);
	return buf;
}

static bool
refused(const char *fields)
{
	struct event_encoder_config config = { .dialect = EVENT_DIALECT_NATIVE,
					       .kinds = 1,
					       .fields = fields };
	struct event_encoder *e = event_encoder_new(&config, err);

	event_encoder_free(e);
	return e == NULL;
}

static void
a_field_and_an_object_can_be_taken_away(void **state)
{
	(void)state;
	assert_null(strstr(line(EVENT_DIALECT_NATIVE, "-src_mac", EVENT_FLOW), "src_mac"));
	assert_non_null(strstr(buf, "dst_mac"));
	assert_null(strstr(line(EVENT_DIALECT_NATIVE, "-flow.history", EVENT_FLOW), "history"));
	assert_null(strstr(line(EVENT_DIALECT_NATIVE, "-flow.rtt", EVENT_FLOW), "rtt"));
	assert_null(strstr(line(EVENT_DIALECT_NATIVE, "-packet", EVENT_PACKET), "\"packet\":{"));
	assert_null(strstr(line(EVENT_DIALECT_NATIVE, "-stats.ledger,-stats.decode", EVENT_STATS),
			   "I3"));
	assert_null(strstr(buf, "decode"));
	assert_non_null(strstr(buf, "capture"));
}

static void
the_last_word_counts(void **state)
{
	(void)state;
	assert_string_equal(
		line(EVENT_DIALECT_NATIVE, "-all,+flow.fwd_pkts,+flow.rtt.ack", EVENT_FLOW),
		"{\"timestamp\":\"2024-05-06T12:23:01.123456789Z\","
		"\"schema_version\":\"1.0\",\"event_type\":\"flow\","
		"\"flow\":{\"fwd_pkts\":12,\"rtt\":{\"ack\":0.000210}}}\n");
	assert_string_equal(line(EVENT_DIALECT_NATIVE, "-all", EVENT_FLOW),
			    "{\"timestamp\":\"2024-05-06T12:23:01.123456789Z\","
			    "\"schema_version\":\"1.0\",\"event_type\":\"flow\"}\n");
	assert_non_null(strstr(line(EVENT_DIALECT_NATIVE, "-flow,+flow", EVENT_FLOW), "history"));
}

static void
layered_fields_have_their_own_names_and_follow_native_ones(void **state)
{
	(void)state;
	assert_null(strstr(line(EVENT_DIALECT_LAYERED, "-ip_ip_ttl", EVENT_PACKET), "ip_ip_ttl"));
	assert_non_null(strstr(buf, "ip_ip_src"));
	assert_null(
		strstr(line(EVENT_DIALECT_LAYERED, "-packet.ip_ttl", EVENT_PACKET), "ip_ip_ttl"));
	assert_null(strstr(line(EVENT_DIALECT_LAYERED, "-tcp", EVENT_PACKET), "\"tcp\""));
	assert_null(strstr(line(EVENT_DIALECT_LAYERED, "-layers.eth", EVENT_PACKET), "\"eth\""));
	assert_string_equal(line(EVENT_DIALECT_LAYERED, "-all,+tcp_tcp_dstport", EVENT_PACKET),
			    "{\"timestamp\":\"1714998181123\",\"schema_version\":\"1.0\","
			    "\"layers\":{\"tcp\":{\"tcp_tcp_dstport\":\"443\"}}}\n");
	assert_null(strstr(line(EVENT_DIALECT_LAYERED, "-event_id", EVENT_PACKET), "event_id"));
	/* One --fields serves sinks of different dialects. */
	assert_false(refused("-ip_ip_ttl"));
	assert_non_null(strstr(line(EVENT_DIALECT_NATIVE, "-ip_ip_ttl", EVENT_PACKET), "ip_ttl"));
}

static void
an_unknown_name_is_refused_with_the_nearest(void **state)
{
	(void)state;
	assert_true(refused("-flow.histroy"));
	assert_non_null(strstr(err, "'flow.histroy'"));
	assert_non_null(strstr(err, "'flow.history'"));
	assert_true(refused("+src_mac,-packt"));
	assert_non_null(strstr(err, "'packet'"));
	assert_true(refused("-ip_ip_tll"));
	assert_non_null(strstr(err, "'ip_ip_ttl'"));
	assert_true(refused("-"));
	assert_true(refused("-\x1b[2J"));
	assert_null(strchr(err, '\x1b'));
	assert_false(refused(""));
	assert_false(refused("-all, +src_ip ,"));
}

static void
what_every_event_needs_stays(void **state)
{
	(void)state;
	assert_true(refused("-timestamp"));
	assert_non_null(strstr(err, "timestamp"));
	assert_true(refused("-event_type"));
	assert_false(refused("+timestamp"));
	assert_false(refused("-event_id"));
}

static void
kinds_are_read_by_name(void **state)
{
	(void)state;
	assert_int_equal(event_kinds_parse("dns", err), 1u << EVENT_DNS);
	assert_int_equal(event_kinds_parse("dns,flow", err), 1u << EVENT_DNS | 1u << EVENT_FLOW);
	assert_int_equal(event_kinds_parse("all", err), (1u << EVENT_KINDS) - 1);
	assert_int_equal(event_kinds_parse("dns,flows", err), 0);
	assert_non_null(strstr(err, "'flows'"));
	assert_non_null(strstr(err, "'flow'"));
	assert_int_equal(event_kinds_parse("", err), 0);
}

static void
a_preset_is_something_its_dialect_can_show(void **state)
{
	(void)state;
	for (int d = 0; d < EVENT_DIALECTS; d++) {
		uint32_t preset = event_kinds_preset((enum event_dialect)d);

		assert_int_not_equal(preset, 0);
		assert_int_equal(preset & ~event_dialect_kinds((enum event_dialect)d), 0);
	}
	assert_int_equal(event_kinds_preset(EVENT_DIALECT_NATIVE) & 1u << EVENT_PACKET, 0);
	assert_int_not_equal(event_kinds_preset(EVENT_DIALECT_NATIVE) & 1u << EVENT_STATS, 0);
}

static void
lists_and_schemas_name_the_fields(void **state)
{
	char *text = event_fields_text();

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "flow.rtt.syn"));
	assert_non_null(strstr(text, "stats.capture.packets"));
	free(text);
	for (int d = 0; d < EVENT_DIALECT_LINE; d++) {
		json_t *root;

		text = event_schema_json((enum event_dialect)d);
		assert_non_null(text);
		root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		json_decref(root);
		free(text);
	}
	assert_null(event_schema_json(EVENT_DIALECT_LINE));
	text = event_fields_markdown();
	assert_non_null(strstr(text, "| `dns.qname` |"));
	free(text);
	text = event_counters_markdown();
	assert_non_null(strstr(text, "| `capture.packets` |"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_and_an_object_can_be_taken_away),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(layered_fields_have_their_own_names_and_follow_native_ones),
		cmocka_unit_test(an_unknown_name_is_refused_with_the_nearest),
		cmocka_unit_test(what_every_event_needs_stays),
		cmocka_unit_test(kinds_are_read_by_name),
		cmocka_unit_test(a_preset_is_something_its_dialect_can_show),
		cmocka_unit_test(lists_and_schemas_name_the_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
