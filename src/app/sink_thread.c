/* SPDX-License-Identifier: Apache-2.0 */
/* sink_thread.c - from ring to sink. */
#include "app/sink_thread.h"

#include <errno.h>

enum { BATCH = 64, IDLE_MS = 1000 };

static void
settle(struct sink_thread *t, int result, uint64_t lost)
{
	t->count[COUNT_EVENTS_WRITTEN] -= lost;
	t->count[COUNT_EVENTS_SINK_FAILED] += lost;
	t->failed = result < 0;
	if (result < 0 && !t->said) {
		t->said = true;
		note_put(t->notes, NOTE_ERROR, "%s", sink_message(t->sink));
		if (result == -EPIPE)
			counter_flag_set(t->stop);
	}
}

static void
take(struct sink_thread *t, const struct event *ev)
{
	uint64_t lost = 0;
	size_t len = event_encode(t->encoder, ev, t->line);
	int result;

	t->count[COUNT_EVENTS_SINK_TAKEN]++;
	if (len == 0) {
		t->count[COUNT_EVENTS_SINK_SKIPPED]++;
		return;
	}
	t->count[COUNT_EVENTS_WRITTEN]++;
	result = sink_write(t->sink, ev, t->line, len, &lost);
	settle(t, result, lost);
}

static unsigned
take_batch(struct sink_thread *t)
{
	unsigned n = 0;
	uint32_t size;

	for (const struct event *ev; n < BATCH && (ev = ring_peek(&t->in, &size)) != NULL; n++) {
		take(t, ev);
		ring_pop(&t->in);
	}
	ring_release(&t->in);
	return n;
}

static void
flush(struct sink_thread *t)
{
	uint64_t lost = 0;
	int result = sink_flush(t->sink, &lost);

	/* A flush that had nothing to do says nothing about a failure before. */
	if (result < 0 || !t->failed)
		settle(t, result, lost);
	counter_publish(t->box, t->count);
}

void *
sink_thread_run(void *arg)
{
	struct sink_thread *t = arg;
	uint64_t lost = 0;
	int result;

	while (!ring_done(&t->in)) {
		unsigned n;

		if (t->status)
			status_hold(t->status);
		n = take_batch(t);
		if (n == 0)
			flush(t);
		if (t->status)
			status_go_on(t->status);
		if (n == 0)
			ring_sleep(&t->in, IDLE_MS);
	}
	if (t->status)
		status_hold(t->status);
	flush(t);
	result = sink_close(t->sink, &lost);
	t->sink = NULL;
	t->count[COUNT_EVENTS_WRITTEN] -= lost;
	t->count[COUNT_EVENTS_SINK_FAILED] += lost;
	if (result < 0 && !t->said)
		note_put(t->notes, NOTE_ERROR, "a sink could not be closed");
	t->failed = t->failed || result < 0 || t->count[COUNT_EVENTS_SINK_FAILED] > 0;
	counter_publish(t->box, t->count);
	if (t->status)
		status_go_on(t->status);
	return NULL;
}
