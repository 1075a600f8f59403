/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - where packets come from, and capture files we write.
 *
 * A source hands out bursts of packet views.  The bytes stay the source's:
 * they are valid until the next capture_recv() or capture_close() on the same
 * source, and whoever wants them longer copies them.
 *
 * Thread: a source belongs to the one packet thread that opened it.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "base/option.h"

/* LINKTYPE_* of the tcpdump registry, as far as we decode them. */
enum {
	CAPTURE_LINK_NULL = 0,
	CAPTURE_LINK_ETHERNET = 1,
	CAPTURE_LINK_RAW = 101,
	CAPTURE_LINK_LOOP = 108,
	CAPTURE_LINK_SLL = 113,
	CAPTURE_LINK_RADIOTAP = 127,
	CAPTURE_LINK_IPV4 = 228,
	CAPTURE_LINK_IPV6 = 229,
	CAPTURE_LINK_SLL2 = 276,
};

enum capture_dir { CAPTURE_DIR_UNKNOWN, CAPTURE_DIR_IN, CAPTURE_DIR_OUT };

enum {
	CAPTURE_CHECKSUM_OFFLOADED = 1 << 0, /* the sender's card fills the transport checksum in */
	CAPTURE_BYTE_SWAPPED = 1 << 1, /* NULL link type: its family is in the other byte order */
};

struct packet {
	uint64_t ts_ns;
	const uint8_t *data;
	uint32_t caplen;   /* bytes at data; at most snaplen */
	uint32_t wire_len; /* bytes there were on the wire */
	uint16_t linktype;
	uint16_t interface; /* index among the run's interfaces, from the source */
	uint8_t dir;        /* enum capture_dir */
	uint8_t flags;
	uint8_t zero[2];
};

/* Options below "capture." */
struct capture_options {
	uint64_t snaplen;
	bool promiscuous;
	uint32_t direction;  /* index into "inout|in|out" */
	uint64_t ring_bytes; /* of the kernel ring of one packet thread */
	uint64_t block_bytes;
	uint64_t block_timeout_ns; /* a block is handed over at the latest after this long */
	uint32_t fanout;           /* index into "hash|cpu|lb|qm|rollover" */
	bool fanout_defrag;        /* the kernel puts IPv4 fragments together before it hashes */
	bool fanout_rollover;      /* a full ring hands its packets to the next member */
	uint32_t method;           /* live: index into "af_packet|libpcap" */
};
extern const struct option_group capture_option_group;

/* What one packet thread opens. */
struct capture_request {
	const char *what;   /* path, "-", or interface name; "any" */
	const char *filter; /* BPF in pcap-filter(7) notation; NULL or "": everything */
	const struct capture_options *options;
	uint32_t thread, n_threads; /* fanout: this is member thread of n_threads */
	uint32_t fanout_group;      /* same for all members; from the process id */
};

/* Sums since the source was opened.  Reading has no side effect. */
struct capture_stats {
	uint64_t read;  /* taken from the file or the kernel's ring, before any filter here */
	uint64_t if_rx; /* the interface's own packets; 0 for files */
	uint64_t kernel_packets; /* tp_packets, drops included */
	uint64_t kernel_drops;
	uint64_t bpf_filtered;  /* a difference: valid at rest only */
	uint64_t user_filtered; /* by the filter, applied here */
	uint64_t direction_filtered;
	uint64_t unread;    /* delivered to the ring, not handed out any more */
	uint64_t link_down; /* times the interface went down or away */
};

/* Error classes of open and recv, beside errno's usual ones:
 * -EPERM no privilege; -ENOENT, -EISDIR, -EACCES, -ENODEV source not there or unreadable;
 * -EINVAL bad filter; -EPROTO not a capture file, or cut; -EOPNOTSUPP link type or feature refused.
 */
struct capture_ops {
	const char *name;
	const char *summary;
	size_t state_size; /* zeroed state the core allocates */
	bool patient;      /* packets not read yet are not lost (a file) */

	/* Opens the source; 0 or a negative errno with a sentence in err.  May block. */
	int (*open)(void *state, const struct capture_request *request, char err[BASE_ERROR_LEN]);

