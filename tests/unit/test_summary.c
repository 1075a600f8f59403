/* SPDX-License-Identifier: Apache-2.0 */
/* test_summary.c - heaviest talkers keep Space-Saving's promises. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/analyze.h"

static struct event
flow_of(uint32_t src, uint32_t dst, uint64_t bytes)
{
	struct event ev = { .kind = EVENT_FLOW };
	const uint8_t a[4] = { 10, (uint8_t)(src >> 16), (uint8_t)(src >> 8), (uint8_t)src };
	const uint8_t b[4] = { 11, (uint8_t)(dst >> 16), (uint8_t)(dst >> 8), (uint8_t)dst };

	ev.tuple.src = net_addr_v4(a);
	ev.tuple.dst = net_addr_v4(b);
	ev.tuple.ip_proto = NET_IP_TCP;
	ev.flow.bytes_delta[NET_FWD] = bytes;
	ev.flow.pkts_delta[NET_FWD] = 1;
	ev.flow.seq = 1;
	return ev;
}

static void
few_hosts_are_counted_exactly(void **state)
{
	struct analyze_summary *s = analyze_summary_new(64);
	struct analyze_talker top[10];

	(void)state;
	for (uint32_t i = 1; i <= 20; i++)
		for (int n = 0; n < 3; n++) {
			struct event ev = flow_of(i, 0, i * 100);

			analyze_summary_event(s, &ev);
		}
	assert_int_equal(analyze_top_talkers(s, top, 10), 10);
	assert_int_equal(top[0].bytes, 3 * 100 * 20 * 21 / 2);
	assert_int_equal(top[0].flows, 60);
	for (size_t i = 1; i < 10; i++) {
		assert_int_equal(top[i].bytes, 3 * 100 * (21 - i));
		assert_int_equal(top[i].error, 0);
	}
	analyze_summary_free(s);
}

static void
a_heavy_host_survives_a_flood_of_light_ones(void **state)
{
	struct analyze_summary *s = analyze_summary_new(256);
	struct analyze_talker top[2];
	uint64_t heavy = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct event ev = flow_of(1000 + i, 2000000 + i, 40);

		analyze_summary_event(s, &ev);
		if (i % 50 == 0) {
			ev = flow_of(7, 8, 5000);
			analyze_summary_event(s, &ev);
			heavy += 5000;
		}
	}
	assert_int_equal(analyze_top_talkers(s, top, 2), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(top[i].addr.b[15], top[i].addr.b[12] == 10 ? 7 : 8);
		assert_true(top[i].bytes >= heavy && top[i].bytes - top[i].error <= heavy);
	}
	analyze_summary_free(s);
}

static void
protocols_beyond_the_last_place_become_other(void **state)
{
	struct analyze_summary *s = analyze_summary_new(64);
	struct analyze_protocol all[ANALYZE_PROTOCOLS + 1];
	uint64_t sum = 0;
	size_t n;

	(void)state;
	for (int i = 0; i < 256; i++) {
		struct event ev = flow_of(1, 2, 10);

		ev.tuple.ip_proto = (uint8_t)i;
		analyze_summary_event(s, &ev);
	}
	n = analyze_top_protocols(s, all, ANALYZE_PROTOCOLS + 1);
	assert_int_equal(n, ANALYZE_PROTOCOLS);
	assert_string_equal(all[0].name, "other");
	for (size_t i = 0; i < n; i++)
		sum += all[i].bytes;
	assert_int_equal(sum, 2560);
	analyze_summary_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_hosts_are_counted_exactly),
		cmocka_unit_test(a_heavy_host_survives_a_flood_of_light_ones),
		cmocka_unit_test(protocols_beyond_the_last_place_become_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
