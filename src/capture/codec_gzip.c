/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_gzip.c - gzip members (RFC 1952) through zlib.
 *
 * Several members one behind the other are one stream.  What follows the last
 * one and is no member is not ours: gzip(1) ignores it too.
 */
#define ZLIB_CONST /* next_in is const, as it should be */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/codec.h"

enum { GZIP_WINDOW = 15 + 16 }; /* largest window, gzip header */

struct gzip_reader {
	z_stream z;
	bool between; /* no member begun */
	bool ended;   /* something that is no member: the rest is ignored */
};

static void *
gzip_reader_new(void)
{
	struct gzip_reader *r = calloc(1, sizeof(*r));

	if (r && inflateInit2(&r->z, GZIP_WINDOW) != Z_OK) {
		free(r);
		return NULL;
	}
	if (r)
		r->between = true;
	return r;
}

static uInt
clamped(size_t n)
{
	return n < INT_MAX ? (uInt)n : INT_MAX;
}

static ssize_t
gzip_read(void *reader, struct capture_input *in, uint8_t *out, size_t size)
{
	struct gzip_reader *r = reader;
	uInt given = clamped(in->left), room = clamped(size);
	int result;

	if (r->between && in->left > 0 && in->at[0] != 0x1f)
		r->ended = true;
	if (r->ended) {
		in->left = 0;
		return 0;
	}
	if (in->left == 0 && r->between)
		return 0;
	r->between = false;
	r->z.next_in = in->at;
	r->z.avail_in = given;
	r->z.next_out = out;
	r->z.avail_out = room;
	result = inflate(&r->z, Z_NO_FLUSH);
	in->at += given - r->z.avail_in;
	in->left -= given - r->z.avail_in;
	if (result == Z_STREAM_END) {
		r->between = true;
		inflateReset(&r->z);
	} else if (result != Z_OK && result != Z_BUF_ERROR && r->z.avail_out == room) {
		return -EPROTO; /* said again when the bytes before the damage are taken */
	}
	return (ssize_t)(room - r->z.avail_out);
}

static bool
gzip_is_whole(const void *reader)
{
	const struct gzip_reader *r = reader;

	return r->between;
}

static void
gzip_reader_free(void *reader)
{
	struct gzip_reader *r = reader;

	if (r)
		inflateEnd(&r->z);
	free(r);
}

static void *
gzip_writer_new(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z &&
	    deflateInit2(z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

/* deflateBound() wants a stream; this is its bound for any (RFC 1951 stored blocks) plus room
 * for the header and trailer. */
static size_t
gzip_bound(size_t size)
{
	return size + size / 1000 + 1024;
}

static ssize_t
gzip_write(void *writer, const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	z_stream *z = writer;

	z->next_in = data;
	z->avail_in = clamped(size);
	z->next_out = out;
	z->avail_out = clamped(room);
	if (deflate(z, Z_FINISH) != Z_STREAM_END || deflateReset(z) != Z_OK)
		return -EIO;
	return z->next_out - out;
}

static void
gzip_writer_free(void *writer)
{
	z_stream *z = writer;

	if (z)
		deflateEnd(z);
	free(z);
}

const struct capture_codec_ops capture_codec_gzip = {
	.reader_new = gzip_reader_new,
	.read = gzip_read,
	.is_whole = gzip_is_whole,
	.reader_free = gzip_reader_free,
	.writer_new = gzip_writer_new,
	.bound = gzip_bound,
	.write = gzip_write,
	.writer_free = gzip_writer_free,
};
