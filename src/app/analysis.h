/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.h - the analysis thread: the event side of the pipeline, from the
 * packet threads' rings to the sinks' rings.
 *
 * It gives every event its number within its class, and makes the events that
 * are about weir itself: stats and loss.
 */
#ifndef APP_ANALYSIS_H
#define APP_ANALYSIS_H

#include "analyze/analyze.h"
#include "app/counter.h"
#include "app/merge.h"
#include "app/note.h"

enum { ANALYSIS_SINKS = 32 };

/* The way to one sink. */
struct analysis_out {
	struct ring_end ring;
	uint32_t kinds;                /* bits of the kinds it wants */
	const struct counter_box *box; /* of its thread */
	uint64_t offered, refused, at_published;
	uint64_t lost; /* since the last loss event about it */
};

struct analysis {
	struct merge merge;
	struct analysis_out out[ANALYSIS_SINKS];
	size_t n_out;
	bool patient;  /* all sources are files: sinks are waited for */
	bool filtered; /* in the kernel: what was rejected is a difference of sums */
	/* When several threads read the same files: whether they were stopped.  Else NULL. */
	const struct counter_flag *stopped;

	const struct counter_box *const *boxes; /* of packet threads and of the writer */
	size_t n_boxes;
	const struct counter_box *const *worker_boxes;
	size_t n_workers;
	const struct counter_box *writer_box; /* of the capture file's thread; NULL: none */
	struct counter_box *box;              /* its own */

	struct analyze_summary *summary;
	uint64_t stats_interval_ns; /* 0: only the last one */
	uint64_t drain_deadline_ns; /* how long sinks may take at the end; 0: as long as it takes */

	uint64_t count[EVENT_COUNTERS];
	uint64_t seq[EVENT_CLASSES];
	uint64_t now_ns; /* time of the latest event */
	uint64_t last_stats_ns;
	uint64_t told_lost[MERGE_INPUTS]; /* ring_full of a worker, as far as told */
	uint64_t first_event_ns;
};

void *analysis_run(void *arg);

/* Sums of all boxes, its own included.  Any thread. */
void analysis_sum_counts(const struct analysis *a, uint64_t sum[EVENT_COUNTERS]);

#endif
