/* SPDX-License-Identifier: Apache-2.0 */
/*
 * af_packet.c - packets of a live interface from a ring shared with the kernel
 * (AF_PACKET, TPACKET_V3).
 *
 * At rest: kernel_packets = kernel_drops + read + unread, and
 *          read = handed out + user_filtered + direction_filtered.
 *
 * if_rx is the interface's own count, received and sent, because this socket sees
 * both.  Its limits: the figures are the driver's, are read at most each 50 ms, and
 * miss what an interface counted shortly before it was deleted; frames sent past
 * the queues (PACKET_QDISC_BYPASS, XDP) are counted there and seen by nobody.  With
 * several threads the first one reports it, and bpf_filtered is left to whoever
 * has the sum of their packets.  On loopback each packet counts twice on both sides.
 *
 * An interface that goes down or away is no error: recv returns 0 until it is back.
 * A socket can be bound again without privilege, unless it is in a fanout group;
 * for those a second socket is made at the start.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/live.h"

enum { EMPTY_BLOCKS_MAX = 8 }; /* looked through in one recv when all in them is unwanted */
static const uint64_t retry_ns = 500 * NS_PER_MS;

struct af_packet {
	struct capture_ring ring;
	struct capture_frame_rules rules;
	struct capture_live_filter filter;
	struct capture_stats stats; /* sums of what is counted here; the rest when asked */
	uint64_t counted_ns;        /* when idle looked at the kernel's counters last */

	struct capture_options options;
	struct capture_iface iface;
	struct capture_iface_count count;
	struct capture_socket spare;
	uint32_t thread, n_threads, group;
	bool joined;              /* member of its fanout group, or alone */
	bool down, gone, refused; /* each is told once */
	uint64_t retry_at_ns, down_since_ns;
	struct capture_message message;
};

static int
take_packets(struct af_packet *s, struct packet *pkts, int max)
{
	struct tpacket3_hdr *frame;
	int n = 0;

	while (n < max && (frame = capture_ring_next(&s->ring)) != NULL) {
		s->stats.read++;
		if (!capture_frame_read(&s->rules, frame, &pkts[n]))
			s->stats.direction_filtered++;
		else if (s->filter.user && !capture_filter_match(s->filter.user, &pkts[n]))
			s->stats.user_filtered++;
		else
			n++;
	}
	return n;
}

static void
af_packet_stats(void *state, struct capture_stats *out)
{
	struct af_packet *s = state;

	*out = s->stats;
	out->unread = capture_ring_count(&s->ring);
	out->kernel_packets = s->ring.packets;
	out->kernel_drops = s->ring.drops;
	if (s->thread != 0)
		return;
	out->if_rx = capture_iface_count_read(&s->count, &s->iface);
	if (s->filter.in_kernel && s->n_threads == 1 && out->if_rx > out->kernel_packets)
		out->bpf_filtered = out->if_rx - out->kernel_packets;
}

/* A socket as it will be used: its ring, and a filter that lets nothing through while it is not
 * in its group, so that no packet is seen by two threads. */
static int
prepare(struct af_packet *s, struct capture_socket *socket)
{
	int result = capture_socket_map(socket, &s->options);

	if (result < 0)
		return result;
	return capture_socket_filter(socket, s->n_threads > 1 ? NULL : &s->filter);
}

/* Joins the group, then opens the filter, for good. */
static int
join(struct af_packet *s)
{
	int result = 0;

	if (s->n_threads > 1)
		result = capture_socket_join(&s->ring.socket, &s->options, s->group);
	if (result == 0 && s->n_threads > 1)
		result = capture_socket_filter(&s->ring.socket, &s->filter);
	if (result == 0)
		result = capture_socket_lock(&s->ring.socket);
	s->joined = result == 0;
	return result;
}

/* The socket of an interface that is gone can not leave its group but by being closed; the group
 * lasts until its last member did so. */
static void
retire(struct af_packet *s)
{
	if (s->n_threads == 1 || !s->joined || capture_ring_count(&s->ring) > 0)
		return;
	capture_ring_detach(&s->ring);
	s->joined = false;
}

/* Takes the second socket, or makes one. */
static int
replace_socket(struct af_packet *s)
{
	int result;

	if (s->spare.fd < 0) {
		result = capture_socket_new(&s->spare, s->rules.cooked);
		if (result < 0)
			return result;
	}
	result = prepare(s, &s->spare);
	if (result < 0)
		return result;
	s->ring.socket = s->spare;
	s->spare = (struct capture_socket){ .fd = -1 };
	capture_socket_new(&s->spare, s->rules.cooked);
	return 0;
}

