/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_publish.h - what a packet thread shows to others, and when (private to
 * the packet thread's files).
 *
 * Events become visible in batches: each costs the two processors a cache line,
 * and a sleeping reader a system call.
 */
#ifndef APP_WORKER_PUBLISH_H
#define APP_WORKER_PUBLISH_H

#include "app/worker.h"

/* After a burst of n packets (0: nothing came): shows events, promises and counts when enough have
 * gathered or somebody may be waiting. */
void worker_publish_if_due(struct worker *w, int n);

/* The counts alone. */
void worker_publish_counts(struct worker *w);

/* The source is about to be closed: its counts are kept. */
void worker_publish_source_end(struct worker *w);

#endif
