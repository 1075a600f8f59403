/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c - the lowest head of several rings. */
#include "app/merge.h"

#include <poll.h>
#include <unistd.h>

static bool
is_before(const struct event *a, const struct event *b)
{
	if (a->order != b->order)
		return a->order < b->order;
	if (a->phase != b->phase)
		return a->phase < b->phase;
	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns;
	return a->flow_id < b->flow_id;
}

static void
look(struct merge *m, size_t i)
{
	uint32_t size;

	if (m->head[i] || m->done[i])
		return;
	m->head[i] = ring_peek(&m->in[i], &size);
	if (!m->head[i] && ring_done(&m->in[i]))
		m->done[i] = true;
}

static enum merge_result
next_of_one(struct merge *m, struct event **out)
{
	look(m, 0);
	*out = m->head[0];
	if (m->head[0])
		return MERGE_RECORD;
	return m->done[0] ? MERGE_DONE : MERGE_WAIT;
}

enum merge_result
merge_next(struct merge *m, struct event **out, size_t *input)
{
	uint64_t promised = UINT64_MAX;
	size_t lowest = m->n, n_done = 0;

	*input = 0;
	if (m->n == 1)
		return next_of_one(m, out);
	for (size_t i = 0; i < m->n; i++) {
		/* Read before looking: see ring_promised. */
		uint64_t promise = m->head[i] ? 0 : ring_promised(&m->in[i]);

		look(m, i);
		if (m->done[i])
			n_done++;
		else if (!m->head[i])
			promised = promise < promised ? promise : promised;
		else if (lowest == m->n || is_before(m->head[i], m->head[lowest]))
			lowest = i;
	}
	if (n_done == m->n)
		return MERGE_DONE;
	if (lowest == m->n || m->head[lowest]->order >= promised)
		return MERGE_WAIT;
	*out = m->head[lowest];
	*input = lowest;
	return MERGE_RECORD;
}

void
merge_pop(struct merge *m, size_t input)
{
	ring_pop(&m->in[input]);
	m->head[input] = NULL;
}

void
merge_release(struct merge *m)
{
	for (size_t i = 0; i < m->n; i++)
		ring_release(&m->in[i]);
}

void
merge_sleep(struct merge *m, int timeout_ms)
{
	struct pollfd p = { .fd = m->in[0].own_fd, .events = POLLIN };
	bool may_sleep = true;
	uint64_t count;

	for (size_t i = 0; i < m->n; i++)
		if (!m->head[i] && !m->done[i] && !ring_will_wait(&m->in[i]))
			may_sleep = false;
	if (may_sleep && poll(&p, 1, timeout_ms) > 0 && read(p.fd, &count, sizeof(count)) < 0)
		p.revents = 0;
	for (size_t i = 0; i < m->n; i++)
		ring_unwait(&m->in[i]);
}
