/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_thread.h - the thread of one sink: takes events off its ring, encodes
 * them in the sink's dialect, and hands them over.  It alone may block on the
 * outside.
 */
#ifndef APP_SINK_THREAD_H
#define APP_SINK_THREAD_H

#include "app/counter.h"
#include "app/note.h"
#include "app/status.h"
#include "base/ring.h"
#include "sink/sink.h"

struct sink_thread {
	struct ring_end in;
	struct sink *sink;
	char name[256]; /* of the sink, for the summary */
	struct event_encoder *encoder;
	struct counter_box *box;
	struct note_box *notes;
	struct counter_flag *stop; /* set when nobody will ever read what is written */
	struct status *status;     /* of the terminal it prints on; NULL: none */
	uint64_t count[EVENT_COUNTERS];
	bool failed, said; /* latest attempt failed; said so */
	char line[EVENT_LINE_MAX];
};

/* Thread main: runs until the ring is closed and empty, then closes the sink. */
void *sink_thread_run(void *arg);

#endif
