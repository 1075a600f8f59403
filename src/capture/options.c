/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - the settings below "capture.". */
#include <stddef.h>

#include "capture/capture.h"

#define AT(member)                                                                                 \
	.offset = offsetof(struct capture_options, member),                                        \
	.size = sizeof(((struct capture_options *)0)->member)

static const struct option options[] = {
	{ .name = "snaplen",
	  .type = OPTION_SIZE,
	  AT(snaplen),
	  .max = 262144,
	  .preset = "262144",
	  .doc = "Bytes kept of each packet; 0 keeps all of them up to 262144." },
	{ .name = "promiscuous",
	  .type = OPTION_BOOL,
	  AT(promiscuous),
	  .preset = "true",
	  .doc = "Whether the interface is told to take frames that are not addressed to it." },
	{ .name = "direction",
	  .type = OPTION_CHOICE,
	  AT(direction),
	  .choices = "inout|in|out",
	  .preset = "inout",
	  .doc = "Which packets are looked at, as seen from this machine." },
	{ .name = "ring_bytes",
	  .type = OPTION_SIZE,
	  AT(ring_bytes),
	  .min = 16 << 10,
	  .max = UINT64_C(4) << 30,
	  .preset = "64MiB",
	  .doc = "Memory the kernel keeps packets in for one packet thread until it reads them." },
	{ .name = "block_bytes",
	  .type = OPTION_SIZE,
	  AT(block_bytes),
	  .min = 4 << 10,
	  .max = 64 << 20,
	  .preset = "1MiB",
	  .doc = "Part of the ring that the kernel hands over at once; rounded up to a power of "
		 "two, and the most a packet can fill." },
	{ .name = "block_timeout",
	  .type = OPTION_DURATION,
	  AT(block_timeout_ns),
	  .min = NS_PER_MS,
	  .max = NS_PER_SEC,
	  .preset = "5ms",
	  .doc = "A part of the ring that is not full is handed over after this long." },
	{ .name = "fanout",
	  .type = OPTION_CHOICE,
	  AT(fanout),
	  .choices = "hash|cpu|lb|qm|rollover",
	  .preset = "hash",
	  .doc = "How the kernel deals packets out to several packet threads; only hash keeps a "
		 "conversation on one of them." },
	{ .name = "fanout_defrag",
	  .type = OPTION_BOOL,
	  AT(fanout_defrag),
	  .preset = "false",
	  .doc = "Whether the kernel puts IPv4 fragments together first, so that they reach the "
		 "thread of their flow; the fragments themselves are then not seen." },
	{ .name = "fanout_rollover",
	  .type = OPTION_BOOL,
	  AT(fanout_rollover),
	  .preset = "false",
	  .doc = "Whether packets for a thread whose ring is full go to another thread instead of "
		 "being lost." },
	{ .name = "method",
	  .type = OPTION_CHOICE,
	  AT(method),
	  .choices = "af_packet|libpcap",
	  .preset = "af_packet",
	  .doc = "How a live interface is read: the kernel's shared ring, or libpcap." },
};

const struct option_group capture_option_group = {
	.prefix = "capture",
	.doc = "Where packets come from.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.size = sizeof(struct capture_options),
};
