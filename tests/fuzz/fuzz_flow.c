/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_flow.c - any sequence of packets, errors and clocks on a small flow table.
 *
 * Input: a byte of options, then steps of eight bytes.  Endpoints, protocols and
 * ports come from small sets, so that conversations meet; time goes on by anything
 * from nothing to months, and backwards too.  The counters have to add up all the
 * way, and each record has to agree with itself and with the order promised.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "net/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLOWS = 32, STEPS = 256, STEP = 8, BACKWARDS = 15, CHECK_EVERY = 4 };

struct check {
	struct flow_table *t;
	uint64_t pkts, bytes; /* tracked */
	uint64_t record_pkts, record_bytes;
	uint64_t full, now_ns;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_record(struct check *k, const struct event *ev)
{
	const struct event_flow *f = &ev->flow;
	bool final = ev->flags & EVENT_FINAL;

	require(ev->kind == EVENT_FLOW && ev->flow_id != 0 && ev->flow_id < UINT64_C(1) << 53);
	require(f->first_ns <= f->last_ns && f->first_ns <= ev->ts_ns && f->seq > 0);
	require(f->end > FLOW_END_NONE && f->end <= FLOW_END_RESOURCES);
	require(final == (f->end != FLOW_END_ACTIVE) && f->tcp_state < TCP_STATES);
	require(strspn(f->history, "SHADFRTWCshadfrtwc") == strlen(f->history));
	require(f->pkts[NET_FWD] + f->pkts[NET_REV] > 0);
	for (int dir = 0; dir < NET_DIRS; dir++) {
		require(f->pkts_delta[dir] <= f->pkts[dir] && f->bytes_delta[dir] <= f->bytes[dir]);
		k->record_pkts += f->pkts_delta[dir];
		k->record_bytes += f->bytes_delta[dir];
	}
}

/* Takes what is due; sorted: it comes of one look at the clock, or of the end. */
static void
take_records(struct check *k, bool sorted)
{
	struct event ev;
	uint64_t ts_ns = 0, flow_id = 0;

	while (flow_next_record(k->t, &ev)) {
		check_record(k, &ev);
		require(!sorted || ev.ts_ns > ts_ns ||
			(ev.ts_ns == ts_ns && ev.flow_id >= flow_id));
		ts_ns = ev.ts_ns;
		flow_id = ev.flow_id;
	}
}

static void
advance(struct check *k, uint64_t ts_ns)
{
	if (ts_ns > k->now_ns)
		k->now_ns = ts_ns;
	if (!flow_is_due(k->t, k->now_ns))
		return;
	flow_advance(k->t, k->now_ns);
	take_records(k, true);
}

static void
check_counters(const struct check *k)
{
	uint64_t c[EVENT_COUNTERS] = { 0 };

	flow_get_counters(k->t, c);
	c[COUNT_DECODE_OK] = c[COUNT_CAPTURE_PACKETS] = c[COUNT_CAPTURE_READ] = k->pkts + k->full;
	for (size_t i = 0; i < event_n_ledger_rows; i++)
		require(event_ledger_residual(&event_ledger_table[i], c) == 0);
	require(c[COUNT_FLOWS_ACTIVE] <= FLOWS && c[COUNT_FLOW_TABLE_FULL] == k->full);
	require(c[COUNT_FLOW_HIT] + c[COUNT_FLOW_NEW] == k->pkts);
	require(c[COUNT_FLOW_BYTES] == k->bytes && c[COUNT_FLOWS_CREATED] == c[COUNT_FLOW_NEW]);
}

static struct net_addr
address(unsigned n)
{
	struct net_addr a = { 0 };
	uint8_t *bytes = (uint8_t *)&a;

	/* The first four as IPv4 addresses are kept, the others are IPv6. */
	if (n < 4)
		bytes[10] = bytes[11] = 0xff;
	else
		bytes[0] = 0x20;
	bytes[15] = (uint8_t)n;
	return a;
}

/* A packet between two of eight ends, of one of four protocols. */
static struct net_tuple
tuple_of(uint8_t ends, uint8_t how)
{
	static const uint8_t protos[] = { NET_IP_TCP, NET_IP_UDP, NET_IP_SCTP, NET_IP_ICMP };
	static const uint16_t ports[] = { 0, 53, 80, 1023, 1024, 40000, 40001, 65535 };

	return (struct net_tuple){
		.src = address(ends & 7),
		.dst = address(ends >> 3 & 7),
		.src_port = ports[how & 7],
		.dst_port = ports[how >> 3 & 7],
		.ip_proto = protos[how >> 6],
	};
}

static void
read_flags(struct decoded *d, uint8_t bits)
{
	static const uint32_t odd[] = { 0, DECODE_BAD_L4_CHECKSUM, DECODE_BAD_IP_CHECKSUM,
					DECODE_HAS_MAC };

	d->flags = DECODE_HAS_VLAN | odd[bits & 3];
	if ((bits & 12) == 12)
		d->flags |= DECODE_FRAGMENT | DECODE_LATER_FRAGMENT;
	else
		d->flags |= DECODE_HAS_L4 | DECODE_HAS_PORTS;
	d->vlan_id = bits >> 4 & 1;
	d->tunnel_id = bits >> 5 & 1;
	d->tcp_window = bits & 64 ? 0 : 1000;
	d->payload_len = bits & 128 ? 100 : 0;
}

static void
track(struct check *k, const struct decoded *d)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	struct flow_probe q;
	struct flow *f = NULL;
	enum flow_result result;