/* Binds to what the name stands for now. */
static int
attach_again(struct af_packet *s, const struct capture_iface *now)
{
	char ignored[BASE_ERROR_LEN];
	int result;

	if (capture_iface_linktype(now, ignored) != s->rules.linktype) {
		if (!s->refused)
			capture_message_add(&s->message,
					    "%s is there again with another link type: not used",
					    s->iface.name);
		s->refused = true;
		return -EOPNOTSUPP;
	}
	if (s->ring.socket.fd < 0) {
		result = replace_socket(s);
		if (result < 0)
			return result;
	}
	if (capture_socket_index(&s->ring.socket) != now->index) {
		result = capture_socket_bind(&s->ring.socket, now->index, s->options.promiscuous);
		if (result < 0)
			return result;
		capture_socket_error(&s->ring.socket);
	}
	return s->joined ? 0 : join(s);
}

/* Any socket: the only one may be retired. */
static int
any_fd(const struct af_packet *s)
{
	return s->ring.socket.fd >= 0 ? s->ring.socket.fd : s->spare.fd;
}

static void
is_back(struct af_packet *s, const struct capture_iface *now)
{
	uint64_t away_ms = (capture_coarse_ns() - s->down_since_ns) / NS_PER_MS;

	if (s->iface.index != now->index)
		capture_iface_count_restart(&s->count, now);
	s->iface = *now;
	capture_names_init(&s->rules.names, now);
	s->down = s->gone = s->refused = false;
	capture_message_add(&s->message, "%s is up again after %llu.%llu s", now->name,
			    (unsigned long long)away_ms / 1000,
			    (unsigned long long)away_ms % 1000 / 100);
}

/* The interface is there again, the privilege to make a socket for it is not. */
static void
say_no_privilege(struct af_packet *s)
{
	char text[BASE_ERROR_LEN];

	if (!s->refused) {
		capture_iface_no_privilege(s->iface.name, text);
		capture_message_add(&s->message, "%s is there again: %s", s->iface.name, text);
	}
	s->refused = true;
}

/* Looks whether the interface is there and up; it is followed when it was renamed. */
static void
look_for_link(struct af_packet *s)
{
	struct capture_iface now;
	int index = s->ring.socket.fd >= 0 ? capture_socket_index(&s->ring.socket) : -1;
	int result = 0;

	s->retry_at_ns = capture_coarse_ns() + retry_ns;
	if (index > 0 && capture_iface_find_index(any_fd(s), index, &now) == 0) {
		if (!s->joined)
			result = join(s);
	} else {
		retire(s);
		if (capture_iface_find(any_fd(s), s->iface.name, &now) < 0) {
			if (!s->gone)
				capture_message_add(&s->message,
						    "%s is gone: waiting for it to come back",
						    s->iface.name);
			s->gone = true;
			return;
		}
		result = attach_again(s, &now);
	}
	if (result == 0 && now.up)
		is_back(s, &now);
	else if (result == -EPERM)
		say_no_privilege(s);
}

static void
link_lost(struct af_packet *s)
{
	int error = capture_socket_error(&s->ring.socket);

	if (error == 0 || s->iface.index == 0)
		return;
	if (!s->down) {
		s->down = true;
		s->down_since_ns = capture_coarse_ns();
		s->stats.link_down += s->thread == 0;
		capture_message_add(&s->message,
				    error == ENETDOWN ? "%s went down: waiting for it"
						      : "%s failed: waiting for it",
				    s->iface.name);
	}
	look_for_link(s);
}

static void
wait_for_packets(struct af_packet *s)
{
	struct pollfd p = { .fd = s->ring.socket.fd, .events = POLLIN };
	const struct timespec limit = { .tv_nsec = CAPTURE_POLL_MS * (long)NS_PER_MS };
	uint64_t now_ns;

	ppoll(&p, 1, &limit, NULL);
	if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
		link_lost(s);
	now_ns = capture_coarse_ns();
	if (s->down && now_ns >= s->retry_at_ns)
		look_for_link(s);
	if (now_ns - s->counted_ns >= NS_PER_SEC) {
		s->counted_ns = now_ns;
		capture_ring_update(&s->ring);
	}
}

static int
af_packet_recv(void *state, struct packet *pkts, int max)
{
	struct af_packet *s = state;
	bool waited = false;
	int n;

	capture_ring_release(&s->ring);
	for (int i = 0; i < EMPTY_BLOCKS_MAX; i++) {
		if (!capture_ring_take(&s->ring)) {
			if (waited || i > 0)
				return 0;
			wait_for_packets(s);
			waited = true;
			continue;
		}
		n = take_packets(s, pkts, max);
		if (n > 0)
			return n;
		capture_ring_release(&s->ring);
	}
	return 0;
}

static const char *
af_packet_message(void *state)
{
	struct af_packet *s = state;

	return capture_message_take(&s->message);
}

static const char *
af_packet_interface_name(void *state, uint16_t number)
{
	struct af_packet *s = state;

	return capture_names_get(&s->rules.names, number);
}

static void
af_packet_close(void *state)
{
	struct af_packet *s = state;

	capture_ring_detach(&s->ring);
	capture_socket_close(&s->spare);
	capture_iface_count_close(&s->count);
	capture_live_filter_fini(&s->filter);
}

