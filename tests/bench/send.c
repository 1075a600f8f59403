/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - sends the frames of a capture file at an even rate.
 *
 *   send INTERFACE PACKETS-PER-SECOND SECONDS FILE.pcap
 *
 * 0 packets per second: as fast as it can.  The file is a classic pcap of this
 * machine's byte order; frames that the interface cannot carry are left out, and
 * the others are sent over and over.  They pass no queueing discipline, so what
 * was sent is what the other end of a veth pair was given.  Prints one JSON line.
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

enum {
	BATCH = 64,
	MAX_FRAMES = 400000,
	FILE_HEADER = 24,
	MAX_FRAME = 65536,
	VLAN_AT = 12,
	SHORTEST_TAGGED = 20,
};

struct frames {
	struct iovec *frame;
	size_t n;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Whether the interface carries it and the receiving kernel passes it on: a VLAN
 * tag with nothing behind it never reaches a socket. */
static bool
is_deliverable(const char *bytes, size_t len, size_t longest)
{
	bool tagged;

	if (len < ETH_HLEN || len > longest)
		return false;
	tagged = memcmp(bytes + VLAN_AT, "\x81\x00", 2) == 0 ||
		 memcmp(bytes + VLAN_AT, "\x88\xa8", 2) == 0;
	return !tagged || len >= SHORTEST_TAGGED;
}

/* All or nothing: what is wrong is printed. */
static int
frames_read(struct frames *f, const char *path, size_t longest)
{
	FILE *in = fopen(path, "rbe");
	uint32_t head[4];
	static char bytes[MAX_FRAME];

	f->frame = calloc(MAX_FRAMES, sizeof(f->frame[0]));
	if (!in || !f->frame || fseek(in, FILE_HEADER, SEEK_SET) != 0) {
		fprintf(stderr, "send: cannot read %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (f->n < MAX_FRAMES && fread(head, sizeof(head), 1, in) == 1) {
		struct iovec *v = &f->frame[f->n];

		if (head[2] > MAX_FRAME || fread(bytes, 1, head[2], in) != head[2])
			break;
		if (!is_deliverable(bytes, head[2], longest))
			continue;
		v->iov_base = malloc(head[2]);
		v->iov_len = head[2];
		if (!v->iov_base)
			break;
		memcpy(v->iov_base, bytes, head[2]);
		f->n++;
	}
	fclose(in);
	if (f->n == 0)
		fprintf(stderr, "send: no frame in %s fits the interface\n", path);
	return f->n > 0 ? 0 : -1;
}

/* A socket that sends on the interface; *longest is what it carries. */
static int
socket_open(const char *name, size_t *longest)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_ll where = { .sll_family = AF_PACKET };
	struct ifreq request = { 0 };

	where.sll_ifindex = (int)if_nametoindex(name);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || bind(fd, (void *)&where, sizeof(where)) < 0 ||
	    ioctl(fd, SIOCGIFMTU, &request) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) < 0) {
		fprintf(stderr, "send: cannot send on %s: %s\n", name, strerror(errno));
		return -1;
	}
	*longest = (size_t)request.ifr_mtu + ETH_HLEN;
	return fd;
}

/* Waits until the next batch is due: asleep while that is long, then awake. */
static void
wait_until(double due)
{
	const struct timespec nap = { .tv_nsec = 50000 };

	for (double left = due - now(); left > 0; left = due - now())
		if (left > 200e-6)
			nanosleep(&nap, NULL);
}

static int
send_batch(int fd, struct mmsghdr *batch)
{
	int done = 0;

	while (done < BATCH) {
		int n = sendmmsg(fd, batch + done, (unsigned)(BATCH - done), 0);

		if (n < 0 && errno != ENOBUFS && errno != EAGAIN)
			return -errno;
		done += n > 0 ? n : 0;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct frames frames = { 0 };
	struct mmsghdr batch[BATCH] = { 0 };
	double rate, duration, begin, end;
	uint64_t sent = 0, bytes = 0;
	size_t longest, next = 0;
	int fd, result = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: send INTERFACE PACKETS-PER-SECOND SECONDS FILE\n");
		return 2;
	}
	rate = strtod(argv[2], NULL);
	duration = strtod(argv[3], NULL);
	fd = socket_open(argv[1], &longest);
	if (fd < 0 || frames_read(&frames, argv[4], longest) < 0)
		return 1;
	begin = now();
	for (end = begin; result == 0 && end - begin < duration; end = now()) {
		if (rate > 0)
			wait_until(begin + (double)(sent + BATCH) / rate);
		for (int i = 0; i < BATCH; i++) {
			batch[i].msg_hdr.msg_iov = &frames.frame[next];
			batch[i].msg_hdr.msg_iovlen = 1;
			bytes += frames.frame[next].iov_len;
			next = next + 1 == frames.n ? 0 : next + 1;
		}
		result = send_batch(fd, batch);
		sent += BATCH;
	}
	if (result < 0) {
		fprintf(stderr, "send: %s\n", strerror(-result));
		return 1;
	}
	printf("{\"sent\":%llu,\"bytes\":%llu,\"seconds\":%.6f}\n", (unsigned long long)sent,
	       (unsigned long long)bytes, end - begin);
	return 0;
}
