/* SPDX-License-Identifier: Apache-2.0 */
/* test_event_put.c - numbers, times and escaping against the C library and by reading back. */
#include "test.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "event/event_put.h"
#include "event_random.h"

static struct event_put put;
static char out[8192];

static const char *
ended(char *end)
{
	*end = '\0';
	return out;
}

static void
numbers_are_those_of_printf(void **state)
{
	static const uint64_t edges[] = { 0,
					  9,
					  10,
					  99,
					  100,
					  999,
					  1000,
					  9999,
					  10000,
					  99999999,
					  100000000,
					  UINT32_MAX,
					  UINT64_C(1) << 32,
					  UINT64_C(9999999999999999),
					  UINT64_C(10000000000000000),
					  UINT64_MAX };
	uint64_t seed = 7, v;
	char want[32];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		random_bytes(&seed, &v, sizeof(v));
		v >>= i % 64;
		if (i < ARRAY_LEN(edges))
			v = edges[i];
		snprintf(want, sizeof(want), "%" PRIu64, v);
		assert_string_equal(ended(put_u64(out, v)), want);
		snprintf(want, sizeof(want), "%" PRIu32, (uint32_t)v);
		assert_string_equal(ended(put_u32(out, (uint32_t)v)), want);
		snprintf(want, sizeof(want), "%014" PRIx64, v & UINT64_C(0xffffffffffffff));
		assert_string_equal(ended(put_hex(out, v, 14)), want);
		snprintf(want, sizeof(want), "%" PRIu64 ".%09" PRIu64, v / NS_PER_SEC,
			 v % NS_PER_SEC);
		assert_string_equal(ended(put_seconds(out, v)), want);
	}
}

static void
a_number_a_double_cannot_hold_is_a_string(void **state)
{
	(void)state;
	assert_string_equal(ended(event_put_number(out, UINT64_C(9007199254740992))),
			    "9007199254740992");
	assert_string_equal(ended(event_put_number(out, UINT64_C(9007199254740993))),
			    "\"9007199254740993\"");
}

static void
times_are_those_of_gmtime(void **state)
{
	uint64_t seed = 99, ts;
	char want[64];

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct tm tm;
		time_t sec;
		size_t n;

		random_bytes(&seed, &ts, sizeof(ts));
		if (i % 2)
			ts = i * UINT64_C(86399) * NS_PER_SEC + i;
		sec = (time_t)(ts / NS_PER_SEC);
		gmtime_r(&sec, &tm);
		n = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(want + n, sizeof(want) - n, ".%09" PRIu64 "Z", ts % NS_PER_SEC);
		assert_string_equal(ended(event_put_time(&put, out, ts)), want);
	}
}

static void
addresses_macs_and_protocols(void **state)
{
	const uint8_t v4[4] = { 255, 0, 10, 9 }, mac[6] = { 0, 0x1a, 0xff, 3, 4, 5 };
	struct net_addr a = net_addr_v4(v4), v6 = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };

	(void)state;
	assert_string_equal(ended(put_addr(&put, out, &a)), "255.0.10.9");
	assert_string_equal(ended(put_addr(&put, out, &v6)), "2001:db8::1");
	assert_string_equal(ended(put_mac(out, mac)), "00:1a:ff:03:04:05");
	assert_string_equal(ended(event_put_protocol(out, NET_IP_ICMPV6)), "ICMPV6");
	assert_string_equal(ended(event_put_protocol(out, 253)), "253");
	assert_string_equal(ended(put_word(out, &put.protocol[NET_IP_TCP])), "TCP");
}

static void
decimals_are_rounded_and_never_senseless(void **state)
{
	(void)state;
	assert_string_equal(ended(event_put_milli(out, 185.25)), "185.250");
	assert_string_equal(ended(event_put_milli(out, 0.0004)), "0.000");
	assert_string_equal(ended(event_put_milli(out, 1e300)), "0.000");
	assert_string_equal(ended(event_put_milli(out, 0.0 / 1)), "0.000");
}

static const char *
json_of(const char *text, size_t size, bool *raw)
{
	*raw = false;
	return ended(event_put_json(out, text, size, raw));
}

static void
what_is_obeyed_is_escaped(void **state)
{
	static const struct {
		const char *in, *json;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\"b\\c/", "a\\\"b\\\\c/" },
		{ "\x1b[2J\n\t\x7f", "\\u001b[2J\\u000a\\u0009\\u007f" },
		{ "\xc2\x85x", "\\u0085x" },
		{ "gr\u00fc\u00df \u20ac \U0001f600", "gr\u00fc\u00df \u20ac \U0001f600" },
		{ "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x80\xac\xe2\x81\xa6\xe2\x81\xa9\xef\xbb"
		  "\xbf\xe2\x80"
		  "\x8f",
		  "\\u2028\\u2029\\u202e\\u202c\\u2066\\u2069\\ufeff\\u200f" },
		{ "a\xc0\x80z", "a\\u0000z" },
		{ "0123456789abcdef\"0123456789abcdef", "0123456789abcdef\\\"0123456789abcdef" },
	};
	bool raw;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(json_of(cases[i].in, strlen(cases[i].in) + 1, &raw),
				    cases[i].json);
		assert_false(raw);
	}
}

