/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate.c - random damage to real packets: mutate ROUNDS SEED CAPTURE|FOLDER...
 *
 * Each round takes a few neighbouring packets of a capture, damages them (bits,
 * bytes, 16-bit words with a meaning, cuts, bytes inserted or doubled, packets
 * repeated or swapped), and sends them through pipeline.h.  Same seed, same
 * damage.  Meant for a build with sanitizers.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "pipeline.h"

enum {
	MAX_PACKETS = 4096, /* of one capture */
	MAX_LEN = 65536,
	PER_ROUND = 4,   /* packets, at most */
	PER_TABLE = 256, /* rounds with one flow table: after a leap in time it sees no other */
	FLOWS = 1024,
	PATH_ROOM = 4096,
};

struct kept {
	struct packet packet;
	uint8_t *bytes;
};

struct capture_in_memory {
	struct kept kept[MAX_PACKETS];
	size_t n;
};

static uint64_t seed, packets, lines;

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t
next_random(void)
{
	uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
below(size_t n)
{
	return n ? (size_t)(next_random() % n) : 0;
}

static bool
load(struct capture_in_memory *c, const char *path)
{
	struct capture_options options;
	struct capture_request request = { .what = path, .options = &options, .n_threads = 1 };
	char err[BASE_ERROR_LEN];
	struct packet pkts[32];
	struct capture *source;
	int n;

	option_presets(&capture_option_group, &options);
	c->n = 0;
	if (capture_open(&source, "file", &request, err) < 0)
		return false;
	while ((n = capture_recv(source, pkts, 32)) > 0)
		for (int i = 0; i < n && c->n < MAX_PACKETS; i++) {
			struct kept *k = &c->kept[c->n++];

			k->packet = pkts[i];
			k->bytes = malloc(pkts[i].caplen + 1);
			pipeline_require(k->bytes != NULL);
			memcpy(k->bytes, pkts[i].data, pkts[i].caplen);
		}
	capture_close(source);
	return c->n > 0;
}

static void
damage(uint8_t *b, uint32_t *len)
{
	static const uint16_t words[] = { 0,  1, 0xffff, 0x7fff, 0x8000,
					  20, 8, 0x0800, 0x86dd, 0x8100 };
	size_t at = below(*len);

	if (*len == 0)
		return;
	switch (below(7)) {
	case 0:
		b[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		b[at] = (uint8_t)next_random();
		break;
	case 2:
		if (at + 1 < *len) {
			uint16_t w = words[below(ARRAY_LEN(words))];

			b[at] = (uint8_t)(w >> 8);
			b[at + 1] = (uint8_t)w;
		}
		break;
	case 3:
		*len = (uint32_t)at;
		break;
	case 4: /* a stretch is doubled */
		if (*len + 64 < MAX_LEN) {
			size_t n = 1 + below(64);

			n = n < *len - at ? n : *len - at;
			memmove(b + at + n, b + at, *len - at);
			*len += (uint32_t)n;
		}
		break;
	case 5: /* a stretch is taken out */
	{
		size_t n = 1 + below(16);

		n = n < *len - at ? n : *len - at;
		memmove(b + at, b + at + n, *len - at - n);
		*len -= (uint32_t)n;
	} break;
	default:
		b[at] = (uint8_t)(b[at] + 1 - 2 * (int)below(2));
	}
}

static void
round_of(struct pipeline *p, const struct capture_in_memory *c, uint64_t *now)
{
	static uint8_t bytes[MAX_LEN + 128];
	size_t first = below(c->n), n = 1 + below(PER_ROUND);

	for (size_t i = 0; i < n; i++) {
		const struct kept *k = &c->kept[(first + (below(8) ? i : below(n))) % c->n];
		struct packet packet = k->packet;
		size_t times = below(4);

		packet.caplen = packet.caplen < MAX_LEN ? packet.caplen : MAX_LEN;
		memcpy(bytes, k->bytes, packet.caplen);
		for (size_t d = 0; d < times; d++)
			damage(bytes, &packet.caplen);
		if (packet.wire_len < packet.caplen || below(4) == 0)
			packet.wire_len = packet.caplen;
		packet.data = bytes;
		*now += below(64) ? next_random() % NS_PER_SEC : next_random() >> below(64);
		packet.ts_ns = *now;
		pipeline_packet(p, &packet);
	}
}

static void
mutate(const struct capture_in_memory *c, unsigned long rounds)
{
	static struct pipeline p;
	struct decode_options d;
	struct flow_options f;

	pipeline_presets(&d, &f);
	while (rounds > 0) {
		unsigned long n = rounds < PER_TABLE ? rounds : PER_TABLE;
		uint64_t now = c->kept[0].packet.ts_ns;

		pipeline_begin(&p, &d, &f, FLOWS);
		for (unsigned long i = 0; i < n; i++)
			round_of(&p, c, &now);
		pipeline_end(&p);
		packets += p.count[COUNT_CAPTURE_PACKETS];
		lines += p.lines;
		rounds -= n;
	}
}

static bool
mutate_file(const char *path, unsigned long rounds)
{
	static struct capture_in_memory c;

	if (!load(&c, path))
		return false;
	mutate(&c, rounds);
	while (c.n > 0)
		free(c.kept[--c.n].bytes);
	return true;
}

/* The captures of a folder in the order of their names; how many have a packet. */
static unsigned
mutate_folder(const char *path, unsigned long rounds, uint64_t first_seed)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	unsigned captures = 0;

	for (int i = 0; i < n; i++) {
		char inner[PATH_ROOM];

		snprintf(inner, sizeof(inner), "%s/%s", path, entry[i]->d_name);
		seed = first_seed + (uint64_t)i;
		if (strstr(entry[i]->d_name, ".pcap"))
			captures += mutate_file(inner, rounds);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return captures;
}

int
main(int argc, char **argv)
{
	unsigned captures = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: mutate ROUNDS SEED CAPTURE|FOLDER...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++) {
		unsigned long rounds = strtoul(argv[1], NULL, 10);
		struct stat st;

		seed = strtoull(argv[2], NULL, 10);
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			captures += mutate_folder(argv[i], rounds, seed);
		else
			captures += mutate_file(argv[i], rounds);
	}
	printf("%u captures, %s rounds each, seed %s: %" PRIu64 " packets, %" PRIu64
	       " lines, nothing found\n",
	       captures, argv[1], argv[2], packets, lines);
	return captures > 0 ? 0 : 1;
}