	/* Fills up to max views and returns how many; 0 when nothing came within the poll
	 * interval (live, at most 10 ms) ; negative errno when the source is over (-ENODATA at
	 * the end of a file) - packets read before an error are handed out first. */
	int (*recv)(void *state, struct packet *pkts, int max);

	/* A sentence about the latest negative result of recv, or about a state worth
	 * telling (interface down); "" when there is nothing to say. */
	const char *(*message)(void *state);

	/* Name of the interface that number stands for in packets of this source; NULL when it has
	 * none.  Lives until close.  The pointer is NULL when the source knows no names at all. */
	const char *(*interface_name)(void *state, uint16_t number);

	void (*stats)(void *state, struct capture_stats *out);
	void (*close)(void *state);
};

/* capture_table.c: every source this build knows, ended by NULL: "file", "af_packet", "libpcap". */
extern const struct capture_ops *const capture_table[];

struct capture;

/* source: name of the row.  On failure *out is untouched. */
int capture_open(struct capture **out, const char *source, const struct capture_request *request,
		 char err[BASE_ERROR_LEN]);
int capture_recv(struct capture *c, struct packet *pkts, int max);
const char *capture_message(struct capture *c);
/* NULL when the source knows no name for it. */
const char *capture_interface_name(struct capture *c, uint16_t number);
void capture_get_stats(struct capture *c, struct capture_stats *out);
bool capture_is_patient(const struct capture *c);
void capture_close(struct capture *c);

/* A compiled BPF filter, run on packets here.  NULL or "" compiles to "everything". */
struct capture_filter;

/* 0; -EINVAL with libpcap's words and the position in err; -ENOMEM. */
int capture_filter_new(struct capture_filter **out, const char *text, uint16_t linktype,
		       uint32_t snaplen, char err[BASE_ERROR_LEN]);
void capture_filter_free(struct capture_filter *f);
bool capture_filter_match(const struct capture_filter *f, const struct packet *p);

/* "LINUX_SLL" for 113; NULL when libpcap knows no name. */
const char *capture_link_name(uint16_t linktype);
/* Whether the decoder has a row for it; others are refused by name at open. */
bool capture_link_is_supported(uint16_t linktype);

/* Interfaces of this machine, for `weir list interfaces` and errors: text allocated for the
 * caller to free, one line each. */
char *capture_interfaces_text(void);

/* Capture files we write (-w).  Format by name: .pcapng, else pcap; a further .zst or .gz
 * compresses; "-" is standard output (pcap).  Belongs to the writing thread; blocks on the disk.
 *
 * With rotation each file is named after the time of its first packet (UTC) and a number, as in
 * NAME-20240229T235959Z-00001.pcapng, and is made when that packet comes.  As with tcpdump a file
 * ends with the packet that brings it over rotate_bytes (counted before compression), and before
 * the one that is rotate_ns or more after its first.  Beyond rotate_files the oldest of our own
 * is removed. */
struct capture_writer;
struct capture_writer_config {
	const char *path;
	uint32_t snaplen;
	uint64_t rotate_bytes, rotate_ns, rotate_files; /* -C -G -W; 0: off */
	const char *const *interfaces;                  /* names by index */
	size_t n_interfaces;
};
int capture_writer_open(struct capture_writer **out, const struct capture_writer_config *config,
			char err[BASE_ERROR_LEN]);
/* 0 or a negative errno, after which the file is complete up to the packet before. */
int capture_writer_put(struct capture_writer *w, const struct packet *p);
int capture_writer_flush(struct capture_writer *w);
/* What is known of an interface at the end, for pcapng's statistics block. */
void capture_writer_set_stats(struct capture_writer *w, uint16_t interface, uint64_t received,
			      uint64_t dropped);
/* A sentence about the latest negative result; "" when there was none.  Valid until close. */
const char *capture_writer_message(const struct capture_writer *w);
/* Packets that are in files for good; those put last may still be in the buffer before flush. */
uint64_t capture_writer_written(const struct capture_writer *w);
/* Writes what is left and closes the file; only the two above and close may follow. */
int capture_writer_end(struct capture_writer *w);
/* Ends the file unless that was done, and frees w; the result is that of the end. */
int capture_writer_close(struct capture_writer *w);

#endif
