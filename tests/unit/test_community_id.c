/* SPDX-License-Identifier: Apache-2.0 */
/* test_community_id.c - the vectors of the specification's baseline. */
#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#include "net/community_id.h"

struct vector {
	const char *src, *dst, *id;
	uint16_t sport, dport;
	uint8_t proto;
	uint8_t seed;
};

static struct net_addr
addr(const char *text)
{
	struct net_addr a;
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1)
		return net_addr_v4(v4);
	assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	return a;
}

static void
check(const struct vector *v)
{
	struct net_tuple t = {
		.src = addr(v->src),
		.dst = addr(v->dst),
		.src_port = v->sport,
		.dst_port = v->dport,
		.ip_proto = v->proto,
	};
	char id[NET_COMMUNITY_ID + 1] = "";

	net_community_id(&t, v->seed, id);
	assert_string_equal(id, v->id);
}

static const struct vector baseline[] = {
	{ "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
	  "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", 135, 136, 58, 0 },
	{ "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da",
	  "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", 136, 135, 58, 0 },
	{ "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da",
	  "1:zavyT/cezQr1fmImYCwYnMXbgck=", 135, 136, 58, 0 },
	{ "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
	  "1:zavyT/cezQr1fmImYCwYnMXbgck=", 136, 135, 58, 0 },
	{ "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=", 3, 0, 58, 0 },
	{ "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:hLZd0XGWojozrvxqE0dWB1iM6R0=", 1, 4, 58, 0 },
	{ "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2",
	  "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=", 128, 129, 58, 0 },
	{ "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=", 129, 128, 58, 0 },
	{ "fe80::200:86ff:fe05:80da", "ff02::2", "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=", 133, 134, 58,
	  0 },
	{ "fe80::260:97ff:fe07:69ea", "ff02::1", "1:pkvHqCL88/tg1k4cPigmZXUtL00=", 134, 133, 58,
	  0 },
	{ "192.168.0.89", "192.168.0.1", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", 8, 0, 1, 0 },
	{ "192.168.0.1", "192.168.0.89", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", 0, 8, 1, 0 },
	{ "10.0.0.1", "10.0.0.2", "1:YHxtAirCG//0OzkcVAukqKQN9xM=", 11, 0, 1, 0 },
	{ "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a",
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", 63943, 25, 6, 0 },
	{ "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887",
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", 25, 63943, 6, 0 },
	{ "192.168.170.8", "192.168.170.56", "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", 7, 7, 132, 0 },
	{ "192.168.170.56", "192.168.170.8", "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", 7, 7, 132, 0 },
	{ "128.232.110.120", "66.35.250.204", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", 34855, 80, 6, 0 },
	{ "66.35.250.204", "128.232.110.120", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", 80, 34855, 6, 0 },
	{ "192.168.1.52", "8.8.8.8", "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", 54585, 53, 17, 0 },
	{ "8.8.8.8", "192.168.1.52", "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", 53, 54585, 17, 0 },
	{ "10.1.12.1", "10.1.12.2", "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", 0, 0, 46, 0 },
	{ "10.1.12.2", "10.1.12.1", "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", 0, 0, 46, 0 },
	{ "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
	  "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=", 135, 136, 58, 1 },
	{ "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da",
	  "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=", 136, 135, 58, 1 },
	{ "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da",
	  "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=", 135, 136, 58, 1 },
	{ "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
	  "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM=", 136, 135, 58, 1 },
	{ "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:lVEtCZpYu84Xqaa++3lXFyuu2n4=", 3, 0, 58, 1 },
	{ "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8=", 1, 4, 58, 1 },
	{ "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2",
	  "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=", 128, 129, 58, 1 },
	{ "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da",
	  "1:GfZxjAkDk2MkegpBYHV6tadtFXQ=", 129, 128, 58, 1 },
	{ "fe80::200:86ff:fe05:80da", "ff02::2", "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8=", 133, 134, 58,
	  1 },
	{ "fe80::260:97ff:fe07:69ea", "ff02::1", "1:K/ee5UCqAMAQXDorP5nSa2CGLjc=", 134, 133, 58,
	  1 },
	{ "192.168.0.89", "192.168.0.1", "1:03g6IloqVBdcZlPyX8r0hgoE7kA=", 8, 0, 1, 1 },
	{ "192.168.0.1", "192.168.0.89", "1:03g6IloqVBdcZlPyX8r0hgoE7kA=", 0, 8, 1, 1 },
	{ "10.0.0.1", "10.0.0.2", "1:XjUibYHaafLQ3pxQeiMI8g25q20=", 11, 0, 1, 1 },
	{ "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a",
	  "1:eJYTW6AOzFLlSUoESovMjnu7rMw=", 63943, 25, 6, 1 },
	{ "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887",
	  "1:eJYTW6AOzFLlSUoESovMjnu7rMw=", 25, 63943, 6, 1 },
	{ "192.168.170.8", "192.168.170.56", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=", 7, 7, 132, 1 },
	{ "192.168.170.56", "192.168.170.8", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=", 7, 7, 132, 1 },
	{ "128.232.110.120", "66.35.250.204", "1:3V71V58M3Ksw/yuFALMcW0LAHvc=", 34855, 80, 6, 1 },
	{ "66.35.250.204", "128.232.110.120", "1:3V71V58M3Ksw/yuFALMcW0LAHvc=", 80, 34855, 6, 1 },
	{ "192.168.1.52", "8.8.8.8", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=", 54585, 53, 17, 1 },
	{ "8.8.8.8", "192.168.1.52", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=", 53, 54585, 17, 1 },
	{ "10.1.12.1", "10.1.12.2", "1:rYir8gphR31noO9iDRQmF/BteEI=", 0, 0, 46, 1 },
	{ "10.1.12.2", "10.1.12.1", "1:rYir8gphR31noO9iDRQmF/BteEI=", 0, 0, 46, 1 },
};

static void
ids_are_those_of_the_baseline(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(baseline); i++)
		check(&baseline[i]);
}

static void
icmp_without_an_answer_keeps_its_direction(void **state)
{
	struct net_tuple t = { .src = addr("10.0.0.2"),
			       .dst = addr("10.0.0.1"),
			       .src_port = 3,
			       .dst_port = 1,
			       .ip_proto = NET_IP_ICMP };
	struct net_tuple other = t;
	char a[NET_COMMUNITY_ID], b[NET_COMMUNITY_ID];

	(void)state;
	other.src = t.dst;
	other.dst = t.src;
	net_community_id(&t, 0, a);
	net_community_id(&other, 0, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
both_directions_have_one_id(void **state)
{
	struct net_tuple t = { .src = addr("10.0.0.1"),
			       .dst = addr("10.0.0.1"),
			       .src_port = 99,
			       .dst_port = 1,
			       .ip_proto = NET_IP_UDP };
	struct net_tuple swapped = net_tuple_swapped(&t);
	char a[NET_COMMUNITY_ID], b[NET_COMMUNITY_ID];

	(void)state;
	net_community_id(&t, 0, a);
	net_community_id(&swapped, 0, b);
	assert_memory_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_the_baseline),
		cmocka_unit_test(icmp_without_an_answer_keeps_its_direction),
		cmocka_unit_test(both_directions_have_one_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
