/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a packet thread: from wire to event.
 *
 * Packet threads share nothing.  Live, each has its own socket and the kernel
 * brings both directions of a conversation to the same one.  A file is read and
 * decoded by every thread; each tracks the conversations whose tuple hashes to
 * its number, thread 0 also what has no tuple.  So all of them agree on the
 * number of a packet and on the time, and nothing depends on their number.
 */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "app/counter.h"
#include "app/note.h"
#include "base/ring.h"
#include "capture/capture.h"
#include "decode/decode.h"
#include "flow/flow.h"

enum { WORKER_BURST = 32 };

/* A packet on its way to the capture file of -w; its bytes follow. */
struct worker_tap {
	uint64_t order;
	struct packet packet; /* data is not valid */
};

/* What the packet threads of a run have in common; constant or of counter.h. */
struct worker_shared {
	const struct counter_flag *stop;
	struct counter_budget budget; /* -c, live */
	struct note_box *notes;
	uint64_t count_limit; /* -c; UINT64_MAX: none */
	uint64_t duration_ns; /* of packet time, files; 0: none */
	uint32_t kinds;       /* bits of the kinds somebody wants */
	bool sharded;         /* files with several packet threads */
	bool stages;          /* measure the time of each stage */
};

/* Nanoseconds spent per stage, for bench.stages. */
struct worker_stages {
	uint64_t recv, decode, track, rest;
};

/* What a flow record says when it may be of any of several files: no interface has this number. */
enum { WORKER_NO_INTERFACE = UINT16_MAX };

struct worker {
	struct worker_shared *shared;
	uint32_t index, n_workers;
	uint16_t interface_base; /* number of its first source among the run's */
	uint16_t flow_interface; /* that of its flow records */
	bool patient;            /* may wait: its source is a file */

	/* Its sources, one after the other; the first one is open already. */
	const char *row; /* of capture_table */
	struct capture_request *requests;
	size_t n_requests, next_request;
	struct capture *source;

	struct decoder *decoder;
	struct flow_table *flows;
	struct ring_end out; /* events; drained by the analysis thread */
	struct ring_end tap; /* packets for -w; ring NULL: none */
	struct counter_box *box;

	uint64_t count[EVENT_COUNTERS];
	uint64_t past[EVENT_COUNTERS];        /* capture counts of the sources closed already */
	uint64_t if_rx;                       /* the interface's count while all were running */
	uint64_t ordinal;                     /* packets seen, others' included */
	uint64_t now_ns;                      /* highest packet time */
	uint64_t begin_ns, first_ns, last_ns; /* packet times: of the first, lowest, highest; valid
						 when seen_packet */
	bool seen_packet;
	uint64_t order, published_at, published_ns;
	struct worker_stages stage;
	int end; /* why it ended: -ENODATA, or what went wrong */
	char said[BASE_ERROR_LEN];
	struct event spare; /* filled in when the ring is full */

	struct packet pkts[WORKER_BURST];
	struct decoded decoded[WORKER_BURST];
	struct flow_probe probes[WORKER_BURST];
	uint8_t status[WORKER_BURST];
};

/* Thread main: runs until its sources are over or the stop flag is set, then ends its flows and
 * closes its rings. */
void *worker_run(void *arg);

#endif
