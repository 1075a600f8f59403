/* SPDX-License-Identifier: Apache-2.0 */
/* test_net.c - text of addresses against inet_ntop, checksums against the plain rule, names. */
#include "test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "net/checksum.h"
#include "net/net.h"

/* The same numbers in every run. */
static uint32_t
next_random(uint32_t *s)
{
	*s = *s * 1664525 + 1013904223;
	return *s >> 8;
}

static void
expect_text(const struct net_addr *a)
{
	char want[NET_ADDR_TEXT], got[NET_ADDR_TEXT];
	bool v4 = net_addr_is_v4(a);

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, want, sizeof(want));
	memset(got, 'x', sizeof(got));
	assert_int_equal(net_addr_text(a, got), strlen(want));
	assert_string_equal(got, want);
}

static void
addresses_are_written_as_inet_ntop_does(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 65536; i++) {
		uint8_t b[4] = { (uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(i % 10 * 25),
				 (uint8_t)(i % 100) };
		struct net_addr a = net_addr_v4(b);

		expect_text(&a);
	}
	/* Every pattern of zero and other groups, with all numbers of digits. */
	for (int pattern = 0; pattern < 256; pattern++)
		for (int round = 0; round < 40; round++) {
			struct net_addr a = { 0 };

			for (int g = 0; g < 8; g++) {
				uint32_t r = next_random(&seed) & 0xffff;

				if (pattern & 1 << g)
					r = (r >> next_random(&seed) % 16) | 1;
				else
					r = 0;
				a.b[2 * g] = (uint8_t)(r >> 8);
				a.b[2 * g + 1] = (uint8_t)r;
			}
			expect_text(&a);
		}
}

static void
the_longest_address_fits(void **state)
{
	struct net_addr a;
	char text[NET_ADDR_TEXT];

	(void)state;
	memset(&a, 0xff, sizeof(a));
	assert_int_equal(net_addr_text(&a, text), 39);
	assert_string_equal(text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void
a_mac_is_seventeen_letters(void **state)
{
	char text[NET_MAC_TEXT];

	(void)state;
	net_mac_text((const uint8_t *)"\x00\x1a\xff\x09\xa0\x5e", text);
	assert_string_equal(text, "00:1a:ff:09:a0:5e");
}

static struct net_tuple
tuple(uint8_t host)
{
	return (struct net_tuple){
		.src = net_addr_v4((const uint8_t[4]){ 10, 0, 0, host }),
		.dst = net_addr_v4((const uint8_t[4]){ 10, 0, 1, 1 }),
		.src_port = 1000,
		.dst_port = 80,
		.ip_proto = NET_IP_TCP,
	};
}

static void
swapping_twice_changes_nothing(void **state)
{
	struct net_tuple t = tuple(1), s = net_tuple_swapped(&t), back = net_tuple_swapped(&s);

	(void)state;
	assert_false(net_tuple_equal(&t, &s));
	assert_true(net_tuple_equal(&t, &back));
	assert_int_equal(s.src_port, 80);
	assert_true(net_addr_equal(&s.src, &t.dst));
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
flow_ids_fit_53_bits_and_tell_flows_apart(void **state)
{
	enum { N = 30000 };
	uint64_t *ids = malloc(N * sizeof(*ids));
	struct net_tuple t = tuple(1);

	(void)state;
	assert_non_null(ids);
	for (int i = 0; i < N; i++) {
		t.src_port = (uint16_t)(i % 10000);
		ids[i] = net_flow_id(&t, (uint64_t)(i / 20000), (uint64_t)(i / 10000 % 2));
		assert_true(ids[i] != 0 && ids[i] < UINT64_C(1) << 53);
	}
	qsort(ids, N, sizeof(*ids), by_value);
	for (int i = 1; i < N; i++)
		assert_true(ids[i] != ids[i - 1]);
	free(ids);
	/* The same in every run and on every machine: XXH3-64 of the 56 bytes, seed "weir". */
	t = tuple(1);
	assert_int_equal(net_flow_id(&t, 7, 1700000000123456789), UINT64_C(8653531725627031));
}

static void
known_protocols_have_names(void **state)
{
	(void)state;
	assert_string_equal(net_proto_name(NET_IP_TCP), "tcp");
	assert_string_equal(net_proto_name(NET_IP_ICMPV6), "icmpv6");
	assert_string_equal(net_proto_name(NET_IP_SCTP), "sctp");
	assert_null(net_proto_name(254));
}

static uint16_t
plain_sum(const uint8_t *b, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i < n; i += 2)
		s += (uint32_t)b[i] << 8 | (i + 1 < n ? b[i + 1] : 0);
	while (s >> 16)
		s = (s >> 16) + (s & 0xffff);
	return (uint16_t)s;
}

static void
sums_are_those_of_the_plain_rule(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (size_t n = 0; n < 600; n++)
		for (int round = 0; round < 8; round++) {
			uint8_t *b = malloc(n + 1);
			uint16_t got, want;

			assert_non_null(b);
			for (size_t i = 0; i < n; i++)
				b[i] = round < 2 ? (uint8_t)-round : (uint8_t)next_random(&seed);
			/* The copy ends where the bytes do. */
			b = realloc(b, n ? n : 1);
			got = __builtin_bswap16(net_sum_fold(net_sum(0, b, n)));
			want = plain_sum(b, n);
			assert_int_equal(got, want);
			if (n % 4 == 0)
				assert_int_equal(
					__builtin_bswap16(net_sum_fold(net_sum_short(0, b, n))),
					want);
			free(b);
		}
}

static void
sums_are_added_up_in_parts(void **state)
{
	/* RFC 1071, 3. */
	static const uint8_t b[8] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint64_t sum = net_sum(net_sum(0, b, 2), b + 2, 6);

	(void)state;
	assert_int_equal(__builtin_bswap16(net_sum_fold(sum)), 0xddf2);
	sum = net_sum_be16(sum, 0x220d);
	assert_int_equal(net_sum_fold(sum), 0xffff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_written_as_inet_ntop_does),
		cmocka_unit_test(the_longest_address_fits),
		cmocka_unit_test(a_mac_is_seventeen_letters),
		cmocka_unit_test(swapping_twice_changes_nothing),
		cmocka_unit_test(flow_ids_fit_53_bits_and_tell_flows_apart),
		cmocka_unit_test(known_protocols_have_names),
		cmocka_unit_test(sums_are_those_of_the_plain_rule),
		cmocka_unit_test(sums_are_added_up_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
