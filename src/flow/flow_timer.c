/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_timer.c - the wheel, and the order of what is due.
 *
 * One slot per tick.  A flow stands where something may be due at the earliest
 * and is looked at when the clock gets there; if nothing is due yet it moves on.
 * A map of the slots in use lets the clock jump over any number of empty ticks;
 * a flow is met at most once per turn of the wheel until its timeout, and none
 * outlives that, so a jump of years costs what a jump of one timeout costs.
 *
 * A slot's flows are sorted when the slot is swept, and slots are swept in
 * order: what is due comes out ordered.  The next slot is swept when the records
 * of this one were taken, so an interim record and the end of the same flow can
 * both be due within one advance of the clock.
 */
#include <stdlib.h>

#include "flow/table.h"

enum { BINS = 32 };

static uint64_t
add_ns(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

uint64_t
flow_timer_idle_ns(const struct flow_table *t, const struct flow *f)
{
	return add_ns(f->last_ns, t->timeout_ns[f->state]);
}

uint64_t
flow_timer_active_ns(const struct flow_table *t, const struct flow *f)
{
	uint64_t step = t->active_timeout_ns;

	return add_ns(f->last_ns - (f->last_ns - f->first_ns) % step, step);
}

bool
flow_timer_is_unreported(const struct flow *f)
{
	return (uint32_t)f->pkts[NET_FWD] != f->reported_pkts[NET_FWD] ||
	       (uint32_t)f->pkts[NET_REV] != f->reported_pkts[NET_REV];
}

/* The first tick by whose beginning ns was reached. */
static uint64_t
tick_of(uint64_t ns)
{
	return ns / FLOW_TICK_NS + (ns % FLOW_TICK_NS != 0);
}

static void
push(struct flow_table *t, uint32_t slot, uint32_t n)
{
	struct flow *f = &t->flows[n];
	uint32_t list = slot * FLOW_LANES + n % FLOW_LANES;

	f->wheel_next = t->list[list];
	f->wheel_prev = FLOW_LIST_HEAD | list;
	if (f->wheel_next != FLOW_NONE)
		t->flows[f->wheel_next].wheel_prev = n;
	t->list[list] = n;
	t->occupied[slot / 64] |= UINT64_C(1) << slot % 64;
}

static bool
is_empty(const struct flow_table *t, uint32_t slot)
{
	uint32_t all = FLOW_NONE;

	for (uint32_t lane = 0; lane < FLOW_LANES; lane++)
		all &= t->list[slot * FLOW_LANES + lane];
	return all == FLOW_NONE;
}

void
flow_timer_unlink(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];
	uint32_t list = f->wheel_prev & ~FLOW_LIST_HEAD, slot = list / FLOW_LANES;

	if (f->wheel_prev == FLOW_QUEUED) {
		t->queue[f->wheel_next].n = FLOW_NONE;
		return;
	}
	if (t->due_last == n)
		t->due_last = f->wheel_prev;
	if (f->wheel_next != FLOW_NONE)
		t->flows[f->wheel_next].wheel_prev = f->wheel_prev;
	if (!(f->wheel_prev & FLOW_LIST_HEAD)) {
		t->flows[f->wheel_prev].wheel_next = f->wheel_next;
		return;
	}
	t->list[list] = f->wheel_next;
	if (slot < FLOW_SLOTS && f->wheel_next == FLOW_NONE && is_empty(t, slot))
		t->occupied[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

void
flow_timer_append_due(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];

	f->wheel_next = FLOW_NONE;
	f->wheel_prev = t->due_last;
	if (t->due_last & FLOW_LIST_HEAD)
		t->list[FLOW_DUE] = n;
	else
		t->flows[t->due_last].wheel_next = n;
	t->due_last = n;
}

void
flow_timer_arm(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];
	bool unreported = flow_timer_is_unreported(f);
	uint64_t idle_ns = flow_timer_idle_ns(t, f);
	uint64_t active_ns = unreported ? flow_timer_active_ns(t, f) : UINT64_MAX;
	uint64_t tick = tick_of(idle_ns < active_ns ? idle_ns : active_ns);

	if (tick <= t->tick)
		tick = t->tick + 1;
	if (tick > t->tick + FLOW_SLOTS - 1)
		tick = t->tick + FLOW_SLOTS - 1;
	/* A flow with nothing to report sleeps until it ends; its next packet begins an interval,
	 * whose end may be nearer. */
	if (tick == t->tick + 1 || !unreported)
		f->bits |= FLOW_ATTEND;
	else
		f->bits &= (uint8_t)~FLOW_ATTEND;
	push(t, (uint32_t)(tick % FLOW_SLOTS), n);
}

