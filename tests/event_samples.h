/* SPDX-License-Identifier: Apache-2.0 */
/* event_samples.h - one ordinary event of each kind, for tests and benchmarks. */
#ifndef EVENT_SAMPLES_H
#define EVENT_SAMPLES_H

#include <string.h>

#include "event/event.h"

#define SAMPLE_TIME UINT64_C(1714998181123456789) /* 2024-05-06T12:23:01.123456789Z */

static inline struct net_addr
sample_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = { a, b, c, d };

	return net_addr_v4(bytes);
}

static inline void
sample_head(struct event *ev, uint8_t kind, uint8_t ip_proto)
{
	static const uint8_t src_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 },
			     dst_mac[6] = { 0x02, 0, 0, 0, 0, 0xfe };

	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->ts_ns = SAMPLE_TIME;
	ev->seq = 4711;
	ev->flow_id = UINT64_C(6004799503160661);
	ev->flags = EVENT_HAS_MAC | EVENT_HAS_TUPLE | EVENT_HAS_PORTS;
	ev->tuple = (struct net_tuple){
		.src = sample_v4(192, 168, 1, 105),
		.dst = sample_v4(93, 184, 216, 34),
		.src_port = 48291,
		.dst_port = 443,
		.ip_proto = ip_proto,
	};
	memcpy(ev->src_mac, src_mac, 6);
	memcpy(ev->dst_mac, dst_mac, 6);
}

static inline void
sample_packet(struct event *ev)
{
	sample_head(ev, EVENT_PACKET, NET_IP_TCP);
	ev->packet = (struct event_packet){
		.number = 123456,
		.wire_len = 583,
		.caplen = 583,
		.ip_len = 569,
		.payload_len = 517,
		.ether_type = 0x0800,
		.ip_version = 4,
		.ip_header_len = 20,
		.ip_ttl = 64,
		.ip_id = 0x698b,
		.ip_flags = 2,
		.ip_checksum = 0xa4e0,
		.tcp_seq = 3201037957,
		.tcp_ack = 270271,
		.tcp_window = 502,
		.tcp_flags = NET_TCP_PSH | NET_TCP_ACK,
		.tcp_header_len = 32,
		.tcp_wscale = 255,
		.tcp_tsval = 87269134,
		.tcp_tsecr = 87269001,
		.l4_checksum = 0x22dc,
		.checksum = EVENT_CHECKSUM_GOOD,
		.flow_first_ns = SAMPLE_TIME - 12345678,
		.flow_prev_ns = SAMPLE_TIME - 345678,
		.flow_pkts = { 3, 1 },
		.flow_bytes = { 681, 60 },
	};
}

static inline void
sample_flow(struct event *ev)
{
	sample_head(ev, EVENT_FLOW, NET_IP_TCP);
	ev->flags |= EVENT_FINAL;
	strcpy(ev->app_proto, "tls");
	ev->flow = (struct event_flow){
		.first_ns = SAMPLE_TIME - 3 * NS_PER_SEC,
		.last_ns = SAMPLE_TIME - NS_PER_SEC,
		.pkts = { 12, 10 },
		.bytes = { 3456, 45678 },
		.pkts_delta = { 12, 10 },
		.bytes_delta = { 3456, 45678 },
		.seq = 1,
		.rtt_syn_us = 11890,
		.rtt_ack_us = 210,
		.tcp_flags = { 0x1b, 0x1b },
		.tcp_state = TCP_CLOSED,
		.end = FLOW_END_DETECTED,
		.ttl = { 64, 56 },
		.history = "ShADadFf",
	};
}

static inline void
sample_dns(struct event *ev)
{
	sample_head(ev, EVENT_DNS, NET_IP_UDP);
	ev->tuple.src = sample_v4(192, 168, 1, 1);
	ev->tuple.dst = sample_v4(192, 168, 1, 105);
	ev->tuple.src_port = 53;
	ev->tuple.dst_port = 40112;
	strcpy(ev->app_proto, "dns");
	ev->dns = (struct event_dns){
		.latency_ns = 12345678,
		.ttl = 300,
		.id = 0xbeef,
		.qtype = 1,
		.qclass = 1,
		.questions = 1,
		.answers = 2,
		.flags = 0x8180,
		.response = true,
		.qname = "www.example.com",
		.answer = "example.com\n93.184.216.34",
	};
}

static inline void
sample_arp(struct event *ev)
{
	sample_head(ev, EVENT_ARP, 0);
	ev->flags = EVENT_HAS_MAC;
	ev->flow_id = 0;
	memset(&ev->tuple, 0, sizeof(ev->tuple));
	ev->arp = (struct event_arp){
		.sender_ip = sample_v4(192, 168, 1, 105),
		.target_ip = sample_v4(192, 168, 1, 1),
		.sender_mac = { 0x02, 0, 0, 0, 0, 0x01 },
		.op = 1,
	};
}

static inline void
sample_icmp(struct event *ev)
{
	sample_head(ev, EVENT_ICMP, NET_IP_ICMP);
	ev->flags = EVENT_HAS_MAC | EVENT_HAS_TUPLE;
	ev->tuple.src_port = 3;
	ev->tuple.dst_port = 3;
	ev->icmp = (struct event_icmp){
		.quoted = { .src = sample_v4(93, 184, 216, 34),
			    .dst = sample_v4(192, 168, 1, 105),
			    .src_port = 53,
			    .dst_port = 40112,
			    .ip_proto = NET_IP_UDP },
		.type = 3,
		.code = 3,
		.error = true,
		.version = 4,
		.payload_len = 36,
	};
}

static inline void
sample_stats(struct event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = EVENT_STATS;
	ev->ts_ns = SAMPLE_TIME;
	ev->seq = 2;
	for (size_t i = 0; i < EVENT_COUNTERS; i++)
		ev->stats.value[i] = i * 1000003;
}

static inline void
sample_loss(struct event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = EVENT_LOSS;
	ev->ts_ns = SAMPLE_TIME;
	ev->seq = 3;
	ev->loss = (struct event_loss){
		.count = 123, .class = EVENT_CLASS_B, .thread = 1, .reason = "ring_full"
	};
}

static inline void
sample_event(struct event *ev, int kind)
{
	static void (*const make[EVENT_KINDS])(struct event *) = {
		[EVENT_PACKET] = sample_packet, [EVENT_FLOW] = sample_flow,
		[EVENT_DNS] = sample_dns,       [EVENT_ARP] = sample_arp,
		[EVENT_ICMP] = sample_icmp,     [EVENT_STATS] = sample_stats,
		[EVENT_LOSS] = sample_loss,
	};

	make[kind](ev);
}

#endif
