/* SPDX-License-Identifier: Apache-2.0 */
/* event_random.h - events of arbitrary bytes, but for what C itself demands: a kind that exists
 * and truth values that are 0 or 1. */
#ifndef EVENT_RANDOM_H
#define EVENT_RANDOM_H

#include <string.h>

#include "event/event.h"

static inline void
random_bytes(uint64_t *seed, void *out, size_t size)
{
	uint8_t *p = out;

	for (size_t i = 0; i < size; i++) {
		*seed ^= *seed << 13;
		*seed ^= *seed >> 7;
		*seed ^= *seed << 17;
		p[i] = (uint8_t)(*seed >> 32);
	}
}

static inline void
make_legal(struct event *ev)
{
	uint8_t *b = (uint8_t *)ev;

	ev->kind = (uint8_t)(ev->kind % EVENT_KINDS);
	if (ev->kind == EVENT_DNS)
		b[offsetof(struct event, dns.response)] &= 1;
	if (ev->kind == EVENT_ARP)
		b[offsetof(struct event, arp.gratuitous)] &= 1;
	if (ev->kind == EVENT_ICMP)
		b[offsetof(struct event, icmp.error)] &= 1;
}

#endif
