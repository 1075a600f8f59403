/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.c - the event side of the pipeline.
 *
 * Read analysis_event() first: it is the twin of worker_packet().
 */
#include "app/analysis.h"

#include <string.h>

#include "base/clock.h"

enum { BATCH = 128, IDLE_MS = 5, ROOM_WAIT_MS = 100, DRAIN_STEP_US = 100 };

static const uint32_t publish_bytes = 128 * 1024;

static bool
push(struct analysis *a, struct analysis_out *o, const struct event *ev)
{
	uint32_t size = event_size(ev);
	void *room = ring_reserve(&o->ring, size);

	while (!room && a->patient) {
		ring_wait_room(&o->ring, ROOM_WAIT_MS);
		room = ring_reserve(&o->ring, size);
	}
	if (!room)
		return false;
	memcpy(room, ev, size);
	ring_commit(&o->ring, size);
	ring_fetch_ahead(&o->ring);
	if (o->ring.at - o->at_published >= publish_bytes) {
		ring_publish(&o->ring);
		o->at_published = o->ring.at;
	}
	return true;
}

static void
deliver(struct analysis *a, const struct event *ev)
{
	for (size_t i = 0; i < a->n_out; i++) {
		struct analysis_out *o = &a->out[i];

		if (!(o->kinds & 1u << ev->kind))
			continue;
		o->offered++;
		a->count[COUNT_EVENTS_OFFERED]++;
		if (!push(a, o, ev)) {
			o->lost++;
			o->refused++;
			a->count[COUNT_EVENTS_SINK_RING_FULL]++;
		}
	}
}

static void
number(struct analysis *a, struct event *ev)
{
	ev->seq = ++a->seq[event_table[ev->kind].class];
	a->count[COUNT_EVENTS_NUMBERED]++;
}

static void
analysis_event(struct analysis *a, struct event *ev)
{
	a->count[COUNT_EVENTS_TAKEN]++;
	if (ev->ts_ns > a->now_ns)
		a->now_ns = ev->ts_ns;
	number(a, ev);
	analyze_summary_event(a->summary, ev);
	deliver(a, ev);
}

/* An event about weir itself. */
static void
make(struct analysis *a, struct event *ev)
{
	ev->ts_ns = a->patient ? a->now_ns : clock_ns(CLOCK_REALTIME);
	a->count[COUNT_EVENTS_MADE]++;
	number(a, ev);
	deliver(a, ev);
}

static void
tell_loss(struct analysis *a, uint64_t n, const char *reason, size_t thread)
{
	struct event ev = {
		.kind = EVENT_LOSS,
		.loss = { .count = n, .class = EVENT_CLASS_B, .thread = (uint16_t)thread },
	};

	strncpy(ev.loss.reason, reason, sizeof(ev.loss.reason) - 1);
	make(a, &ev);
}

/* What packet threads could not hand over, and what did not fit a sink's ring:
 * each loss becomes an event once there is room again. */
static void
tell_losses(struct analysis *a)
{
	for (size_t i = 0; i < a->n_workers; i++) {
		uint64_t count[EVENT_COUNTERS] = { 0 };
		uint64_t lost;

		counter_add(a->worker_boxes[i], count);
		lost = count[COUNT_EVENTS_RING_FULL] - a->told_lost[i];
		if (lost > 0) {
			a->told_lost[i] += lost;
			tell_loss(a, lost, "ring_full", i);
		}
	}
	for (size_t i = 0; i < a->n_out; i++) {
		uint64_t lost = a->out[i].lost;

		if (lost > 0 && ring_reserve(&a->out[i].ring, sizeof(struct event))) {
			a->out[i].lost = 0;
			tell_loss(a, lost, "sink_ring_full", i);
		}
	}
}

/* An interface and its sockets are not counted at one moment.  Whatever a socket saw was on the
 * interface, whose count is of a moment before. */
static void
settle_interface(const struct analysis *a, uint64_t sum[EVENT_COUNTERS])
{
	uint64_t kernel = sum[COUNT_CAPTURE_KERNEL_PACKETS];

	if (sum[COUNT_CAPTURE_IF_RX_PACKETS] < kernel)
		sum[COUNT_CAPTURE_IF_RX_PACKETS] = kernel;
	sum[COUNT_CAPTURE_BPF_FILTERED] =
		a->filtered ? sum[COUNT_CAPTURE_IF_RX_PACKETS] - kernel : 0;
}

