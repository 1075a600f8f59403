/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_flow.c - what a packet costs in the flow table, by the number of flows.
 *
 *	bench_flow [FLOWS ...]
 *
 * Prints one JSON line per number of flows (1,000 to 10,000,000 unless named):
 * nanoseconds per packet for making the flows, and for packets of flows in random
 * order, either direction, TCP with data in a quarter of them; in bursts
 * of 32 as a packet thread fetches them ahead, and one by one.  The table is as
 * small as its flows allow.  The packets are made outside the time that is taken;
 * looking at the clock is inside it, about 1 ns per packet.  What is printed is
 * the median burst, which other work on the machine disturbs least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow/flow.h"

enum { BURST = 32, AHEAD = 6, BURSTS = 100000 };

struct bench {
	struct flow_table *t;
	uint64_t n_flows, random, ts_ns;
	uint32_t *seq; /* of the next byte of each flow's initiator */
	struct decoded d[BURST];
	struct flow_probe q[BURST];
	uint32_t spent_ns[BURSTS];
};

static uint64_t
clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void
make_packet(struct bench *b, struct decoded *d, uint64_t flow, bool back, bool data)
{
	uint8_t client[4] = { 10, (uint8_t)(flow >> 16), (uint8_t)(flow >> 8), (uint8_t)flow };
	uint8_t server[4] = { 192, 168, (uint8_t)(flow >> 24), (uint8_t)(flow % 251) };
	struct net_tuple t = { .src = net_addr_v4(client),
			       .dst = net_addr_v4(server),
			       .src_port = (uint16_t)(1024 + flow % 60000),
			       .dst_port = 443,
			       .ip_proto = NET_IP_TCP };
	uint32_t len = data && !back ? 1000 : 0;

	*d = (struct decoded){ .tuple = back ? net_tuple_swapped(&t) : t,
			       .ts_ns = b->ts_ns,
			       .flags = DECODE_HAS_L4 | DECODE_HAS_PORTS,
			       .ip_bytes = 52 + len,
			       .payload_len = len,
			       .tcp_flags = NET_TCP_ACK,
			       .tcp_seq = back ? 1 : b->seq[flow],
			       .tcp_window = 1000,
			       .ttl = 64 };
	if (!back)
		b->seq[flow] += len;
}

static void
run_ahead(struct bench *b)
{
	struct flow *f;

	for (int i = 0; i < BURST; i++) {
		flow_probe(b->t, &b->d[i], &b->q[i]);
		flow_prefetch_bucket(b->t, &b->q[i]);
	}
	for (int i = 0; i < AHEAD; i++)
		flow_prefetch_record(b->t, &b->q[i]);
	for (int i = 0; i < BURST; i++) {
		if (i + AHEAD < BURST)
			flow_prefetch_record(b->t, &b->q[i + AHEAD]);
		(void)flow_track(b->t, &b->d[i], &b->q[i], &f);
	}
}

static void
run_single(struct bench *b)
{
	struct flow *f;

	for (int i = 0; i < BURST; i++) {
		flow_probe(b->t, &b->d[i], &b->q[i]);
		(void)flow_track(b->t, &b->d[i], &b->q[i], &f);
	}
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* ns per packet of the median burst. */
static double
median(struct bench *b, size_t n_bursts)
{
	qsort(b->spent_ns, n_bursts, sizeof(b->spent_ns[0]), compare);
	return (double)b->spent_ns[n_bursts / 2] / BURST;
}

static double
measure(struct bench *b, void (*run)(struct bench *b))
{
	for (size_t n = 0; n < BURSTS; n++) {
		uint64_t start;

		for (int i = 0; i < BURST; i++) {
			b->random = b->random * UINT64_C(6364136223846793005) + 1;
			make_packet(b, &b->d[i],
				    (uint64_t)((unsigned __int128)b->random * b->n_flows >> 64),
				    b->random >> 12 & 1, b->random >> 13 & 1);
		}
		start = clock_ns();
		run(b);
		b->spent_ns[n] = (uint32_t)(clock_ns() - start);
	}
	return median(b, BURSTS);
}

/* All flows once in each direction; ns per first packet. */
static double
fill(struct bench *b)
{
	size_t n = 0;

	for (int back = 0; back < 2; back++)
		for (uint64_t flow = 0; flow < b->n_flows; flow += BURST) {
			uint64_t start;

			for (uint64_t i = 0; i < BURST; i++)
				make_packet(b, &b->d[i], flow + i, back, false);
			start = clock_ns();
			run_ahead(b);
			if (!back && n < BURSTS)
				b->spent_ns[n++] = (uint32_t)(clock_ns() - start);
		}
	return median(b, n);
}

static uint64_t
resident_bytes(void)
{
	unsigned long total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f) {
		if (fscanf(f, "%lu %lu", &total, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int
run_case(uint64_t n_flows)
{
	struct flow_options o = { .idle_timeout_ns = 3600 * NS_PER_SEC };
	static struct bench b;
	uint64_t before, value[EVENT_COUNTERS] = { 0 };
	double made, burst, single, resident;

	b = (struct bench){ .n_flows = n_flows / BURST * BURST, .random = 1, .ts_ns = NS_PER_SEC };
	b.seq = calloc(n_flows, sizeof(*b.seq));
	b.t = flow_table_new(&o, n_flows, UINT64_C(0x9e3779b97f4a7c15));
	if (!b.seq || !b.t || b.n_flows == 0) {
		fprintf(stderr, "bench_flow: no memory for %llu flows\n",
			(unsigned long long)n_flows);
		return 1;
	}
	memset(b.seq, 1, n_flows * sizeof(*b.seq));
	before = resident_bytes();
	flow_advance(b.t, b.ts_ns);
	made = fill(&b);
	resident = (double)(resident_bytes() - before) / (double)b.n_flows;
	burst = measure(&b, run_ahead);
	single = measure(&b, run_single);
	flow_get_counters(b.t, value);
	printf("{\"bench\":\"flow\",\"flows\":%llu,\"new_ns\":%.1f,\"burst_ns\":%.1f,"
	       "\"single_ns\":%.1f,\"resident_bytes_per_flow\":%.1f,\"evicted\":%llu}\n",
	       (unsigned long long)value[COUNT_FLOWS_ACTIVE], made, burst, single, resident,
	       (unsigned long long)value[COUNT_FLOWS_ENDED_RESOURCES]);
	fflush(stdout);
	flow_table_free(b.t);
	free(b.seq);
	return 0;
}

int
main(int argc, char **argv)
{
	static const uint64_t flows[] = { 1000, 10000, 100000, 1000000, 10000000 };
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run_case(strtoull(argv[i], NULL, 10));
	for (size_t i = 0; argc < 2 && i < ARRAY_LEN(flows); i++)
		bad |= run_case(flows[i]);
	return bad;
}
