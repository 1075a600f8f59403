/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_socket.c - an AF_PACKET socket with its TPACKET_V3 ring: packet(7) and
 * Documentation/networking/packet_mmap.rst of the kernel.
 *
 * Only the making of a socket needs CAP_NET_RAW; all that follows, a bind to
 * another interface included, needs nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/live.h"

enum {
	RESERVE = 4,         /* a VLAN tag is put back in front of the data */
	RESERVE_COOKED = 16, /* and a header that is longer than the link's own */
	FRAME = 2048, /* means nothing to this version of the ring, but has to divide a block */
	PAGE = 4096,
	BLOCKS_MIN = 4, /* one read, one filled, and some for the time between */
};

static int
set(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_PACKET, option, value, size) == 0 ? 0 : -errno;
}

int
capture_socket_new(struct capture_socket *s, bool cooked)
{
	/* Protocol 0: nothing arrives before the bind. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*s = (struct capture_socket){ .fd = fd, .cooked = cooked };
	return 0;
}

static uint32_t
block_size(const struct capture_options *o)
{
	uint64_t want = o->block_bytes, size = PAGE;

	if (want > o->ring_bytes / BLOCKS_MIN)
		want = o->ring_bytes / BLOCKS_MIN;
	while (size < want)
		size *= 2;
	if (size > PAGE && size > o->ring_bytes / BLOCKS_MIN)
		size /= 2;
	return (uint32_t)size;
}

static int
make_ring(struct capture_socket *s, uint32_t block_bytes, uint32_t n_blocks, uint32_t timeout_ms)
{
	struct tpacket_req3 req = {
		.tp_block_size = block_bytes,
		.tp_block_nr = n_blocks,
		.tp_frame_size = FRAME,
		.tp_frame_nr = block_bytes / FRAME * n_blocks,
		.tp_retire_blk_tov = timeout_ms,
	};
	size_t bytes = (size_t)block_bytes * n_blocks;
	void *map;
	int result = set(s->fd, PACKET_RX_RING, &req, sizeof(req));

	if (result < 0)
		return result;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, 0);
	if (map == MAP_FAILED) {
		result = -errno;
		req = (struct tpacket_req3){ 0 };
		set(s->fd, PACKET_RX_RING, &req, sizeof(req));
		return result;
	}
	s->map = map;
	s->map_bytes = bytes;
	s->block_bytes = block_bytes;
	s->n_blocks = n_blocks;
	return 0;
}

int
capture_socket_map(struct capture_socket *s, const struct capture_options *o)
{
	int version = TPACKET_V3, reserve = s->cooked ? RESERVE_COOKED : RESERVE, result;
	uint32_t block_bytes = block_size(o);
	uint64_t n_blocks = o->ring_bytes / block_bytes;
	uint32_t timeout_ms = (uint32_t)(o->block_timeout_ns / NS_PER_MS);

	result = set(s->fd, PACKET_VERSION, &version, sizeof(version));
	if (result == 0)
		result = set(s->fd, PACKET_RESERVE, &reserve, sizeof(reserve));
	if (result < 0)
		return result;
	if (n_blocks < BLOCKS_MIN)
		n_blocks = BLOCKS_MIN;
	for (;;) {
		result = make_ring(s, block_bytes, (uint32_t)n_blocks, timeout_ms ? timeout_ms : 1);
		if (result != -ENOMEM && result != -EAGAIN)
			return result;
		/* Fewer blocks first: a block should hold the largest packet. */
		if (n_blocks / 2 >= BLOCKS_MIN)
			n_blocks /= 2;
		else if (block_bytes > PAGE)
			block_bytes /= 2;
		else
			return result;
	}
}

int
capture_socket_filter(struct capture_socket *s, const struct capture_live_filter *f)
{
	struct sock_filter nothing = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog program = {
		.len = f ? f->n_program : 1,
		.filter = f ? f->program : &nothing,
	};

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
		       ? 0
		       : -errno;
}

int
capture_socket_lock(struct capture_socket *s)
{
	int one = 1;

	return setsockopt(s->fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)) == 0 ? 0 : -errno;
}

int
capture_socket_bind(struct capture_socket *s, int index, bool promiscuous)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = index,
	};
	struct packet_mreq mreq = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	if (bind(s->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (!promiscuous || index == 0)
		return 0;
	return set(s->fd, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq));
}

int
capture_socket_join(struct capture_socket *s, const struct capture_options *o, uint32_t group)
{
	static const uint32_t kinds[] = { PACKET_FANOUT_HASH, PACKET_FANOUT_CPU, PACKET_FANOUT_LB,
					  PACKET_FANOUT_QM, PACKET_FANOUT_ROLLOVER };
	uint32_t kind = kinds[o->fanout < ARRAY_LEN(kinds) ? o->fanout : 0], value;

	value = kind;
	if (o->fanout_defrag)
		value |= PACKET_FANOUT_FLAG_DEFRAG;
	if (o->fanout_rollover && kind != PACKET_FANOUT_ROLLOVER)
		value |= PACKET_FANOUT_FLAG_ROLLOVER;
	value = value << 16 | (group & 0xffff);
	return set(s->fd, PACKET_FANOUT, &value, sizeof(value));
}

int
capture_socket_index(const struct capture_socket *s)
{
	struct sockaddr_ll address = { 0 };
	socklen_t size = sizeof(address);

	if (getsockname(s->fd, (struct sockaddr *)&address, &size) < 0)
		return -1;
	return address.sll_ifindex;
}

int
capture_socket_error(struct capture_socket *s)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void
capture_socket_close(struct capture_socket *s)
{
	if (s->map)
		munmap(s->map, s->map_bytes);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct capture_socket){ .fd = -1 };
}
