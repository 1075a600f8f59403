/* SPDX-License-Identifier: Apache-2.0 */
/* worker_publish.c - when a packet thread shows what it has, and its counts. */
#include "app/worker_publish.h"

#include "base/clock.h"

enum {
	PUBLISH_BYTES = 128 * 1024,
	MARK_EVERY = 256, /* packets */
};

static const uint64_t publish_every_ns = 2 * NS_PER_MS;

static void
add_capture_stats(const struct capture_stats *s, uint64_t *c)
{
	c[COUNT_CAPTURE_READ] += s->read;
	c[COUNT_CAPTURE_IF_RX_PACKETS] += s->if_rx;
	c[COUNT_CAPTURE_KERNEL_PACKETS] += s->kernel_packets;
	c[COUNT_CAPTURE_KERNEL_DROPS] += s->kernel_drops;
	c[COUNT_CAPTURE_BPF_FILTERED] += s->bpf_filtered;
	c[COUNT_CAPTURE_USER_FILTERED] += s->user_filtered;
	c[COUNT_CAPTURE_DIRECTION_FILTERED] += s->direction_filtered;
	c[COUNT_CAPTURE_UNREAD] += s->unread;
	c[COUNT_CAPTURE_LINK_DOWN] += s->link_down;
}

void
worker_publish_counts(struct worker *w)
{
	struct capture_stats s = { 0 };

	for (int c = COUNT_CAPTURE_IF_RX_PACKETS; c <= COUNT_CAPTURE_LINK_DOWN; c++)
		w->count[c] = 0;
	if (w->source)
		capture_get_stats(w->source, &s);
	/* Read before the flag: then no thread had begun to stop. */
	if (w->source && !counter_flag_get(w->shared->stop))
		w->if_rx = s.if_rx;
	/* Each thread read all of the file: one of them says so. */
	if (!w->shared->sharded || w->index == 0) {
		for (int c = COUNT_CAPTURE_IF_RX_PACKETS; c <= COUNT_CAPTURE_LINK_DOWN; c++)
			w->count[c] = w->past[c];
		add_capture_stats(&s, w->count);
	}
	flow_get_counters(w->flows, w->count);
	counter_publish(w->box, w->count);
}

static void
publish(struct worker *w)
{
	if (w->n_workers > 1)
		ring_mark(&w->out, w->patient ? w->ordinal + 1 : w->now_ns);
	else
		ring_publish(&w->out);
	w->published_at = w->out.at;
	if (w->tap.ring)
		ring_mark(&w->tap, w->patient ? w->ordinal + 1 : w->now_ns);
	worker_publish_counts(w);
}

/* Files publish by amount; live threads by time too, since someone is waiting. */
void
worker_publish_if_due(struct worker *w, int n)
{
	uint64_t now;

	if (w->patient) {
		/* n is 0 when a pipe has nothing more for now: someone may be waiting. */
		if (n == 0 || w->out.at - w->published_at >= PUBLISH_BYTES ||
		    w->ordinal % 4096 < (unsigned)n ||
		    (w->n_workers > 1 && w->ordinal % MARK_EVERY < (unsigned)n))
			publish(w);
		return;
	}
	now = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (n == 0 || now - w->published_ns >= publish_every_ns ||
	    w->out.at - w->published_at >= PUBLISH_BYTES) {
		w->published_ns = now;
		publish(w);
	}
}

void
worker_publish_source_end(struct worker *w)
{
	struct capture_stats s = { 0 };

	capture_get_stats(w->source, &s);
	/* What comes while the threads stop, one after the other, is nobody's. */
	if (!w->patient)
		s.if_rx = w->if_rx;
	add_capture_stats(&s, w->past);
}
