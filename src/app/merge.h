/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - several rings read as one, in an order that does not depend on how
 * many there are.
 *
 * Each producer's records rise by (order, phase, ts_ns, flow_id) and its mark
 * promises that what follows has an order of at least that value.  The next
 * record is the lowest of all heads, once every empty ring has promised more.
 *
 * Files: order is the packet's number in the source, which all packet threads
 * agree on because each reads everything; so a record belongs to one place
 * however flows are spread over threads.  Live: order is the thread's clock.
 */
#ifndef APP_MERGE_H
#define APP_MERGE_H

#include "base/ring.h"
#include "event/event.h"

enum { MERGE_INPUTS = 64 };

struct merge {
	struct ring_end in[MERGE_INPUTS];
	struct event *head[MERGE_INPUTS]; /* peeked, not popped */
	bool done[MERGE_INPUTS];
	size_t n;
};

enum merge_result {
	MERGE_RECORD, /* one record, valid until merge_pop and merge_release */
	MERGE_WAIT,   /* nothing may be taken now */
	MERGE_DONE,   /* all inputs closed and empty */
};

enum merge_result merge_next(struct merge *m, struct event **out, size_t *input);
void merge_pop(struct merge *m, size_t input);

/* Gives popped room back to all producers. */
void merge_release(struct merge *m);

/* After MERGE_WAIT: sleeps until a ring it waits for moves, at most timeout_ms.  All inputs share
 * one own_fd. */
void merge_sleep(struct merge *m, int timeout_ms);

#endif
