/* SPDX-License-Identifier: Apache-2.0 */
/* counter.c - sequence-locked counter boxes. */
#include "app/counter.h"

void
counter_publish(struct counter_box *box, const uint64_t value[EVENT_COUNTERS])
{
	uint32_t version = atomic_load_explicit(&box->version, memory_order_relaxed);

	atomic_store_explicit(&box->version, version + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < EVENT_COUNTERS; i++)
		atomic_store_explicit(&box->value[i], value[i], memory_order_relaxed);
	atomic_store_explicit(&box->version, version + 2, memory_order_release);
}

void
counter_add(const struct counter_box *box, uint64_t sum[EVENT_COUNTERS])
{
	uint64_t copy[EVENT_COUNTERS];
	uint32_t before, after;

	do {
		before = atomic_load_explicit(&box->version, memory_order_acquire);
		for (size_t i = 0; i < EVENT_COUNTERS; i++)
			copy[i] = atomic_load_explicit(&box->value[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&box->version, memory_order_relaxed);
	} while (before != after || before & 1);
	for (size_t i = 0; i < EVENT_COUNTERS; i++)
		sum[i] += copy[i];
}

void
counter_flag_set(struct counter_flag *f)
{
	atomic_store_explicit(&f->set, 1, memory_order_release);
}

void
counter_budget_init(struct counter_budget *b, uint64_t n)
{
	atomic_store_explicit(&b->left, n, memory_order_relaxed);
}

uint64_t
counter_budget_take(struct counter_budget *b, uint64_t want)
{
	uint64_t left = atomic_load_explicit(&b->left, memory_order_relaxed);
	uint64_t granted;

	do
		granted = left < want ? left : want;
	while (!atomic_compare_exchange_weak_explicit(&b->left, &left, left - granted,
						      memory_order_relaxed, memory_order_relaxed));
	return granted;
}

void
counter_budget_give_back(struct counter_budget *b, uint64_t n)
{
	atomic_fetch_add_explicit(&b->left, n, memory_order_relaxed);
}