void
analysis_sum_counts(const struct analysis *a, uint64_t sum[EVENT_COUNTERS])
{
	memset(sum, 0, EVENT_COUNTERS * sizeof(sum[0]));
	for (size_t i = 0; i < a->n_boxes; i++)
		counter_add(a->boxes[i], sum);
	for (size_t i = 0; i < a->n_out; i++)
		counter_add(a->out[i].box, sum);
	counter_add(a->box, sum);
	if (!a->patient)
		settle_interface(a, sum);
	/* Threads that are stopped in the middle of a file are at different places: read is
	 * what they took in, each of its share. */
	if (a->stopped && counter_flag_get(a->stopped))
		sum[COUNT_CAPTURE_READ] = sum[COUNT_CAPTURE_PACKETS] +
					  sum[COUNT_CAPTURE_USER_FILTERED] +
					  sum[COUNT_CAPTURE_DIRECTION_FILTERED];
}

static void
tell_stats(struct analysis *a, bool last)
{
	struct event ev = { .kind = EVENT_STATS };
	uint64_t *v = ev.stats.value;

	counter_publish(a->box, a->count);
	analysis_sum_counts(a, v);
	/* The last one counts itself as what it will be: made, numbered and written. */
	if (last) {
		v[COUNT_EVENTS_MADE]++;
		v[COUNT_EVENTS_NUMBERED]++;
		for (size_t i = 0; i < a->n_out; i++)
			if (a->out[i].kinds & 1u << EVENT_STATS) {
				v[COUNT_EVENTS_OFFERED]++;
				v[COUNT_EVENTS_SINK_TAKEN]++;
				v[COUNT_EVENTS_WRITTEN]++;
			}
	}
	make(a, &ev);
}

static void
publish(struct analysis *a)
{
	for (size_t i = 0; i < a->n_out; i++) {
		ring_publish(&a->out[i].ring);
		a->out[i].at_published = a->out[i].ring.at;
	}
	counter_publish(a->box, a->count);
}

static void
tick(struct analysis *a)
{
	uint64_t now;

	if (a->patient)
		return;
	tell_losses(a);
	now = clock_ns(CLOCK_MONOTONIC);
	if (!a->stats_interval_ns || now - a->last_stats_ns < a->stats_interval_ns)
		return;
	if (a->last_stats_ns)
		tell_stats(a, false);
	a->last_stats_ns = now;
}

static bool
is_sink_settled(const struct analysis_out *o)
{
	uint64_t count[EVENT_COUNTERS] = { 0 };

	counter_add(o->box, count);
	return count[COUNT_EVENTS_SINK_TAKEN] + o->refused == o->offered;
}

/* The packet threads are over: what they offered to the capture file is final. */
static bool
is_writer_settled(const struct analysis *a)
{
	uint64_t count[EVENT_COUNTERS] = { 0 };

	if (!a->writer_box)
		return true;
	for (size_t i = 0; i < a->n_workers; i++)
		counter_add(a->worker_boxes[i], count);
	counter_add(a->writer_box, count);
	return count[COUNT_WRITE_OFFERED] == count[COUNT_WRITE_RING_FULL] +
						     count[COUNT_WRITE_WRITTEN] +
						     count[COUNT_WRITE_FAILED];
}

/* Until every sink and the capture file have settled what they were offered, or time is up. */
static void
drain(struct analysis *a)
{
	uint64_t begin = clock_ns(CLOCK_MONOTONIC);
	const struct timespec step = { .tv_nsec = DRAIN_STEP_US * 1000L };
	bool settled;

	publish(a);
	for (;;) {
		settled = is_writer_settled(a);
		for (size_t i = 0; i < a->n_out; i++)
			settled = settled && is_sink_settled(&a->out[i]);
		if (settled || (a->drain_deadline_ns &&
				clock_ns(CLOCK_MONOTONIC) - begin >= a->drain_deadline_ns))
			return;
		nanosleep(&step, NULL);
	}
}

void *
analysis_run(void *arg)
{
	struct analysis *a = arg;
	enum merge_result result;
	struct event *ev;
	unsigned n = 0;
	size_t input;

	while ((result = merge_next(&a->merge, &ev, &input)) != MERGE_DONE) {
		if (result == MERGE_RECORD) {
			analysis_event(a, ev);
			merge_pop(&a->merge, input);
			if (++n % BATCH == 0) {
				merge_release(&a->merge);
				tick(a);
			}
			continue;
		}
		merge_release(&a->merge);
		tick(a);
		publish(a);
		merge_sleep(&a->merge, a->patient ? ROOM_WAIT_MS : IDLE_MS);
	}
	merge_release(&a->merge);
	tell_losses(a);
	drain(a);
	tell_stats(a, true);
	for (size_t i = 0; i < a->n_out; i++)
		ring_close(&a->out[i].ring);
	counter_publish(a->box, a->count);
	return NULL;
}
