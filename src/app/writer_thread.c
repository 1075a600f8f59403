/* SPDX-License-Identifier: Apache-2.0 */
/* writer_thread.c - from rings to the capture file. */
#include "app/writer_thread.h"

#include <errno.h>

#include "app/worker.h"

enum { BATCH = 64, IDLE_MS = 50 };

/* What the file holds is known to its writer: packets on their way are not written yet. */
static void
count(struct writer_thread *t)
{
	t->count[COUNT_WRITE_WRITTEN] = capture_writer_written(t->writer);
	counter_publish(t->box, t->count);
}

static void
complain(struct writer_thread *t, int result)
{
	if (!t->failed)
		note_put(t->notes, NOTE_ERROR, "%s", capture_writer_message(t->writer));
	t->failed = true;
	if (result == -EPIPE)
		counter_flag_set(t->stop);
}

static void
put(struct writer_thread *t, const struct worker_tap *tap)
{
	struct packet p = tap->packet;
	int result;

	p.data = (const uint8_t *)(tap + 1);
	t->taken++;
	result = capture_writer_put(t->writer, &p);
	if (result < 0)
		complain(t, result);
}

/* The input whose next packet is the earliest; -1 when one has to be waited for. */
static int
earliest(struct writer_thread *t, bool *over)
{
	uint64_t lowest = UINT64_MAX, promised = UINT64_MAX;
	int at = -1;

	*over = true;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t promise = ring_promised(&t->in[i]);
		uint32_t size;
		const struct worker_tap *tap = ring_peek(&t->in[i], &size);

		if (!tap && ring_done(&t->in[i]))
			continue;
		*over = false;
		if (!tap) {
			promised = promise < promised ? promise : promised;
		} else if (at < 0 || tap->order < lowest) {
			lowest = tap->order;
			at = (int)i;
		}
	}
	return at >= 0 && lowest < promised ? at : -1;
}

static void
rest(struct writer_thread *t)
{
	int result;

	for (size_t i = 0; i < t->n; i++)
		ring_release(&t->in[i]);
	result = capture_writer_flush(t->writer);
	if (result < 0)
		complain(t, result);
	count(t);
	ring_sleep(&t->in[0], IDLE_MS);
}

void *
writer_thread_run(void *arg)
{
	struct writer_thread *t = arg;
	unsigned n = 0;
	int result;
	bool over;

	for (;;) {
		int at = earliest(t, &over);
		uint32_t size;

		if (over)
			break;
		if (at < 0) {
			rest(t);
			continue;
		}
		put(t, ring_peek(&t->in[at], &size));
		ring_pop(&t->in[at]);
		if (++n % BATCH == 0)
			ring_release(&t->in[at]);
	}
	result = capture_writer_end(t->writer);
	if (result < 0)
		complain(t, result);
	t->count[COUNT_WRITE_FAILED] = t->taken - capture_writer_written(t->writer);
	count(t);
	(void)capture_writer_close(t->writer);
	return NULL;
}
