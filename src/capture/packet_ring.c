/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_ring.c - reading the blocks of a TPACKET_V3 ring.
 *
 * A block goes back to the kernel when all of it was handed out and the caller
 * comes again, which shows that nobody looks at it any more.  Its packet count is
 * cleared then, so the sum over all blocks is at any time what was not handed out.
 *
 * The kernel's counters start anew with each reading and are 32 bits wide, so they
 * are read at least once in a second of packet time; apart from that there is no
 * system call here while blocks are ready.
 */
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "capture/live.h"

enum { COUNT_TRIES = 64 };

static struct tpacket_block_desc *
block_at(const struct capture_ring *r, uint32_t i)
{
	return (void *)(r->socket.map + (size_t)i * r->socket.block_bytes);
}

static uint32_t
after(const struct capture_ring *r, uint32_t i)
{
	return i + 1 < r->socket.n_blocks ? i + 1 : 0;
}

static bool
is_ready(const struct tpacket_block_desc *block)
{
	return (__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) !=
	       0;
}

void
capture_ring_update(struct capture_ring *r)
{
	struct tpacket_stats_v3 k = { 0 };
	socklen_t size = sizeof(k);

	if (r->socket.fd < 0 ||
	    getsockopt(r->socket.fd, SOL_PACKET, PACKET_STATISTICS, &k, &size) < 0)
		return;
	r->packets += k.tp_packets;
	r->drops += k.tp_drops;
}

void
capture_ring_release(struct capture_ring *r)
{
	if (!r->open || r->left > 0)
		return;
	r->open->hdr.bh1.num_pkts = 0;
	__atomic_store_n(&r->open->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->open = NULL;
	r->at = after(r, r->at);
}

bool
capture_ring_take(struct capture_ring *r)
{
	struct tpacket_block_desc *block;

	if (r->open)
		return true;
	if (!r->socket.map)
		return false;
	block = block_at(r, r->at);
	if (!is_ready(block))
		return false;
	r->open = block;
	r->left = block->hdr.bh1.num_pkts;
	r->next = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
	if (block->hdr.bh1.ts_last_pkt.ts_sec != r->second) {
		r->second = block->hdr.bh1.ts_last_pkt.ts_sec;
		capture_ring_update(r);
	}
	return true;
}

struct tpacket3_hdr *
capture_ring_next(struct capture_ring *r)
{
	struct tpacket3_hdr *frame = (void *)r->next;

	if (r->left == 0)
		return NULL;
	r->left--;
	r->next += frame->tp_next_offset;
	__builtin_prefetch(r->next);
	return frame;
}

/* Packets in the blocks from first on that the kernel has closed; *filling is then the one it
 * fills now, NULL when it has none. */
static uint64_t
closed_packets(const struct capture_ring *r, uint32_t first, uint32_t n_blocks,
	       const struct tpacket_block_desc **filling)
{
	uint64_t sum = 0;

	*filling = NULL;
	for (uint32_t i = first; n_blocks > 0; n_blocks--, i = after(r, i)) {
		const struct tpacket_block_desc *block = block_at(r, i);

		if (!is_ready(block)) {
			*filling = block;
			break;
		}
		sum += block->hdr.bh1.num_pkts;
	}
	return sum;
}

/* The counters and the count belong together when nothing was delivered between two readings of
 * the counters with the count in the middle.  While packets pour in without the least pause, the
 * last try has to do. */
uint64_t
capture_ring_count(struct capture_ring *r)
{
	const struct tpacket_block_desc *filling;
	uint64_t closed, count = 0, delivered;
	uint32_t first = r->at, n_blocks = r->socket.n_blocks;

	capture_ring_update(r);
	if (!r->socket.map)
		return 0;
	if (r->open) {
		first = after(r, first);
		n_blocks--;
	}
	closed = closed_packets(r, first, n_blocks, &filling);
	for (int i = 0; i < COUNT_TRIES; i++) {
		delivered = r->packets - r->drops;
		count = closed;
		if (filling)
			count += __atomic_load_n(&filling->hdr.bh1.num_pkts, __ATOMIC_ACQUIRE);
		capture_ring_update(r);
		if (r->packets - r->drops == delivered)
			break;
		closed = closed_packets(r, first, n_blocks, &filling);
	}
	return count + r->left;
}

void
capture_ring_detach(struct capture_ring *r)
{
	capture_socket_close(&r->socket);
	r->open = NULL;
	r->left = r->at = 0;
}