	flow_probe(k->t, d, &q);
	result = flow_track(k->t, d, &q, &f);
	require((f == NULL) == (result == FLOW_FULL));
	if (!f) {
		k->full++;
		return;
	}
	k->pkts++;
	k->bytes += d->ip_bytes;
	require(f->pkts[f->dir] > 0 && f->first_ns <= f->last_ns && f->last_ns >= d->ts_ns);
	require((result == FLOW_NEW) == (f->pkts[NET_FWD] + f->pkts[NET_REV] == 1));
	require(result == FLOW_HIT || flow_prev_ns(k->t) == 0);
	if (result == FLOW_NEW && d->flags & DECODE_HAS_MAC)
		flow_set_macs(k->t, f, macs);
	require(flow_get_more(k->t, f) != NULL);
}

/* Bytes: ends; protocol and ports; flags; TCP flags; sequence number; two of time; what it is. */
static void
step(struct check *k, const uint8_t *b)
{
	struct decoded d = { .class = DECODE_FLOW, .tuple = tuple_of(b[0], b[1]), .ttl = 64 };
	unsigned scale = b[6] & 15;
	uint64_t span = (uint64_t)(b[5] << 4 | b[6] >> 4) << (scale * 3);

	if (scale == BACKWARDS)
		d.ts_ns = k->now_ns - (k->now_ns < b[5] * NS_PER_MS ? k->now_ns : b[5] * NS_PER_MS);
	else
		d.ts_ns = k->now_ns + span;
	read_flags(&d, b[2]);
	d.tcp_flags = b[3];
	d.tcp_seq = (uint32_t)b[4] << (b[7] >> 3);
	d.tcp_ack = d.tcp_seq + 1;
	d.ip_bytes = 40 + d.payload_len;
	advance(k, d.ts_ns);
	switch (b[7] & 7) {
	case 0: /* only the clock */
		break;
	case 1: {
		struct flow *f = flow_icmp_error(k->t, &d, &d.tuple, 3, b[4]);

		require(!f || f->icmp_errors > 0);
		break;
	}
	default:
		track(k, &d);
		take_records(k, false);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check k = { .now_ns = UINT64_C(1700000000) * NS_PER_SEC };
	struct cursor c = cursor_over(data, size);
	uint8_t bits = cursor_u8(&c);
	struct flow_options options = {
		.max = FLOWS, .preset = bits & 3, .key_vlan = bits & 4, .key_tunnel = bits & 8
	};

	k.t = flow_table_new(&options, FLOWS, bits >> 4);
	require(k.t != NULL);
	for (int n = 0; n < STEPS && cursor_left(&c) >= STEP; n++) {
		step(&k, cursor_take(&c, STEP));
		if (n % CHECK_EVERY == 0)
			check_counters(&k);
	}
	check_counters(&k);
	flow_force_end(k.t);
	take_records(&k, true);
	check_counters(&k);
	require(k.record_pkts == k.pkts && k.record_bytes == k.bytes);
	flow_table_free(k.t);
	return 0;
}