static int
fail(const struct af_packet *s, int result, const char *what, char err[BASE_ERROR_LEN])
{
	snprintf(err, BASE_ERROR_LEN, "cannot capture on %s: %s: %s", s->iface.name, what,
		 strerror(-result));
	return result;
}

/* The kernel takes programs up to net.core.optmem_max; a longer one runs here. */
static int
prepare_or_filter_here(struct af_packet *s, const char *text, char err[BASE_ERROR_LEN])
{
	int result = prepare(s, &s->ring.socket);

	if (result < 0 && !s->ring.socket.map)
		return fail(s, result, "no memory for its ring", err);
	if (result == -ENOMEM && s->filter.in_kernel) {
		result = capture_live_filter_move(&s->filter, s->rules.linktype, text,
						  s->rules.snaplen, err);
		if (result < 0)
			return result;
		capture_message_add(&s->message, "the filter is too long for the kernel "
						 "(net.core.optmem_max): it runs here");
		result = capture_socket_filter(&s->ring.socket,
					       s->n_threads > 1 ? NULL : &s->filter);
	}
	return result < 0 ? fail(s, result, "the kernel refuses the filter", err) : 0;
}

static int
attach(struct af_packet *s, char err[BASE_ERROR_LEN])
{
	int result = capture_socket_bind(&s->ring.socket, s->iface.index, s->options.promiscuous);

	if (result < 0)
		return fail(s, result, "it is not there any more", err);
	result = join(s);
	if (result == -EINVAL && s->n_threads > 1)
		return fail(s, result, "its packets cannot be shared by several threads: use 1",
			    err);
	if (result < 0)
		return fail(s, result, "the kernel refuses fanout", err);
	if (capture_socket_error(&s->ring.socket) == ENETDOWN) {
		s->down = true;
		s->down_since_ns = capture_coarse_ns();
		s->retry_at_ns = s->down_since_ns + retry_ns;
		capture_message_add(&s->message, "%s is down: waiting (`ip link set %s up`)",
				    s->iface.name, s->iface.name);
	}
	return 0;
}

static void
set_rules(struct af_packet *s, int linktype)
{
	uint64_t snaplen = s->options.snaplen;

	if (snaplen == 0 || snaplen > CAPTURE_SNAPLEN_MAX)
		snaplen = CAPTURE_SNAPLEN_MAX;
	s->rules.snaplen = (uint32_t)snaplen;
	s->rules.linktype = (uint16_t)linktype;
	s->rules.cooked = s->iface.index == 0;
	s->rules.want = (uint8_t)s->options.direction;
	capture_names_init(&s->rules.names, &s->iface);
}

static int
open_all(struct af_packet *s, const struct capture_request *r, char err[BASE_ERROR_LEN])
{
	int result = capture_iface_open(r->what, &s->iface, err), linktype;

	if (result < 0)
		return result;
	linktype = capture_iface_linktype(&s->iface, err);
	if (linktype < 0)
		return linktype;
	set_rules(s, linktype);
	result = capture_socket_new(&s->ring.socket, s->rules.cooked);
	if (result == -EPERM)
		return capture_iface_no_privilege(s->iface.name, err);
	if (result < 0)
		return fail(s, result, "the kernel makes no packet socket", err);
	result = capture_live_filter_new(&s->filter, &s->iface, r->filter, s->rules.snaplen, err);
	if (result < 0)
		return result;
	if (s->n_threads > 1)
		capture_socket_new(&s->spare, s->rules.cooked);
	result = prepare_or_filter_here(s, r->filter, err);
	if (result < 0)
		return result;
	if (s->ring.socket.map_bytes < s->options.ring_bytes / 2)
		capture_message_add(&s->message,
				    "there was memory for a ring of %zu KiB only, of %llu KiB",
				    s->ring.socket.map_bytes >> 10,
				    (unsigned long long)s->options.ring_bytes >> 10);
	return attach(s, err);
}

static int
af_packet_open(void *state, const struct capture_request *request, char err[BASE_ERROR_LEN])
{
	struct af_packet *s = state;
	int result;

	s->ring.socket.fd = s->spare.fd = s->count.fd = -1;
	s->options = *request->options;
	s->thread = request->thread;
	s->n_threads = request->n_threads > 1 ? request->n_threads : 1;
	s->group = request->fanout_group;
	s->counted_ns = capture_coarse_ns();
	result = open_all(s, request, err);
	if (result < 0) {
		af_packet_close(s);
		return result;
	}
	if (s->thread == 0)
		capture_iface_count_open(&s->count, &s->iface);
	return 0;
}

const struct capture_ops capture_af_packet = {
	.name = "af_packet",
	.summary = "A live interface, or \"any\", through the kernel's shared ring (Linux).",
	.state_size = sizeof(struct af_packet),
	.open = af_packet_open,
	.recv = af_packet_recv,
	.message = af_packet_message,
	.interface_name = af_packet_interface_name,
	.stats = af_packet_stats,
	.close = af_packet_close,
};
