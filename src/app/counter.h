/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counter.h - counts that one thread writes and others read.
 *
 * A thread counts in plain memory of its own and publishes a copy now and then;
 * readers get a copy of one moment (a sequence lock: the version is odd while the
 * writer is at it).  Also the two other words threads share: a flag that is set
 * once, and a number of packets that may still be taken.
 */
#ifndef APP_COUNTER_H
#define APP_COUNTER_H

#include <stdatomic.h>

#include "event/event.h"

struct counter_box {
	_Alignas(CACHE_LINE) _Atomic uint32_t version;
	_Atomic uint64_t value[EVENT_COUNTERS];
};

/* Owner only. */
void counter_publish(struct counter_box *box, const uint64_t value[EVENT_COUNTERS]);

/* Adds the box's counts of one moment to sum.  Any thread. */
void counter_add(const struct counter_box *box, uint64_t sum[EVENT_COUNTERS]);

struct counter_flag {
	_Atomic uint32_t set;
};

void counter_flag_set(struct counter_flag *f);

static inline bool
counter_flag_get(const struct counter_flag *f)
{
	return atomic_load_explicit(&f->set, memory_order_acquire) != 0;
}

/* Packets that may still be taken, over all packet threads (-c). */
struct counter_budget {
	_Atomic uint64_t left;
};

void counter_budget_init(struct counter_budget *b, uint64_t n);

/* How many of want are granted; what is not used goes back. */
uint64_t counter_budget_take(struct counter_budget *b, uint64_t want);
void counter_budget_give_back(struct counter_budget *b, uint64_t n);

#endif
