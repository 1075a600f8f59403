/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - the live line at the foot of a terminal.
 *
 * It is rewritten in place, and whoever prints on the same terminal takes it
 * away first (status_hold), so that printed lines and the status line never
 * mix.  Where standard error is no terminal there is no line.
 *
 * Thread: any; one lock inside.
 */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include <pthread.h>

#include "event/event.h"

struct status_sample {
	uint64_t time_ns; /* of a monotonic clock, from the start of the run */
	uint64_t value[EVENT_COUNTERS];
	uint64_t bytes_done, bytes_total; /* of the files read; total 0: unknown or live */
	char note[96];                    /* a state worth telling: "eth0 is down"; "" none */
};

enum { STATUS_LINE = 1024 };

struct status {
	pthread_mutex_t lock;
	int fd;
	bool on, colour, shown;
	char line[STATUS_LINE];
	size_t len;
	struct status_sample before; /* rates are differences from it */
};

/* Writes the line for one sample, without any control of the terminal but colours: at most width
 * columns.  before: the sample rates are taken against.  Returns its length in bytes. */
size_t status_format(char buf[STATUS_LINE], const struct status_sample *now,
		     const struct status_sample *before, size_t width, bool colour);

/* fd: standard error; enabled: false with -q. */
void status_init(struct status *s, int fd, bool enabled, bool colour);
/* Draws a new sample.  Cheap when there is no line. */
void status_update(struct status *s, const struct status_sample *now);
/* Around printing on the same terminal: takes the line away and keeps it away until status_go_on,
 * which draws it again. */
void status_hold(struct status *s);
void status_go_on(struct status *s);
/* Takes the line away for good. */
void status_fini(struct status *s);

#endif
