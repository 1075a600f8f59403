/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.h - what a run was, told at its end.
 *
 * The caller fills in a struct summary; names and texts are printed escaped, so
 * they may come from the wire.  Thread: main.
 */
#ifndef APP_SUMMARY_H
#define APP_SUMMARY_H

#include <stdio.h>

#include "event/event.h"

struct summary_protocol {
	const char *name; /* "tcp", "dns", "arp" */
	uint64_t packets, bytes;
};

struct summary_talker {
	const char *address;
	uint64_t packets, bytes, flows;
};

struct summary_sink {
	const char *name; /* URL without secrets */
	uint64_t written, failed;
};

struct summary {
	const uint64_t *value;                    /* EVENT_COUNTERS of them */
	uint64_t elapsed_ns;                      /* of the run, by the clock */
	uint64_t first_packet_ns, last_packet_ns; /* packet time; read when there were packets */
	uint64_t memory_bytes;                    /* resident; 0: not told */

	/* Any order; sorted by bytes when printed. */
	const struct summary_protocol *protocols;
	size_t n_protocols;
	const struct summary_talker *talkers;
	size_t n_talkers;
	const struct summary_sink *sinks;
	size_t n_sinks;
	const char *const *warnings;
	size_t n_warnings;
	bool live; /* kernel counters and identities of live captures are shown */
};

enum { SUMMARY_ROWS = 10 }; /* of protocols and of talkers */

void summary_print(FILE *out, const struct summary *s, bool colour);

/* The sum of everything that was lost, in packets and events; 0 after a clean run. */
uint64_t summary_losses(const uint64_t value[EVENT_COUNTERS]);

#endif
