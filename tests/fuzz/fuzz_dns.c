/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dns.c - any bytes as a DNS message: probe and parse, with and without a query before. */
#include <assert.h>
#include <string.h>

#include "proto/proto.h"

extern const struct proto_ops proto_dns;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(uint8_t *state, const uint8_t *data, size_t size, uint64_t ts_ns)
{
	struct decoded d = { .ts_ns = ts_ns };
	struct proto_packet p = { .decoded = &d, .payload = cursor_over(data, size) };
	struct event ev;

	(void)proto_dns.probe(&p, true);
	(void)proto_dns.probe(&p, false);
	ev.flags = 0;
	if (proto_dns.parse(state, &p, &ev) != PROTO_EVENT)
		return;
	assert(p.done);
	assert(memchr(ev.dns.qname, '\0', sizeof(ev.dns.qname)));
	assert(memchr(ev.dns.answer, '\0', sizeof(ev.dns.answer)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t state[FLOW_SCRATCH] = { 0 };

	one(state, data, size, 1000000000);
	one(state, data, size, 2000000000);
	return 0;
}