void
flow_timer_rearm(struct flow_table *t, uint32_t n)
{
	/* One whose interim record waits is put back when that was taken. */
	if (t->flows[n].end != FLOW_END_NONE)
		return;
	flow_timer_unlink(t, n);
	flow_timer_arm(t, n);
}

bool
flow_is_due(const struct flow_table *t, uint64_t now_ns)
{
	return now_ns >= t->next_ns;
}

void
flow_advance(struct flow_table *t, uint64_t now_ns)
{
	uint64_t tick = now_ns / FLOW_TICK_NS;

	if (now_ns > t->now_ns)
		t->now_ns = now_ns;
	if (!t->started) {
		t->started = true;
		t->tick = t->target = tick;
	}
	if (tick > t->target)
		t->target = tick;
	t->next_ns =
		t->target < UINT64_MAX / FLOW_TICK_NS ? (t->target + 1) * FLOW_TICK_NS : UINT64_MAX;
}

uint64_t
flow_timer_due_ns(const struct flow_table *t, const struct flow *f)
{
	return f->end == FLOW_END_ACTIVE ? flow_timer_active_ns(t, f) : f->due_ns;
}

static bool
is_before(const struct flow_table *t, uint32_t a, uint32_t b)
{
	const struct flow *x = &t->flows[a], *y = &t->flows[b];
	uint64_t x_ns = flow_timer_due_ns(t, x), y_ns = flow_timer_due_ns(t, y);

	return x_ns != y_ns ? x_ns < y_ns : x->id < y->id;
}

static uint32_t
merge(struct flow_table *t, uint32_t a, uint32_t b)
{
	uint32_t head = FLOW_NONE, *end = &head;

	while (a != FLOW_NONE && b != FLOW_NONE) {
		uint32_t *from = is_before(t, b, a) ? &b : &a;

		*end = *from;
		end = &t->flows[*from].wheel_next;
		*from = *end;
	}
	*end = a != FLOW_NONE ? a : b;
	return head;
}

/* Merge sort of a list by wheel_next: bin i holds a sorted list of 2^i, or nothing. */
static uint32_t
sort(struct flow_table *t, uint32_t list)
{
	uint32_t bin[BINS];
	uint32_t sorted = FLOW_NONE;

	for (int i = 0; i < BINS; i++)
		bin[i] = FLOW_NONE;
	while (list != FLOW_NONE) {
		uint32_t n = list;
		int i = 0;

		list = t->flows[n].wheel_next;
		t->flows[n].wheel_next = FLOW_NONE;
		for (; i < BINS - 1 && bin[i] != FLOW_NONE; i++) {
			n = merge(t, bin[i], n);
			bin[i] = FLOW_NONE;
		}
		bin[i] = merge(t, bin[i], n);
	}
	for (int i = 0; i < BINS; i++)
		sorted = merge(t, bin[i], sorted);
	return sorted;
}

static bool
comes_before(const struct flow_due *a, const struct flow_due *b)
{
	return a->ns != b->ns ? a->ns < b->ns : a->id < b->id;
}

/* Shell sort with Ciura's gaps (2001); FLOW_QUEUE bounds it. */
static void
sort_few(struct flow_due *due, size_t n)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < ARRAY_LEN(gaps); g++)
		for (size_t i = gaps[g]; i < n; i++) {
			struct flow_due x = due[i];
			size_t j = i;

			for (; j >= gaps[g] && comes_before(&x, &due[j - gaps[g]]); j -= gaps[g])
				due[j] = due[j - gaps[g]];
			due[j] = x;
		}
}

