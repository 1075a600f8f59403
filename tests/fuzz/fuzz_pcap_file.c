/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pcap_file.c - any bytes as a capture file, plain or compressed.
 *
 * The first byte chooses filter, direction, snapshot length and the size of the
 * bursts.  Every byte of every packet is read; the sums have to be right.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "capture/file.h"

enum {
	BURST = 32,
	TURNS_MAX = 4096,  /* a few bytes may decompress to very many */
	CHOICE_FILTER = 1, /* of the low four bits: compiling takes most of the time */
	CHOICE_LOW = 15,
	CHOICE_SNAPLEN = 2,
	CHOICE_SINGLE = 4,
	CHOICE_DIRECTION = 3, /* shift */
};

static unsigned
sum_of(const struct packet *p, const struct capture_options *options)
{
	unsigned sum = 0;

	assert(options->snaplen == 0 || p->caplen <= options->snaplen);
	assert(p->caplen <= CAPTURE_CAPLEN_MAX);
	assert(options->direction == 0 || p->dir == CAPTURE_DIR_UNKNOWN ||
	       p->dir == options->direction);
	for (uint32_t i = 0; i < p->caplen; i++)
		sum += p->data[i];
	return sum;
}

static void
drain(struct capture_file *f, const struct capture_options *options, int max)
{
	struct packet p[BURST];
	struct capture_stats stats;
	uint64_t handed_out = 0;
	volatile unsigned sum = 0;
	int n = 0;

	for (int turn = 0; turn < TURNS_MAX && n >= 0; turn++) {
		n = capture_pcap_file.recv(f, p, max);
		assert(n <= max);
		for (int i = 0; i < n; i++)
			sum += sum_of(&p[i], options);
		handed_out += n > 0 ? (uint64_t)n : 0;
	}
	assert(n >= 0 || n == -ENODATA || capture_pcap_file.message(f)[0]);
	(void)sum;
	capture_pcap_file.stats(f, &stats);
	assert(stats.read == handed_out + stats.user_filtered + stats.direction_filtered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capture_file f;
	uint8_t choice = size > 0 ? data[0] : 0;
	struct capture_options options = {
		.snaplen = choice & CHOICE_SNAPLEN ? 64 : 0,
		.direction = (choice >> CHOICE_DIRECTION) % 3,
	};
	struct capture_request request = {
		.what = "fuzz",
		.filter = (choice & CHOICE_LOW) == CHOICE_FILTER ? "tcp or greater 60" : NULL,
		.options = &options,
	};
	char err[BASE_ERROR_LEN] = "";

	if (size == 0)
		return 0;
	memset(&f, 0, offsetof(struct capture_file, buf));
	if (capture_file_open_memory(&f, data + 1, size - 1, &request, err) < 0) {
		assert(err[0]);
		return 0;
	}
	drain(&f, &options, choice & CHOICE_SINGLE ? 1 : BURST);
	capture_pcap_file.close(&f);
	return 0;
}
