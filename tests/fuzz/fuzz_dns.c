/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dns.c - any bytes as a DNS message: probe and parse, as a query and then as they are, so
 * that a response finds its query.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

extern const struct proto_ops proto_dns;

enum { FLAGS_AT = 2 };
#define QUERY_NS    NS_PER_SEC
#define RESPONSE_NS (2 * NS_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(uint8_t *state, const uint8_t *data, size_t size, bool cut, uint64_t ts_ns)
{
	struct decoded d = { .ts_ns = ts_ns, .payload_len = (uint32_t)size };
	struct proto_packet p = { .decoded = &d, .payload = cursor_over(data, size), .cut = cut };
	struct event ev;

	(void)proto_dns.probe(&p, true);
	(void)proto_dns.probe(&p, false);
	memset(&ev, 0xa5, sizeof(ev));
	ev.flags = 0;
	if (proto_dns.parse(state, &p, &ev) != PROTO_EVENT)
		return;
	assert(p.done);
	assert(memchr(ev.dns.qname, '\0', sizeof(ev.dns.qname)));
	assert(memchr(ev.dns.answer, '\0', sizeof(ev.dns.answer)));
	assert(!ev.dns.response || ts_ns == QUERY_NS ||
	       ev.dns.latency_ns == RESPONSE_NS - QUERY_NS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t state[FLOW_SCRATCH] = { 0 };
	uint8_t *query = malloc(size ? size : 1);

	assert(query);
	if (size)
		memcpy(query, data, size);
	if (size > FLAGS_AT)
		query[FLAGS_AT] &= 0x7f; /* the same message, asked */
	one(state, query, size, false, QUERY_NS);
	one(state, data, size, true, RESPONSE_NS);
	free(query);
	return 0;
}
