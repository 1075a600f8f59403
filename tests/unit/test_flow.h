/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow.h - packets as the decoder would hand them over, and what every test
 * of the flow table wants to hold at its end.
 */
#ifndef TEST_FLOW_H
#define TEST_FLOW_H

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "flow/table.h"

#define MS  NS_PER_MS
#define SEC NS_PER_SEC

enum { SEED = 0x5eed };

enum {
	FIN = NET_TCP_FIN,
	SYN = NET_TCP_SYN,
	RST = NET_TCP_RST,
	PSH = NET_TCP_PSH,
	ACK = NET_TCP_ACK,
};

static inline struct net_tuple
tuple_of(uint32_t src, uint16_t src_port, uint32_t dst, uint16_t dst_port, uint8_t ip_proto)
{
	uint8_t s[4] = { 10, (uint8_t)(src >> 16), (uint8_t)(src >> 8), (uint8_t)src };
	uint8_t d[4] = { 10, (uint8_t)(dst >> 16), (uint8_t)(dst >> 8), (uint8_t)dst };

	return (struct net_tuple){ .src = net_addr_v4(s),
				   .dst = net_addr_v4(d),
				   .src_port = src_port,
				   .dst_port = dst_port,
				   .ip_proto = ip_proto };
}

static inline struct decoded
packet_of(uint64_t ts_ns, struct net_tuple tuple, uint32_t payload_len)
{
	return (struct decoded){ .ts_ns = ts_ns,
				 .tuple = tuple,
				 .flags = DECODE_HAS_L4 | DECODE_HAS_PORTS,
				 .ip_bytes = 40 + payload_len,
				 .payload_len = payload_len,
				 .ttl = 64,
				 .tcp_window = 1000 };
}

static inline struct decoded
tcp_of(uint64_t ts_ns, struct net_tuple tuple, uint8_t tcp_flags, uint32_t seq, uint32_t len)
{
	struct decoded d = packet_of(ts_ns, tuple, len);

	d.tcp_flags = tcp_flags;
	d.tcp_seq = seq;
	return d;
}

static inline struct flow_table *
table_of(uint64_t n_flows)
{
	struct flow_options o = { 0 };
	struct flow_table *t = flow_table_new(&o, n_flows, SEED);

	assert_non_null(t);
	return t;
}

/* As a packet thread does it, but that nothing may be due yet. */
static inline enum flow_result
offer(struct flow_table *t, const struct decoded *d, struct flow **out)
{
	struct flow_probe q;

	flow_probe(t, d, &q);
	return flow_track(t, d, &q, out);
}

static inline struct flow *
track(struct flow_table *t, struct decoded d)
{
	struct flow *f;

	flow_advance(t, d.ts_ns);
	assert_int_not_equal(offer(t, &d, &f), FLOW_FULL);
	return f;
}

static inline void
assert_no_record(struct flow_table *t)
{
	struct event ev;

	assert_false(flow_next_record(t, &ev));
}

static inline struct event
next_record(struct flow_table *t)
{
	struct event ev;

	assert_true(flow_next_record(t, &ev));
	return ev;
}

/* Identities I4 (its flow part), I5 and I6. */
static inline void
assert_ledger(const struct flow_table *t, uint64_t offered, uint64_t value[EVENT_COUNTERS])
{
	memset(value, 0, EVENT_COUNTERS * sizeof(value[0]));
	flow_get_counters(t, value);
	assert_int_equal(value[COUNT_FLOW_HIT] + value[COUNT_FLOW_NEW] +
				 value[COUNT_FLOW_TABLE_FULL],
			 offered);
	assert_int_equal(value[COUNT_FLOWS_CREATED], value[COUNT_FLOW_NEW]);
	assert_int_equal(value[COUNT_FLOWS_CREATED],
			 value[COUNT_FLOWS_ENDED_IDLE] + value[COUNT_FLOWS_ENDED_DETECTED] +
				 value[COUNT_FLOWS_ENDED_FORCED] +
				 value[COUNT_FLOWS_ENDED_RESOURCES] + value[COUNT_FLOWS_ACTIVE]);
	assert_int_equal(value[COUNT_FLOW_HIT] + value[COUNT_FLOW_NEW],
			 value[COUNT_FLOW_ENDED_PACKETS] + value[COUNT_FLOW_ACTIVE_PACKETS]);
	assert_int_equal(value[COUNT_FLOW_BYTES],
			 value[COUNT_FLOW_ENDED_BYTES] + value[COUNT_FLOW_ACTIVE_BYTES]);
}

/* Ends all, checks that nothing is left of what was offered, frees the table. */
static inline void
finish(struct flow_table *t, uint64_t offered)
{
	uint64_t value[EVENT_COUNTERS];
	struct event ev;

	while (flow_next_record(t, &ev))
		;
	flow_force_end(t);
	while (flow_next_record(t, &ev))
		;
	assert_ledger(t, offered, value);
	assert_int_equal(value[COUNT_FLOWS_ACTIVE], 0);
	assert_int_equal(value[COUNT_FLOW_ACTIVE_PACKETS], 0);
	assert_int_equal(value[COUNT_FLOW_ACTIVE_BYTES], 0);
	assert_int_equal(t->protected, 0);
	flow_table_free(t);
}

#endif
