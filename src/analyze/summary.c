/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.c - heaviest talkers by bytes, and bytes per protocol.
 *
 * Talkers are kept by Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient
 * computation of frequent and top-k elements in data streams", ICDT 2005): a new
 * host takes the place of the lightest one and inherits its bytes as error.  Any
 * host with more than total / places bytes is there.  The lightest is found in a
 * binary heap ordered by bytes; a chained table finds a host's place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/analyze.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NONE = -1 };

struct place {
	struct analyze_talker talker;
	int32_t next;     /* in its bucket's chain */
	uint32_t heap_at; /* index in heap */
};

struct analyze_summary {
	size_t n_places, used;
	struct place *place;
	uint32_t *heap;  /* indices of places; [0] is the lightest */
	int32_t *bucket; /* first place of a chain; n_places chains */
	size_t n_protocols;
	struct analyze_protocol protocol[ANALYZE_PROTOCOLS];
};

struct analyze_summary *
analyze_summary_new(size_t talkers)
{
	struct analyze_summary *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->n_places = talkers;
	s->place = calloc(talkers, sizeof(*s->place));
	s->heap = calloc(talkers, sizeof(*s->heap));
	s->bucket = malloc(talkers * sizeof(*s->bucket));
	if (!s->place || !s->heap || !s->bucket) {
		analyze_summary_free(s);
		return NULL;
	}
	memset(s->bucket, 0xff, talkers * sizeof(*s->bucket));
	return s;
}

void
analyze_summary_free(struct analyze_summary *s)
{
	if (!s)
		return;
	free(s->place);
	free(s->heap);
	free(s->bucket);
	free(s);
}

static uint64_t
weight(const struct analyze_summary *s, size_t heap_at)
{
	return s->place[s->heap[heap_at]].talker.bytes;
}

static void
swap(struct analyze_summary *s, size_t a, size_t b)
{
	uint32_t keep = s->heap[a];

	s->heap[a] = s->heap[b];
	s->heap[b] = keep;
	s->place[s->heap[a]].heap_at = (uint32_t)a;
	s->place[s->heap[b]].heap_at = (uint32_t)b;
}

/* A weight only grows, so it only sinks. */
static void
sink_down(struct analyze_summary *s, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= s->used)
			return;
		if (child + 1 < s->used && weight(s, child + 1) < weight(s, child))
			child++;
		if (weight(s, at) <= weight(s, child))
			return;
		swap(s, at, child);
		at = child;
	}
}

static void
rise_up(struct analyze_summary *s, size_t at)
{
	while (at > 0 && weight(s, (at - 1) / 2) > weight(s, at)) {
		swap(s, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static int32_t *
chain_of(struct analyze_summary *s, const struct net_addr *a)
{
	return &s->bucket[XXH3_64bits(a, sizeof(*a)) & (s->n_places - 1)];
}

static void
unchain(struct analyze_summary *s, int32_t at)
{
	int32_t *link = chain_of(s, &s->place[at].talker.addr);

	while (*link != at)
		link = &s->place[*link].next;
	*link = s->place[at].next;
}

static struct place *
find_or_take(struct analyze_summary *s, const struct net_addr *a)
{
	int32_t *chain = chain_of(s, a);
	uint64_t inherited = 0;
	int32_t at;

	for (at = *chain; at != NONE; at = s->place[at].next)
		if (net_addr_equal(&s->place[at].talker.addr, a))
			return &s->place[at];
	if (s->used < s->n_places) {
		at = (int32_t)s->used++;
		s->heap[at] = (uint32_t)at;
		s->place[at].heap_at = (uint32_t)at;
	} else {
		at = (int32_t)s->heap[0];
		inherited = s->place[at].talker.bytes;
		unchain(s, at);
	}
	s->place[at].talker =
		(struct analyze_talker){ .addr = *a, .bytes = inherited, .error = inherited };
	s->place[at].next = *chain;
	*chain = at;
	rise_up(s, s->place[at].heap_at);
	return &s->place[at];
}

static void
add_talker(struct analyze_summary *s, const struct net_addr *a, const struct event_flow *f)
{
	struct place *p = find_or_take(s, a);

	p->talker.bytes += f->bytes_delta[NET_FWD] + f->bytes_delta[NET_REV];
	p->talker.packets += f->pkts_delta[NET_FWD] + f->pkts_delta[NET_REV];
	p->talker.flows += f->seq == 1;
	sink_down(s, p->heap_at);
}

static void
add_protocol(struct analyze_summary *s, const char *name, const struct event_flow *f)
{
	struct analyze_protocol *p = s->protocol;
	size_t i = 0;

	while (i < s->n_protocols && strcmp(p[i].name, name) != 0)
		i++;
	if (i == s->n_protocols) {
		if (i == ANALYZE_PROTOCOLS)
			i = ANALYZE_PROTOCOLS - 1;
		else
			s->n_protocols++;
		snprintf(p[i].name, sizeof(p[i].name), "%s",
			 i == ANALYZE_PROTOCOLS - 1 ? "other" : name);
	}
	p[i].packets += f->pkts_delta[NET_FWD] + f->pkts_delta[NET_REV];
	p[i].bytes += f->bytes_delta[NET_FWD] + f->bytes_delta[NET_REV];
	p[i].flows += f->seq == 1;
}

void
analyze_summary_event(struct analyze_summary *s, const struct event *ev)
{
	const char *name = ev->app_proto;
	char number[16];

	if (ev->kind != EVENT_FLOW)
		return;
	if (!name[0])
		name = net_proto_name(ev->tuple.ip_proto);
	if (!name) {
		memcpy(number, "ip-000", 7);
		number[3] = (char)('0' + ev->tuple.ip_proto / 100);
		number[4] = (char)('0' + ev->tuple.ip_proto / 10 % 10);
		number[5] = (char)('0' + ev->tuple.ip_proto % 10);
		name = number;
	}
	add_protocol(s, name, &ev->flow);
	add_talker(s, &ev->tuple.src, &ev->flow);
	if (!net_addr_equal(&ev->tuple.src, &ev->tuple.dst))
		add_talker(s, &ev->tuple.dst, &ev->flow);
}

static int
by_talker_bytes(const void *a, const void *b)
{
	const struct analyze_talker *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return memcmp(&x->addr, &y->addr, sizeof(x->addr));
}

size_t
analyze_top_talkers(const struct analyze_summary *s, struct analyze_talker *out, size_t n)
{
	struct analyze_talker *all = malloc((s->used + 1) * sizeof(*all));

	if (!all)
		return 0;
	for (size_t i = 0; i < s->used; i++)
		all[i] = s->place[i].talker;
	qsort(all, s->used, sizeof(*all), by_talker_bytes);
	n = n < s->used ? n : s->used;
	memcpy(out, all, n * sizeof(*out));
	free(all);
	return n;
}

static int
by_protocol_bytes(const void *a, const void *b)
{
	const struct analyze_protocol *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->name, y->name);
}

size_t
analyze_top_protocols(const struct analyze_summary *s, struct analyze_protocol *out, size_t n)
{
	struct analyze_protocol all[ANALYZE_PROTOCOLS];

	memcpy(all, s->protocol, sizeof(all));
	qsort(all, s->n_protocols, sizeof(*all), by_protocol_bytes);
	n = n < s->n_protocols ? n : s->n_protocols;
	memcpy(out, all, n * sizeof(*out));
	return n;
}