/* What the queue holds goes on the list. */
static void
list_queue(struct flow_table *t)
{
	for (uint32_t i = t->queue_at; i < t->queue_end; i++)
		if (t->queue[i].n != FLOW_NONE)
			flow_timer_append_due(t, t->queue[i].n);
	t->queue_at = t->queue_end = 0;
}

static void
sort_due(struct flow_table *t)
{
	uint32_t n;

	list_queue(t);
	n = sort(t, t->list[FLOW_DUE]);
	t->list[FLOW_DUE] = FLOW_NONE;
	t->due_last = FLOW_LIST_HEAD | FLOW_DUE;
	while (n != FLOW_NONE) {
		uint32_t next = t->flows[n].wheel_next;

		flow_timer_append_due(t, n);
		n = next;
	}
}

static void
put_due(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];

	if (BASE_UNLIKELY(t->queue_end == FLOW_QUEUE)) {
		flow_timer_append_due(t, n);
		return;
	}
	t->queue[t->queue_end++] = (struct flow_due){ flow_timer_due_ns(t, f), f->id, n };
}

static void
mark_queued(struct flow_table *t)
{
	for (uint32_t i = 0; i < t->queue_end; i++) {
		t->flows[t->queue[i].n].wheel_prev = FLOW_QUEUED;
		t->flows[t->queue[i].n].wheel_next = i;
	}
}

/* Puts what a slot gave in order. */
static void
order_due(struct flow_table *t)
{
	if (t->list[FLOW_DUE] != FLOW_NONE) {
		sort_due(t);
		return;
	}
	sort_few(t->queue, t->queue_end);
	mark_queued(t);
}

/* Records that nobody has touched for long. */
static void
fetch_far(const struct flow_table *t, uint32_t at)
{
	enum { AHEAD = 4 };
	uint32_t n = at + AHEAD < t->queue_end ? t->queue[at + AHEAD].n : FLOW_NONE;

	if (n == FLOW_NONE)
		return;
	for (size_t line = 0; line < sizeof(struct flow); line += CACHE_LINE)
		__builtin_prefetch((const char *)&t->flows[n] + line, 1);
	__builtin_prefetch(&t->more[n]);
}

uint32_t
flow_timer_take_due(struct flow_table *t)
{
	uint32_t n = FLOW_NONE;

	while (n == FLOW_NONE && t->queue_at < t->queue_end)
		n = t->queue[t->queue_at++].n;
	if (n != FLOW_NONE) {
		if (t->queue == t->all)
			fetch_far(t, t->queue_at);
		return n;
	}
	t->queue = t->own_queue;
	t->queue_at = t->queue_end = 0;
	n = t->list[FLOW_DUE];
	if (n != FLOW_NONE)
		flow_timer_unlink(t, n);
	return n;
}

static int
by_time(const void *a, const void *b)
{
	return comes_before(a, b) ? -1 : comes_before(b, a);
}

/* The live flows in the order of the index. */
static void
list_live(const struct flow_table *t, struct flow_due *all)
{
	for (uint32_t i = 0; i < t->n_buckets; i++)
		for (int way = 0; way < FLOW_WAYS; way++)
			if (t->buckets[i].tag[way])
				(all++)->n = t->buckets[i].record[way];
}

/* Whose end was seen is not ended by us. */
static enum event_flow_end
forced_end(const struct flow *f)
{
	return f->state >= TCP_CLOSED ? FLOW_END_DETECTED : FLOW_END_FORCED;
}

/* Ends them all, with the queue grown for it; false, and nothing done, without the memory. */
static bool
force_queue(struct flow_table *t)
{
	uint32_t n = t->live;

	free(t->all);
	t->all = calloc(n, sizeof(*t->all));
	if (!t->all)
		return false;
	list_live(t, t->all);
	t->queue = t->all;
	t->queue_at = 0;
	t->queue_end = n;
	for (uint32_t i = 0; i < n; i++) {
		struct flow_due *due = &t->all[i];
		struct flow *f = &t->flows[due->n];

		fetch_far(t, i);
		flow_timer_unlink(t, due->n);
		flow_end_unlisted(t, due->n, forced_end(f), f->last_ns);
		due->ns = f->last_ns;
		due->id = f->id;
	}
	/* Nobody can ask for one that ended: they need no mark. */
	qsort(t->all, n, sizeof(*t->all), by_time);
	return true;
}

