/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.h - what the two live sources share, and the parts of the first.
 *
 *   iface.c          what the system says about an interface
 *   live_filter.c    the BPF filter, in the kernel or here
 *   packet_socket.c  an AF_PACKET socket with its ring
 *   packet_ring.c    the blocks of the ring, and who has them
 *   packet_frame.c   a frame in the ring made a packet view
 *   af_packet.c      the row "af_packet"
 *   pcap_live.c      the row "libpcap"
 *
 * Thread: everything here belongs to the packet thread that opened the source.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <net/if.h>

#include "capture/capture.h"

struct sock_filter;
struct tpacket3_hdr;
struct tpacket_block_desc;

enum {
	CAPTURE_SNAPLEN_MAX = 262144,
	CAPTURE_POLL_MS = 10,
	CAPTURE_NAMES = 64,
};
enum { CAPTURE_WANT_BOTH, CAPTURE_WANT_IN, CAPTURE_WANT_OUT };

/* What an interface is, at one moment.  "any" has the index 0 and is always up. */
struct capture_iface {
	char name[IFNAMSIZ];
	int index;
	uint16_t arphrd; /* ARPHRD_*, linux/if_arp.h */
	bool up;
};

/* Any socket will do for fd.  0, or -ENODEV. */
int capture_iface_find(int fd, const char *name, struct capture_iface *out);
/* By index, whatever it is called now. */
int capture_iface_find_index(int fd, int index, struct capture_iface *out);
/* As find, with a sentence in err that names the nearest interface and all of them. */
int capture_iface_open(const char *name, struct capture_iface *out, char err[BASE_ERROR_LEN]);
/* Link type of its packets; -EOPNOTSUPP with a sentence in err. */
int capture_iface_linktype(const struct capture_iface *iface, char err[BASE_ERROR_LEN]);
/* Writes what is missing to capture on name, and the command that grants it; returns -EPERM. */
int capture_iface_no_privilege(const char *name, char err[BASE_ERROR_LEN]);

/* The interface's own count of packets, received and sent, since open.  With "any": of all. */
struct capture_iface_count {
	int fd; /* -1: the system does not tell */
	bool every;
	uint64_t last, sum, at_ns;
};
void capture_iface_count_open(struct capture_iface_count *c, const struct capture_iface *iface);
/* Counts from here on: the interface is another than before. */
void capture_iface_count_restart(struct capture_iface_count *c, const struct capture_iface *iface);
/* Reads the system's figures, unless it did so a moment ago. */
uint64_t capture_iface_count_read(struct capture_iface_count *c, const struct capture_iface *iface);
void capture_iface_count_close(struct capture_iface_count *c);

/* Numbers for the interfaces packets came from, from 0 in order of appearance.  When there are
 * too many, the rest share the last number. */
struct capture_names {
	uint32_t n, latest;
	int index[CAPTURE_NAMES];
	char name[CAPTURE_NAMES][IFNAMSIZ];
};
/* The interface captured on; for "any" all there are now. */
void capture_names_init(struct capture_names *names, const struct capture_iface *iface);
uint16_t capture_names_add(struct capture_names *names, int index);
const char *capture_names_get(struct capture_names *names, uint16_t number);

static inline uint16_t
capture_names_number(struct capture_names *names, int index)
{
	if (BASE_LIKELY(names->index[names->latest] == index))
		return (uint16_t)names->latest;
	return capture_names_add(names, index);
}

/* Sentences for a person, given out once. */
struct capture_message {
	char text[BASE_ERROR_LEN];
	bool told;
};
/* Adds a sentence to those not told yet. */
void capture_message_add(struct capture_message *m, const char *format, ...) BASE_PRINTF(2, 3);
/* What is to be said now, or "". */
const char *capture_message_take(struct capture_message *m);

/* CLOCK_MONOTONIC, to a few milliseconds. */
uint64_t capture_coarse_ns(void);

/* A filter for one interface.  Frames with stripped VLAN tags need it compiled for this very
 * interface; where that is impossible it runs here, on what is handed out. */
struct capture_live_filter {
	struct sock_filter *program; /* always there: at least "cut at snaplen" */
	uint16_t n_program;
	bool in_kernel;              /* the program filters */
	struct capture_filter *user; /* NULL: nothing to do here */
};
/* 0, -EINVAL or -ENOMEM with a sentence in err. */
int capture_live_filter_new(struct capture_live_filter *out, const struct capture_iface *iface,
			    const char *text, uint32_t snaplen, char err[BASE_ERROR_LEN]);
/* Gives the kernel's part up and filters here. */
int capture_live_filter_move(struct capture_live_filter *f, uint16_t linktype, const char *text,
			     uint32_t snaplen, char err[BASE_ERROR_LEN]);
void capture_live_filter_fini(struct capture_live_filter *f);

/* A packet socket.  fd -1: none. */
struct capture_socket {
	int fd;
	bool cooked; /* with room for a cooked header */
	uint8_t *map;
	size_t map_bytes;
	uint32_t block_bytes, n_blocks;
};
/* An unbound socket, which receives nothing.  0 or a negative errno. */
int capture_socket_new(struct capture_socket *s, bool cooked);
/* Its ring, with less memory when there is not as much as asked for: see map_bytes. */
int capture_socket_map(struct capture_socket *s, const struct capture_options *o);
/* f NULL: nothing gets through. */
int capture_socket_filter(struct capture_socket *s, const struct capture_live_filter *f);
/* From now on no other filter can be attached. */
int capture_socket_lock(struct capture_socket *s);
int capture_socket_bind(struct capture_socket *s, int index, bool promiscuous);
int capture_socket_join(struct capture_socket *s, const struct capture_options *o, uint32_t group);
/* Index it is bound to; -1 when that interface is gone. */
int capture_socket_index(const struct capture_socket *s);
/* Takes and clears the pending error; 0 when there is none. */
int capture_socket_error(struct capture_socket *s);
void capture_socket_close(struct capture_socket *s);

/* The ring of a socket while it is read.  Without a socket (fd -1, no map) it is empty. */
struct capture_ring {
	struct capture_socket socket;
	struct tpacket_block_desc *open; /* the block being read */
	uint8_t *next;                   /* its next frame */
	uint32_t left;                   /* frames in it not handed out */
	uint32_t at;                     /* its number, or that of the next to come */
	uint32_t second;                 /* packet time when the counters were read last */
	uint64_t packets, drops;         /* the kernel's, drops included, over all sockets so far */
};
/* Gives the open block back if it is used up: views into it end here. */
void capture_ring_release(struct capture_ring *r);
/* Sees to it that a block is open; false when the kernel has none ready. */
bool capture_ring_take(struct capture_ring *r);
/* Adds what the kernel counted since the last time. */
void capture_ring_update(struct capture_ring *r);
/* Updates the counters and returns the packets in the ring that were not handed out. */
uint64_t capture_ring_count(struct capture_ring *r);
/* Closes the socket; its packets go with it, its counts stay. */
void capture_ring_detach(struct capture_ring *r);
/* The next frame of the open block; NULL at its end. */
struct tpacket3_hdr *capture_ring_next(struct capture_ring *r);

/* How frames become packets. */
struct capture_frame_rules {
	uint32_t snaplen;
	uint16_t linktype;
	bool cooked;
	uint8_t want; /* CAPTURE_WANT_* */
	struct capture_names names;
};
/* Makes the view of a frame in the ring, whose unused bytes before the data it may write to.
 * False when the direction is not wanted. */
bool capture_frame_read(struct capture_frame_rules *rules, struct tpacket3_hdr *frame,
			struct packet *out);

#endif
