/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topology.h - which threads there are and which rings lie between them.
 *
 * The only place that knows what is connected to what:
 *
 *   packet threads --rings--> analysis thread --rings--> sink threads
 *         +---------rings--> capture file writer
 *
 * All memory is taken and everything is opened before the first thread starts.
 */
#ifndef APP_TOPOLOGY_H
#define APP_TOPOLOGY_H

#include <pthread.h>

#include "app/analysis.h"
#include "app/config.h"
#include "app/sink_thread.h"
#include "app/worker.h"
#include "app/writer_thread.h"

/* Worker, sink and writer boxes together. */
enum { TOPOLOGY_BOXES = MERGE_INPUTS + ANALYSIS_SINKS + 2 };

struct topology {
	const struct config *config;
	struct counter_flag stop;
	struct note_box *notes;
	struct status *status;
	struct worker_shared shared;
	struct worker *worker[MERGE_INPUTS];
	struct sink_thread *sink[ANALYSIS_SINKS];
	struct analysis analysis;
	struct writer_thread writer;
	size_t n_workers, n_sinks;
	struct capture_request requests[CONFIG_SOURCES];
	const char *interfaces[CONFIG_SOURCES];
	struct counter_box *box; /* TOPOLOGY_BOXES of them */
	const struct counter_box *box_list[TOPOLOGY_BOXES];
	const struct counter_box *worker_box_list[MERGE_INPUTS];
	void *ring_memory[2 * MERGE_INPUTS + ANALYSIS_SINKS];
	size_t n_rings;
	int fd[4 * MERGE_INPUTS + 2 * ANALYSIS_SINKS + 8]; /* eventfds */
	size_t n_fds;
	uint64_t memory_bytes; /* taken for tables and rings */
	uint32_t epoch;
	bool live;
	int done_fd; /* readable once the analysis thread is over: joining is quick then */
	pthread_t worker_thread[MERGE_INPUTS], sink_pthread[ANALYSIS_SINKS], analysis_thread,
		writer_pthread;
};

/* Opens sources and sinks and takes all memory.  0 or the exit status, with a sentence in err. */
int topology_open(struct topology *t, const struct config *config, struct note_box *notes,
		  struct status *status, char err[BASE_ERROR_LEN]);

/* Starts all threads; 0 or a negative errno. */
int topology_start(struct topology *t);

/* Waits for all threads. */
void topology_join(struct topology *t);
void topology_close(struct topology *t);

#endif
