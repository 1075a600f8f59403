/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the clocks of the machine as nanoseconds.  Packet time is not read from here. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

#include "base/base.h"

/* id: CLOCK_REALTIME, CLOCK_MONOTONIC, or a coarse one where milliseconds do. */
static inline uint64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
}

#endif