static void
one_wrong_byte_makes_all_of_them_bytes(void **state)
{
	bool raw;

	(void)state;
	assert_string_equal(json_of("\u00e4\xff", 4, &raw), "\\u00c3\\u00a4\\u00ff");
	assert_true(raw);
	/* Surrogates, overlong forms and what lies beyond Unicode are no UTF-8. */
	json_of("\xed\xa0\x80", 4, &raw);
	assert_true(raw);
	json_of("\xe0\x80\x80", 4, &raw);
	assert_true(raw);
	json_of("\xf4\x90\x80\x80", 5, &raw);
	assert_true(raw);
	assert_string_equal(json_of("\xff\xc0\x80", 4, &raw), "\\u00ff\\u0000");
}

static void
a_text_ends_with_its_field(void **state)
{
	bool raw;

	(void)state;
	assert_string_equal(json_of("abcdefghijkl", 5, &raw), "abcde");
	assert_string_equal(json_of("abcdefghijkl", 9, &raw), "abcdefghi");
	assert_string_equal(json_of("\u20ac", 2, &raw), "\\u00e2\\u0082");
	assert_true(raw);
}

/* From the JSON text back to bytes, as docs/events.md tells readers to do it. */
static size_t
bytes_of(const char *json, size_t len, bool raw, uint8_t *bytes)
{
	char quoted[8192];
	const uint8_t *s;
	size_t n, at = 0;
	json_t *v;

	quoted[0] = '"';
	memcpy(quoted + 1, json, len);
	quoted[len + 1] = '"';
	v = json_loadb(quoted, len + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(v);
	s = (const uint8_t *)json_string_value(v);
	n = json_string_length(v);
	for (size_t i = 0, used; i < n; i += used) {
		uint32_t code;

		used = event_put_utf8(s + i, n - i, &code);
		assert_true(used > 0);
		if (raw) {
			assert_true(code < 256);
			bytes[at++] = (uint8_t)code;
		} else {
			memcpy(bytes + at, s + i, used);
			at += used;
		}
	}
	json_decref(v);
	return at;
}

static void
every_text_can_be_turned_back_into_its_bytes(void **state)
{
	uint64_t seed = 1;
	struct event ev;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint8_t wire[200], back[1024];
		size_t len = (size_t)i % sizeof(wire), n;
		bool raw;

		random_bytes(&seed, wire, sizeof(wire));
		for (size_t k = 0; k < len; k++) {
			/* Bytes that meet: letters, controls, pieces of UTF-8. */
			static const uint8_t some[] = "a\"\\\x1b\x7f\x00\xc2\x80\xe2\x80\xa8\xff";

			if (i % 3)
				wire[k] = some[wire[k] % (sizeof(some) - 1)];
			/* The two bytes that stand for a zero are the one exception. */
			if (k && wire[k - 1] == 0xc0 && wire[k] == 0x80)
				wire[k] = 'x';
		}
		ev.flags = 0;
		event_text(&ev, ev.dns.qname, sizeof(ev.dns.qname), (const char *)wire, len);
		json_of(ev.dns.qname, sizeof(ev.dns.qname), &raw);
		n = bytes_of(out, strlen(out), raw, back);
		if (ev.flags & EVENT_CUT)
			assert_true(n < len);
		else
			assert_int_equal(n, len);
		assert_memory_equal(back, wire, n);
	}
}

static void
a_terminal_gets_nothing_it_obeys(void **state)
{
	(void)state;
	assert_string_equal(ended(event_put_plain(out, "a\x1b[1mb", 8, 80)), "a\\x1b[1mb");
	assert_string_equal(
		ended(event_put_plain(out, "\xff\u00e4\xe2\x80\xae\xe2\x80\xac", 10, 80)),
		"\\xff\u00e4\\xe2\\x80\\xae\\xe2\\x80\\xac");
	assert_string_equal(ended(event_put_plain(out, "abcdef", 7, 3)), "abc\u2026");
	assert_string_equal(ended(event_put_plain(out, "abc", 4, 3)), "abc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_printf),
		cmocka_unit_test(a_number_a_double_cannot_hold_is_a_string),
		cmocka_unit_test(times_are_those_of_gmtime),
		cmocka_unit_test(addresses_macs_and_protocols),
		cmocka_unit_test(decimals_are_rounded_and_never_senseless),
		cmocka_unit_test(what_is_obeyed_is_escaped),
		cmocka_unit_test(one_wrong_byte_makes_all_of_them_bytes),
		cmocka_unit_test(a_text_ends_with_its_field),
		cmocka_unit_test(every_text_can_be_turned_back_into_its_bytes),
		cmocka_unit_test(a_terminal_gets_nothing_it_obeys),
	};

	event_put_init(&put);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
