/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.h - what the parts of the capture file writer share.
 *
 *   pcap_write.c     the calls of capture.h, names and rotation
 *   write_format.c   pcap and pcapng: what stands in the file
 *   write_stream.c   the buffer, compression and the disk
 *
 * The buffer holds whole records only, and is written in one piece.  When the
 * disk fails in the middle of it, the file is cut back to the last whole record.
 */
#ifndef CAPTURE_WRITE_H
#define CAPTURE_WRITE_H

#include "capture/capture.h"
#include "capture/codec.h"

enum {
	CAPTURE_WRITE_BUFFER = 512 << 10, /* room for the longest packet and its interface */
	CAPTURE_WRITE_CAPLEN_MAX = 262144,
	CAPTURE_WRITE_INTERFACES = 1024, /* pairs of interface and link type in one file */
};

/* Where bytes go.  The format below it says where its records end. */
struct capture_write_stream {
	int fd; /* -1: no file */
	bool is_ours;
	bool is_regular;
	const struct capture_codec *codec;
	void *compressor;
	/* How many of the first len bytes are whole records; counts the packets in them. */
	size_t (*whole)(const uint8_t *bytes, size_t len, bool at_start, uint64_t *packets);
	uint64_t written; /* bytes given so far, before compression */
	uint64_t stored;  /* bytes on the disk: all before the buffer */
	uint64_t packets; /* in these */
	size_t used;
	uint8_t *packed;
	size_t room; /* at packed */
	uint8_t buf[CAPTURE_WRITE_BUFFER];
};

/* len bytes at the end of the buffer to fill in; it is emptied first when there is no room.  NULL
 * and a negative errno in *result when that fails. */
uint8_t *capture_write_room(struct capture_write_stream *s, size_t len, int *result);
int capture_write_flush(struct capture_write_stream *s);
/* 0 or a negative errno; the file is closed in any case. */
int capture_write_close(struct capture_write_stream *s);

struct capture_written_interface {
	uint16_t interface, linktype;
};

struct capture_format {
	const char *suffix;
	/* first is the first packet, or NULL when there is none. */
	int (*begin)(struct capture_writer *w, const struct packet *first);
	int (*put)(struct capture_writer *w, const struct packet *p);
	int (*end)(struct capture_writer *w);
	size_t (*whole)(const uint8_t *bytes, size_t len, bool at_start, uint64_t *packets);
};

extern const struct capture_format capture_format_pcap, capture_format_pcapng;

struct capture_interface_stats {
	bool known;
	uint64_t received, dropped;
};

struct capture_writer {
	const struct capture_format *format;
	char *path;
	size_t stem;   /* letters of path before its suffixes */
	char *present; /* name of the open file */
	uint32_t snaplen;
	uint64_t rotate_bytes, rotate_ns, rotate_files;
	bool rotates;
	bool begun;                 /* the file has its header */
	uint64_t first_ns, last_ns; /* packets of the present file */
	uint64_t number;            /* files made */
	uint64_t written;           /* packets in the files before */
	char **made;                /* ring of the last rotate_files names */
	uint16_t linktype;          /* pcap: the only one */
	struct capture_written_interface interface[CAPTURE_WRITE_INTERFACES];
	size_t n_interfaces;
	size_t latest; /* interface used last */
	char **name;   /* of the run's interfaces */
	size_t n_names;
	struct capture_interface_stats *stats; /* n_names of them */
	int failed;
	char message[BASE_ERROR_LEN];
	struct capture_write_stream stream;
};

/* Sets w->message and w->failed; returns result. */
int capture_writer_fail(struct capture_writer *w, int result, const char *format, ...)
	BASE_PRINTF(3, 4);

#endif
