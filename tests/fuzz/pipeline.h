/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline.h - the packet side and the encoders in one thread, for fuzzing.
 *
 * Packets go through decode, flow, proto and every dialect as in a run.  Each line
 * has to be valid JSON (or printable text), and once the flow table was emptied
 * every identity of the ledger has to hold and the records have to add up.
 *
 * Thread: any, one at a time.
 */
#ifndef FUZZ_PIPELINE_H
#define FUZZ_PIPELINE_H

#include "event/event.h"
#include "flow/flow.h"

struct pipeline {
	struct decoder *decoder;
	struct flow_table *flows;
	struct event event;
	uint64_t count[EVENT_COUNTERS];
	uint64_t lines;
	uint64_t record_pkts, record_bytes; /* summed over the deltas of flow records */
};

/* n_flows: room in the table.  Options unknown are those of the preset. */
void pipeline_begin(struct pipeline *p, const struct decode_options *d,
		    const struct flow_options *f, uint64_t n_flows);

/* One packet.  Its bytes are copied to memory of exactly their size, so that a sanitizer sees a
 * read beyond them. */
void pipeline_packet(struct pipeline *p, const struct packet *original);

/* Ends all flows, checks the sums, frees what was begun. */
void pipeline_end(struct pipeline *p);

/* One event in all dialects; the number of lines that gave. */
unsigned pipeline_encode(const struct event *ev);

/* Options for pipeline_begin: everything as preset, but for a small fragment cache. */
void pipeline_presets(struct decode_options *d, struct flow_options *f);

/* abort() unless it holds. */
void pipeline_require(bool holds);

#endif
