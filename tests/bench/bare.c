/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare.c - what any receiver on this machine can reach at most.
 *
 *   bare INTERFACE
 *
 * Reads a TPACKET_V3 ring of 64 MiB, looks at each packet's first bytes and
 * counts it, until SIGINT or SIGTERM.  "ready" on standard error says that it
 * listens.  Prints one JSON line: packets read, the kernel's drops, wire bytes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

enum { BLOCK_BYTES = 1 << 20, BLOCKS = 64, FRAME_BYTES = 2048, RETIRE_MS = 10, WAIT_MS = 50 };

static volatile sig_atomic_t stop;

static void
on_signal(int signal_number)
{
	(void)signal_number;
	stop = 1;
}

struct totals {
	uint64_t packets, bytes, looked_at;
};

static int
ring_open(const char *name, char **memory)
{
	struct tpacket_req3 request = {
		.tp_block_size = BLOCK_BYTES,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = BLOCKS * (BLOCK_BYTES / FRAME_BYTES),
		.tp_retire_blk_tov = RETIRE_MS,
	};
	struct sockaddr_ll where = { .sll_family = AF_PACKET };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), version = TPACKET_V3;

	where.sll_protocol = htons(ETH_P_ALL);
	where.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		return -errno;
	*memory = mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, 0);
	if (*memory == MAP_FAILED || bind(fd, (void *)&where, sizeof(where)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0)
		return -errno;
	return fd;
}

static void
count_block(const char *block, struct totals *t)
{
	const struct tpacket_block_desc *head = (const void *)block;
	const char *at = block + head->hdr.bh1.offset_to_first_pkt;

	for (uint32_t i = 0; i < head->hdr.bh1.num_pkts; i++) {
		const struct tpacket3_hdr *packet = (const void *)at;

		t->packets++;
		t->bytes += packet->tp_len;
		t->looked_at += (unsigned char)at[packet->tp_mac];
		at += packet->tp_next_offset;
	}
}

/* Until it is told to stop and nothing is left to read. */
static void
read_ring(int fd, char *memory, struct totals *t)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (unsigned i = 0;; i = (i + 1) % BLOCKS) {
		char *block = memory + (size_t)i * BLOCK_BYTES;
		struct tpacket_block_desc *head = (void *)block;
		uint32_t *status = &head->hdr.bh1.block_status;

		while (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
			if (stop)
				return;
			poll(&wait, 1, WAIT_MS);
		}
		count_block(block, t);
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	}
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct tpacket_stats_v3 kernel = { 0 };
	socklen_t size = sizeof(kernel);
	struct totals t = { 0 };
	char *memory = NULL;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: bare INTERFACE\n");
		return 2;
	}
	fd = ring_open(argv[1], &memory);
	if (fd < 0) {
		fprintf(stderr, "bare: cannot read %s: %s\n", argv[1], strerror(-fd));
		return 1;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fprintf(stderr, "ready\n");
	read_ring(fd, memory, &t);
	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &kernel, &size);
	printf("{\"packets\":%llu,\"drops\":%u,\"bytes\":%llu,\"looked_at\":%llu}\n",
	       (unsigned long long)t.packets, kernel.tp_drops, (unsigned long long)t.bytes,
	       (unsigned long long)t.looked_at);
	return 0;
}
