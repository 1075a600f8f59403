/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyze.h - what is computed from events, on the analysis thread.
 *
 * Today: the heaviest talkers and the distribution of protocols, for the
 * summary.  All memory is taken at start and has a written bound.
 */
#ifndef ANALYZE_ANALYZE_H
#define ANALYZE_ANALYZE_H

#include "event/event.h"

/* One host as the summary shows it.  bytes may be too high by at most error (Space-Saving);
 * error is 0 as long as there were fewer hosts than places. */
struct analyze_talker {
	struct net_addr addr;
	uint64_t bytes, packets, flows, error;
};

struct analyze_protocol {
	char name[16]; /* application protocol, else transport, upper case as in events */
	uint64_t packets, bytes, flows;
};

enum { ANALYZE_PROTOCOLS = 64 };

struct analyze_summary;

/* talkers: places, power of two.  NULL when memory is short. */
struct analyze_summary *analyze_summary_new(size_t talkers);
void analyze_summary_free(struct analyze_summary *s);

/* Shows it one event; only flow records count. */
void analyze_summary_event(struct analyze_summary *s, const struct event *ev);

/* The n heaviest, heaviest first; returns how many there are. */
size_t analyze_top_talkers(const struct analyze_summary *s, struct analyze_talker *out, size_t n);

/* By bytes, heaviest first. */
size_t analyze_top_protocols(const struct analyze_summary *s, struct analyze_protocol *out,
			     size_t n);

#endif
