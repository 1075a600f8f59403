/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - what the parts of the capture file reader share.
 *
 *   file_stream.c   bytes of a file, a pipe or memory, decompressed
 *   pcap_classic.c  the records of a pcap file in the buffer
 *   pcapng.c        the blocks of a pcapng file in the buffer
 *   pcap_file.c     the row "file": refills the buffer, filters what was found
 *
 * The buffer is refilled at the start of a recv only, so the views handed out
 * before stay valid until then.  A record that is not whole in the buffer is not
 * touched; the refill moves its beginning to the front and reads on.
 */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <string.h>
#include <sys/types.h>

#include "capture/capture.h"
#include "capture/codec.h"

enum {
	CAPTURE_CAPLEN_MAX = 262144,       /* as in libpcap: what is longer is damage */
	CAPTURE_FILE_READ = 256 << 10,     /* per read(2): stays in the second level cache */
	CAPTURE_BLOCK_MAX = 512 << 10,     /* of a pcapng block; the rest is skipped */
	CAPTURE_FILE_NAME_LEN = 64,        /* of an interface, terminator included */
	CAPTURE_INTERFACES_MAX = 1024,     /* of one pcapng section */
	CAPTURE_STREAM_RAW = 128 << 10,    /* compressed bytes read at a time */
	CAPTURE_STREAM_PATIENCE_MS = 10,   /* the longest a pipe keeps a recv waiting */
	CAPTURE_PCAPNG_MAGIC = 0x0a0d0d0a, /* type of a section header: the same in both orders */
	CAPTURE_PATH_SHOWN = 160,
};

/* Bytes from somewhere.  Thread: its reader's. */
struct capture_stream {
	int fd; /* -1: memory */
	bool is_ours;
	bool is_pipe;             /* may keep us waiting */
	struct capture_input mem; /* fd < 0: what is left */
	const struct capture_codec *codec;
	void *reader;
	struct capture_input raw; /* compressed bytes not taken yet */
	uint8_t *raw_bytes;
	bool raw_ended;
	uint8_t head[8]; /* what was read to find the compression out */
	uint8_t head_at, head_len;
};

/* 0, or a negative errno with a sentence in err. */
int capture_stream_open(struct capture_stream *s, const char *path, bool shared,
			char err[BASE_ERROR_LEN]);
void capture_stream_over(struct capture_stream *s, const uint8_t *bytes, size_t len);
/* Finds out whether the stream is compressed.  0; -EAGAIN when a pipe gave too little yet;
 * -EOPNOTSUPP when this build does not know the compression, with a sentence in err. */
int capture_stream_begin(struct capture_stream *s, const char *path, char err[BASE_ERROR_LEN]);
/* Bytes read; 0 at the end; -EAGAIN when a pipe gave nothing in time; -EPROTO when compressed
 * data is damaged, -ENODATA when it is cut; another negative errno. */
ssize_t capture_stream_read(struct capture_stream *s, uint8_t *buf, size_t size);
void capture_stream_close(struct capture_stream *s);

/* text cut and with every control character replaced, for a message. */
const char *capture_shown(const char *text, char buf[CAPTURE_PATH_SHOWN]);

/* An interface of a pcapng file, as far as packets need it. */
struct capture_file_interface {
	uint64_t tick_ns;   /* nanoseconds in a tick, when that is whole and nothing is added */
	uint64_t max_ticks; /* beyond it, and where tick_ns is 0, the long way */
	int64_t offset_s;
	uint8_t resolution; /* if_tsresol */
	uint8_t flags;      /* of its packets */
	uint16_t linktype;
	uint32_t snaplen;
};

/* The link types a filter can be compiled for. */
enum { CAPTURE_LINKS = 8 };
extern const uint16_t capture_links[CAPTURE_LINKS];

struct capture_file {
	struct capture_stream stream;
	const uint8_t *at, *end; /* unread bytes in buf */
	uint64_t base;           /* place of buf in the (decompressed) file */
	uint64_t skip;           /* bytes of the last block still to be passed over */
	uint64_t packets;        /* found so far */
	int (*burst)(struct capture_file *f, struct packet *pkts, int max);
	bool swapped; /* the file, or its present section, is in the other byte order */
	bool begun;   /* pcapng: a packet was seen, its interface was judged */

	/* pcap */
	uint32_t head_len; /* of a record's head */
	uint32_t fraction_ns;
	uint8_t lengths; /* 0: in order, 1: exchanged, 2: the smaller is the caplen */
	uint8_t flags;
	uint16_t linktype;

	/* pcapng */
	const uint8_t *peeked;    /* the block taken last */
	uint64_t last_ns;         /* of the packet before: simple packets have no time */
	uint32_t first_interface; /* interfaces of the sections before */
	uint32_t n_interfaces;
	struct capture_file_interface interface[CAPTURE_INTERFACES_MAX];
	char interface_name[CAPTURE_INTERFACES_MAX][CAPTURE_FILE_NAME_LEN]; /* by their number */

	uint32_t snaplen;
	uint32_t direction;
	struct capture_filter *filter[CAPTURE_LINKS];
	bool has_filter;
	struct capture_stats stats;

	int over; /* the result recv gives for ever */
	char name[CAPTURE_PATH_SHOWN];
	char message[BASE_ERROR_LEN];
	_Alignas(CACHE_LINE) uint8_t buf[CAPTURE_BLOCK_MAX + CAPTURE_FILE_READ];
};

/* Reads the header of the file at f->at; 0, or a negative errno with f->message. */
int capture_classic_begin(struct capture_file *f);
int capture_pcapng_begin(struct capture_file *f);
/* Whether data begins with a magic of pcap. */
bool capture_classic_is(const uint8_t *data, size_t len);

/* Why the file ends at f->at within a record or block; in f->message.  Returns -EPROTO. */
int capture_classic_cut(struct capture_file *f);
int capture_pcapng_cut(struct capture_file *f);

/* Sets f->message to the file's name and the sentence; returns result. */
int capture_file_fail(struct capture_file *f, int result, const char *format, ...)
	BASE_PRINTF(3, 4);

/* The same for a link type the decoder has no row for. */
int capture_file_refuse_link(struct capture_file *f, uint16_t linktype);

/* The row, for readers of memory. */
extern const struct capture_ops capture_pcap_file;

/* The place of f->at in the file. */
static inline uint64_t
capture_file_place(const struct capture_file *f)
{
	return f->base + (uint64_t)(f->at - f->buf);
}

static inline size_t
capture_file_left(const struct capture_file *f)
{
	return (size_t)(f->end - f->at);
}

static inline uint16_t
capture_get16(const uint8_t *p, bool swapped)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t
capture_get32(const uint8_t *p, bool swapped)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap32(v) : v;
}

/* Reads from memory instead of a file; state is zeroed.  Ends like any other with close. */
int capture_file_open_memory(struct capture_file *f, const uint8_t *bytes, size_t len,
			     const struct capture_request *request, char err[BASE_ERROR_LEN]);

/* A link type as files carry it, made one of ours (two old numbers of raw IP). */
uint16_t capture_link_from_file(uint32_t linktype);
/* The DLT_ value libpcap uses for it on this system. */
int capture_link_to_dlt(uint16_t linktype);

#endif
