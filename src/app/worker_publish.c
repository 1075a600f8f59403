/* SPDX-License-Identifier: Apache-2.0 */
/* worker_publish.c - when a packet thread shows what it has, and its counts. */
#include "app/worker_publish.h"

#include <errno.h>
#include <time.h>

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
		add_capture_stats(&w->past, w->count);
		add_capture_stats(&s, w->count);
	}
	/* Stopped in the middle of a file its threads are at different places. */
	if (w->shared->sharded && w->end == -ECANCELED && counter_flag_get(w->shared->stop))
		w->count[COUNT_CAPTURE_READ] = w->count[COUNT_CAPTURE_PACKETS] +
					       w->count[COUNT_CAPTURE_USER_FILTERED] +
					       w->count[COUNT_CAPTURE_DIRECTION_FILTERED];
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
	struct timespec t;
	uint64_t now;

	if (w->patient) {
		/* n is 0 when a pipe has nothing more for now: someone may be waiting. */
		if (n == 0 || w->out.at - w->published_at >= PUBLISH_BYTES ||
		    w->ordinal % 4096 < (unsigned)n ||
		    (w->n_workers > 1 && w->ordinal % MARK_EVERY < (unsigned)n))
			publish(w);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	now = (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
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
	w->past.read += s.read;
	/* What comes while the threads stop, one after the other, is nobody's. */
	w->past.if_rx += w->patient ? s.if_rx : w->if_rx;
	w->past.kernel_packets += s.kernel_packets;
	w->past.kernel_drops += s.kernel_drops;
	w->past.bpf_filtered += s.bpf_filtered;
	w->past.user_filtered += s.user_filtered;
	w->past.direction_filtered += s.direction_filtered;
	w->past.unread += s.unread;
	w->past.link_down += s.link_down;
}
