/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer_thread.h - the thread that owns the capture file of -w.
 *
 * Packets come from the packet threads as copies; those of several live threads
 * are merged by time as far as the threads' clocks allow.
 */
#ifndef APP_WRITER_THREAD_H
#define APP_WRITER_THREAD_H

#include "app/counter.h"
#include "app/merge.h"
#include "app/note.h"
#include "capture/capture.h"

struct writer_thread {
	struct ring_end in[MERGE_INPUTS];
	size_t n;
	struct capture_writer *writer;
	uint64_t taken; /* packets off the rings */
	struct counter_box *box;
	struct note_box *notes;
	struct counter_flag *stop; /* set when nobody will ever read what is written */
	uint64_t count[EVENT_COUNTERS];
	bool failed;
};

void *writer_thread_run(void *arg);

#endif
