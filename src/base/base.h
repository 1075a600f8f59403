/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base.h - the few words every other file may use without asking.
 *
 * Nothing here knows about networks.  What needs a packet, an address
 * or an event belongs in a later folder.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CACHE_LINE   64

#define NS_PER_US  UINT64_C(1000)
#define NS_PER_MS  UINT64_C(1000000)
#define NS_PER_SEC UINT64_C(1000000000)

#define BASE_LIKELY(x)   __builtin_expect(!!(x), 1)
#define BASE_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A function whose arguments are checked like printf's: format is argument f, the first value v. */
#define BASE_PRINTF(f, v) __attribute__((format(printf, f, v)))

/* A function of the packet path that must not be merged into its rare caller, or the reverse. */
#define BASE_COLD __attribute__((cold, noinline))

/* Room for one message to a person: names the thing, the place and the remedy. */
#define BASE_ERROR_LEN 512

#endif
