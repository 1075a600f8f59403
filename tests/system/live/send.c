/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - puts a known number of frames on an interface, for the live tests.
 *
 *   send IFACE COUNT [key=value ...]
 *
 * first=N    number of the first frame (0)     size=N  bytes of a frame without tags (100)
 * vlan=TCI   an 802.1Q tag in the frame; twice: the first one is outermost
 * tpid=N     EtherType of the outermost tag    dst=MAC (02:00:00:00:00:99)
 * pause=US   after each 64 frames (200)
 *
 * A frame is IPv4 and UDP from port 1000 + number % 64 to port 5000 + number % 2, with
 * "weir" and its number in the payload.  Prints how many the kernel took.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

enum { FRAME_MIN = 60, FRAME_MAX = 65000, BATCH = 64, IP = 20, UDP = 8 };

struct job {
	unsigned count, first, size, n_tags, tpid, pause_us;
	uint16_t tag[2];
	uint8_t dst[6];
};

static uint8_t *
put16(uint8_t *p, unsigned v)
{
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return p;
}

static void
put_checksum(uint8_t *ip)
{
	unsigned sum = 0;

	for (int i = 0; i < IP; i += 2)
		sum += (unsigned)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

static size_t
make_frame(uint8_t *frame, const struct job *j, unsigned number)
{
	static const uint8_t src[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t addresses[8] = { 198, 18, 0, 1, 198, 18, 1, 1 };
	unsigned ip_len = j->size - 14;
	uint8_t *p = frame, *ip;

	memset(frame, 0, j->size + 8);
	memcpy(p, j->dst, sizeof(j->dst));
	memcpy(p + 6, src, sizeof(src));
	p += 12;
	for (unsigned i = 0; i < j->n_tags; i++) {
		p = put16(p, i == 0 ? j->tpid : ETH_P_8021Q);
		p = put16(p, j->tag[i]);
	}
	ip = put16(p, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, ip_len);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 12, addresses, sizeof(addresses));
	put_checksum(ip);
	p = put16(ip + IP, 1000 + number % 64);
	p = put16(p, 5000 + number % 2);
	p = put16(p, ip_len - IP);
	p = put16(p, 0);
	memcpy(p, "weir", 4);
	put16(put16(p + 4, number >> 16), number & 0xffff);
	return j->size + 4 * j->n_tags;
}

static void
parse(struct job *j, const char *arg)
{
	unsigned b[6];

	if (sscanf(arg, "first=%u", &j->first) == 1 || sscanf(arg, "size=%u", &j->size) == 1 ||
	    sscanf(arg, "pause=%u", &j->pause_us) == 1 ||
	    sscanf(arg, "tpid=%i", (int *)&j->tpid) == 1)
		return;
	if (sscanf(arg, "vlan=%u", &b[0]) == 1 && j->n_tags < ARRAY_LEN(j->tag)) {
		j->tag[j->n_tags++] = (uint16_t)b[0];
		return;
	}
	if (sscanf(arg, "dst=%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) == 6) {
		for (int i = 0; i < 6; i++)
			j->dst[i] = (uint8_t)b[i];
		return;
	}
	fprintf(stderr, "send: what is %s?\n", arg);
	exit(2);
}

int
main(int argc, char **argv)
{
	static uint8_t frame[FRAME_MAX + 16];
	struct job j = {
		.size = 100, .tpid = ETH_P_8021Q, .pause_us = 200, .dst = { 2, 0, 0, 0, 0, 0x99 }
	};
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	unsigned sent = 0;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (argc < 3)
		return 2;
	j.count = (unsigned)strtoul(argv[2], NULL, 10);
	for (int i = 3; i < argc; i++)
		parse(&j, argv[i]);
	if (j.size < FRAME_MIN || j.size > FRAME_MAX)
		return 2;
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || to.sll_ifindex == 0) {
		perror(argv[1]);
		return 1;
	}
	for (unsigned i = 0; i < j.count; i++) {
		size_t len = make_frame(frame, &j, j.first + i);

		if (sendto(fd, frame, len, 0, (const struct sockaddr *)&to, sizeof(to)) ==
		    (ssize_t)len)
			sent++;
		else if (sent == i)
			perror("send");
		if (i % BATCH == BATCH - 1 && j.pause_us > 0)
			nanosleep(&(struct timespec){ .tv_nsec = (long)j.pause_us * 1000 }, NULL);
	}
	printf("%u\n", sent);
	close(fd);
	return 0;
}
