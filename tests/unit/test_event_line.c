/* SPDX-License-Identifier: Apache-2.0 */
/* test_event_line.c - what a person sees on a terminal. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event_samples.h"

static char buf[EVENT_LINE_MAX], err[BASE_ERROR_LEN];

static struct event_encoder *
encoder(uint32_t kinds, bool colour)
{
	struct event_encoder_config config = { .dialect = EVENT_DIALECT_LINE,
					       .kinds = kinds,
					       .colour = colour };
	struct event_encoder *e = event_encoder_new(&config, err);

	assert_non_null(e);
	return e;
}

static const char *
line(const struct event *ev, bool colour)
{
	struct event_encoder *e = encoder((1u << EVENT_KINDS) - 1, colour);

	buf[event_encode(e, ev, buf)] = '\0';
	event_encoder_free(e);
	return buf;
}

#define TIME "12:23:01.123456 "

static void
tcp_and_udp_packets(void **state)
{
	struct event ev;

	(void)state;
	sample_packet(&ev);
	ev.packet.tcp_flags = NET_TCP_SYN;
	ev.packet.payload_len = 0;
	assert_string_equal(line(&ev, false), TIME "TCP 192.168.1.105:48291 \u2192 "
						   "93.184.216.34:443 SYN len 0\n");
	ev.packet.tcp_flags = NET_TCP_SYN | NET_TCP_ACK;
	assert_non_null(strstr(line(&ev, false), " SYN ACK len 0\n"));
	ev.tuple.ip_proto = NET_IP_UDP;
	ev.packet.payload_len = 33;
	assert_string_equal(line(&ev, false), TIME "UDP 192.168.1.105:48291 \u2192 "
						   "93.184.216.34:443 len 33\n");
	ev.tuple.ip_proto = 253;
	ev.flags &= (uint16_t)~EVENT_HAS_PORTS;
	assert_string_equal(line(&ev, false), TIME "IP 253 192.168.1.105 \u2192 "
						   "93.184.216.34 len 33\n");
	ev.packet.frag_offset = 1480;
	assert_non_null(strstr(line(&ev, false), "fragment at 1480 len 33\n"));
}

static void
ipv6_with_ports_stands_in_brackets(void **state)
{
	struct event ev;

	(void)state;
	sample_packet(&ev);
	memset(&ev.tuple.src, 0, 16);
	ev.tuple.src.b[0] = 0xfe;
	ev.tuple.src.b[1] = 0x80;
	ev.tuple.src.b[15] = 1;
	assert_non_null(strstr(line(&ev, false), "TCP [fe80::1]:48291 \u2192 "));
	ev.flags &= (uint16_t)~EVENT_HAS_PORTS;
	assert_non_null(strstr(line(&ev, false), "TCP fe80::1 \u2192 "));
}

static void
a_frame_that_is_no_ip(void **state)
{
	struct event ev;

	(void)state;
	sample_packet(&ev);
	ev.flags = EVENT_HAS_MAC;
	ev.packet.ether_type = 0x88cc;
	assert_string_equal(line(&ev, false), TIME "ETH 02:00:00:00:00:01 \u2192 "
						   "02:00:00:00:00:fe type 0x88cc len 583\n");
}

static void
dns_questions_and_answers(void **state)
{
	struct event ev;

	(void)state;
	sample_dns(&ev);
	assert_string_equal(line(&ev, false),
			    TIME "DNS 192.168.1.1:53 \u2192 192.168.1.105:40112 answer "
				 "www.example.com NOERROR example.com 93.184.216.34 12.3 ms\n");
	ev.dns.response = false;
	assert_string_equal(line(&ev, false),
			    TIME "DNS 192.168.1.1:53 \u2192 192.168.1.105:40112 query "
				 "www.example.com A\n");
	ev.dns.qtype = 1234;
	memset(ev.dns.qname, 'x', 255);
	assert_non_null(strstr(line(&ev, false), "xxx\u2026 TYPE1234\n"));
	assert_true(strlen(buf) < 130);
	strcpy(ev.dns.qname, "\x1b]0;owned\x07\xff\n");
	assert_non_null(strstr(line(&ev, false), "query \\x1b]0;owned\\x07\\xff\\x0a TYPE"));
}

static void
arp_asks_and_tells(void **state)
{
	struct event ev;

	(void)state;
	sample_arp(&ev);
	assert_string_equal(line(&ev, false), TIME "ARP who has 192.168.1.1 tell 192.168.1.105\n");
	ev.arp.op = 2;
	assert_string_equal(line(&ev, false), TIME "ARP 192.168.1.105 is at 02:00:00:00:00:01\n");
	ev.arp.gratuitous = true;
	assert_non_null(strstr(line(&ev, false), "01 (gratuitous)\n"));
}

static void
icmp_says_what_it_means(void **state)
{
	struct event ev;

	(void)state;
	sample_icmp(&ev);
	assert_string_equal(line(&ev, false),
			    TIME "ICMP 192.168.1.105 \u2192 93.184.216.34 port unreachable: UDP to "
				 "192.168.1.105:40112\n");
	ev.icmp = (struct event_icmp){ .version = 4, .type = 8, .id = 7, .seq = 3 };
	assert_string_equal(line(&ev, false),
			    TIME "ICMP 192.168.1.105 \u2192 93.184.216.34 echo request id 7 seq "
				 "3\n");
	ev.icmp = (struct event_icmp){ .version = 6, .type = 250 };
	assert_non_null(strstr(line(&ev, false), "ICMPV6 "));
	assert_non_null(strstr(buf, "type 250\n"));
}

static void
flows_and_losses(void **state)
{
	struct event ev;

	(void)state;
	sample_flow(&ev);
	assert_string_equal(line(&ev, false), TIME
			    "FLOW TCP 192.168.1.105:48291 \u2192 93.184.216.34:443 closed pkts "
			    "12/10 3.4 kB/45.6 kB in 2.0 s\n");
	sample_loss(&ev);
	assert_string_equal(line(&ev, false), TIME "LOSS 123 events lost: ring_full, thread 1\n");
	assert_non_null(strstr(line(&ev, true), "\033[1;31mLOSS\033[0m "));
	sample_stats(&ev);
	assert_string_equal(line(&ev, false), "");
}

static void
a_packet_that_is_told_by_another_line_is_left_out(void **state)
{
	struct event_encoder *both = encoder(1u << EVENT_PACKET | 1u << EVENT_DNS, false);
	struct event_encoder *packets = encoder(1u << EVENT_PACKET, false);
	struct event ev;

	(void)state;
	sample_packet(&ev);
	ev.tuple.ip_proto = NET_IP_UDP;
	assert_true(event_encode(both, &ev, buf) > 0);
	ev.flags |= EVENT_DESCRIBED;
	assert_int_equal(event_encode(both, &ev, buf), 0);
	assert_true(event_encode(packets, &ev, buf) > 0);
	event_encoder_free(both);
	event_encoder_free(packets);
}

static void
time_is_local(void **state)
{
	struct event ev;

	(void)state;
	sample_packet(&ev);
	setenv("TZ", "XYZ-05:30", 1);
	tzset();
	assert_non_null(strstr(line(&ev, false), "17:53:01.123456 TCP"));
	ev.ts_ns = 0;
	setenv("TZ", "XYZ+1", 1);
	tzset();
	assert_non_null(strstr(line(&ev, false), "23:00:00.000000 TCP"));
	setenv("TZ", "UTC", 1);
	tzset();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_and_udp_packets),
		cmocka_unit_test(ipv6_with_ports_stands_in_brackets),
		cmocka_unit_test(a_frame_that_is_no_ip),
		cmocka_unit_test(dns_questions_and_answers),
		cmocka_unit_test(arp_asks_and_tells),
		cmocka_unit_test(icmp_says_what_it_means),
		cmocka_unit_test(flows_and_losses),
		cmocka_unit_test(a_packet_that_is_told_by_another_line_is_left_out),
		cmocka_unit_test(time_is_local),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