void
flow_force_end(struct flow_table *t)
{
	if (t->live > 0 && t->live <= FLOW_FORCED && !flow_has_record(t) && force_queue(t))
		return;
	for (uint32_t i = 0; i < t->n_buckets; i++)
		for (int way = 0; way < FLOW_WAYS; way++) {
			const struct flow_bucket *b = &t->buckets[i];
			const struct flow *f = &t->flows[b->record[way]];

			if (b->tag[way])
				flow_end(t, b->record[way], forced_end(f), f->last_ns);
		}
	sort_due(t);
}

/* Found on the slot of the tick, which it left: due, or put where it belongs. */
static void
look_at(struct flow_table *t, uint32_t n)
{
	struct flow *f = &t->flows[n];
	uint64_t idle_ns = flow_timer_idle_ns(t, f);

	if (tick_of(idle_ns) <= t->tick) {
		flow_end_unlisted(t, n, f->state >= TCP_CLOSED ? FLOW_END_DETECTED : FLOW_END_IDLE,
				  idle_ns);
		put_due(t, n);
		return;
	}
	if (flow_timer_is_unreported(f) && tick_of(flow_timer_active_ns(t, f)) <= t->tick) {
		f->end = FLOW_END_ACTIVE;
		put_due(t, n);
		return;
	}
	flow_timer_arm(t, n);
}

/* Nobody met here comes back to this slot: arm puts at most SLOTS - 1 ticks ahead. */
static void
sweep(struct flow_table *t, uint32_t slot)
{
	t->occupied[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	for (uint32_t lane = 0; lane < FLOW_LANES; lane++) {
		uint32_t n = t->list[slot * FLOW_LANES + lane];

		t->list[slot * FLOW_LANES + lane] = FLOW_NONE;
		while (n != FLOW_NONE) {
			uint32_t next = t->flows[n].wheel_next;

			look_at(t, n);
			n = next;
		}
	}
}

/* The next tick with a slot in use, at most limit ticks ahead; else limit. */
static uint64_t
next_used(const struct flow_table *t, uint64_t limit)
{
	uint64_t tick = t->tick + 1;
	uint64_t last = limit - t->tick < FLOW_SLOTS ? limit : t->tick + FLOW_SLOTS;

	while (tick <= last) {
		uint32_t slot = (uint32_t)(tick % FLOW_SLOTS);
		uint64_t word = t->occupied[slot / 64] >> slot % 64;

		if (word) {
			tick += (uint64_t)__builtin_ctzll(word);
			return tick < limit ? tick : limit;
		}
		tick += 64 - slot % 64;
	}
	return limit;
}

/* What may be due before the tick after this one is swept has to be seen by packets; and what that
 * sweep will read is fetched. */
static void
mark_next(struct flow_table *t)
{
	uint32_t slot = (uint32_t)((t->tick + 1) % FLOW_SLOTS), n[FLOW_LANES], all;

	memcpy(n, &t->list[(size_t)slot * FLOW_LANES], sizeof(n));
	do {
		all = FLOW_NONE;
		for (uint32_t lane = 0; lane < FLOW_LANES; lane++) {
			if (n[lane] == FLOW_NONE)
				continue;
			t->flows[n[lane]].bits |= FLOW_ATTEND;
			flow_index_fetch(t, n[lane]);
			n[lane] = t->flows[n[lane]].wheel_next;
			all &= n[lane];
		}
	} while (all != FLOW_NONE);
}

bool
flow_timer_step(struct flow_table *t)
{
	if (t->tick == t->target)
		return false;
	t->tick = next_used(t, t->target);
	sweep(t, (uint32_t)(t->tick % FLOW_SLOTS));
	order_due(t);
	if (t->tick == t->target)
		mark_next(t);
	return true;
}
