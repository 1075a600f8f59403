/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_json.c - what an event costs as text: one JSON line per case, the best
 * and the middle of several rounds in ns per event.
 *
 * Events differ in time, number and flow, so that nothing is written twice.
 * "many" has more flows than the cache of Community IDs has places.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "event_samples.h"
#include "net/community_id.h"

enum { ROUNDS = 41, EVENTS = 32768, DISTINCT = 1024, IDS = 10000 };

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(const char *name, double ns[ROUNDS], double bytes)
{
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	printf("{\"bench\":\"json\",\"case\":\"%s\",\"ns_per_event\":%.1f,\"median\":%.1f,"
	       "\"bytes_per_event\":%.0f,\"events_per_second\":%.0f}\n",
	       name, ns[0], ns[ROUNDS / 2], bytes, 1e9 / ns[0]);
}

static struct event *
make_events(int kind, unsigned n, bool v6)
{
	struct event *ev = calloc(n, sizeof(*ev));

	for (unsigned i = 0; ev && i < n; i++) {
		sample_event(&ev[i], kind);
		ev[i].ts_ns += i * UINT64_C(7654321);
		ev[i].seq = i + 1000000;
		ev[i].flow_id += ev[i].flow_id ? i * UINT64_C(2654435761) % 100000007 : 0;
		ev[i].tuple.src_port = (uint16_t)(1024 + i % 60000);
		ev[i].tuple.dst.b[15] = (uint8_t)(i >> 6);
		ev[i].tuple.dst.b[14] = (uint8_t)(i >> 14);
		if (v6) {
			ev[i].tuple.src =
				(struct net_addr){ { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1 } };
			ev[i].tuple.dst.b[0] = 0x20;
			for (int k = 1; k < 14; k++)
				ev[i].tuple.dst.b[k] = (uint8_t)(k * 37);
		}
		if (v6 && kind == EVENT_PACKET)
			ev[i].packet.ip_version = 6;
	}
	return ev;
}

static void
encode(const char *name, enum event_dialect dialect, int kind, unsigned n, bool v6)
{
	static char buf[EVENT_LINE_MAX];
	struct event_encoder_config config = {
		.dialect = dialect,
		.kinds = (1u << EVENT_KINDS) - 1,
		.identity = { .sensor_id = "sensor-1", .epoch = 1 },
	};
	struct event *ev = make_events(kind, n, v6);
	char err[BASE_ERROR_LEN];
	struct event_encoder *e = event_encoder_new(&config, err);
	double ns[ROUNDS];
	uint64_t bytes = 0;

	if (!ev || !e) {
		fprintf(stderr, "bench_json: %s\n", e ? "not enough memory" : err);
		exit(1);
	}
	for (unsigned i = 0; i < n; i++)
		(void)event_encode(e, &ev[i], buf);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now_ns();

		bytes = 0;
		for (unsigned i = 0; i < EVENTS; i++)
			bytes += event_encode(e, &ev[i % n], buf);
		ns[round] = (double)(now_ns() - start) / EVENTS;
	}
	report(name, ns, (double)bytes / EVENTS);
	event_encoder_free(e);
	free(ev);
}

static void
community_id(void)
{
	char id[NET_COMMUNITY_ID];
	struct event ev;
	double ns[ROUNDS];

	sample_packet(&ev);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now_ns();

		for (unsigned i = 0; i < IDS; i++) {
			ev.tuple.src_port = (uint16_t)i;
			net_community_id(&ev.tuple, 0, id);
		}
		ns[round] = (double)(now_ns() - start) / IDS;
	}
	report("community id", ns, NET_COMMUNITY_ID);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now_ns();
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		for (unsigned i = 0; i < IDS; i++) {
			unsigned char digest[EVP_MAX_MD_SIZE];

			EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
			EVP_DigestUpdate(ctx, &ev.tuple, 16);
			EVP_DigestFinal_ex(ctx, digest, NULL);
		}
		EVP_MD_CTX_free(ctx);
		ns[round] = (double)(now_ns() - start) / IDS;
	}
	report("the same hash by EVP", ns, NET_COMMUNITY_ID);
}

int
main(void)
{
	encode("packet native", EVENT_DIALECT_NATIVE, EVENT_PACKET, DISTINCT, false);
	encode("packet native ipv6", EVENT_DIALECT_NATIVE, EVENT_PACKET, DISTINCT, true);
	encode("packet native many", EVENT_DIALECT_NATIVE, EVENT_PACKET, 32 * DISTINCT, false);
	encode("flow native", EVENT_DIALECT_NATIVE, EVENT_FLOW, DISTINCT, false);
	encode("flow native many", EVENT_DIALECT_NATIVE, EVENT_FLOW, 32 * DISTINCT, false);
	encode("dns native", EVENT_DIALECT_NATIVE, EVENT_DNS, DISTINCT, false);
	encode("packet layered", EVENT_DIALECT_LAYERED, EVENT_PACKET, DISTINCT, false);
	encode("packet flow-sample", EVENT_DIALECT_FLOW_SAMPLE, EVENT_PACKET, DISTINCT, false);
	encode("packet line", EVENT_DIALECT_LINE, EVENT_PACKET, DISTINCT, false);
	community_id();
	return 0;
}
