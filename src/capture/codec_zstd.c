/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_zstd.c - zstd frames (RFC 8878) through libzstd.
 *
 * The memory of a reader is bounded by libzstd's own limit of the window (128
 * MiB); a frame that wants more is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "capture/codec.h"

enum { ZSTD_LEVEL = 1, FRAME_START = 5 /* bytes to begin with, as ZSTD_initDStream() asks for */ };

struct zstd_reader {
	ZSTD_DStream *stream;
	size_t wanted; /* bytes up to the next thing that can be wrong */
	bool between;  /* no frame begun */
};

static void *
zstd_reader_new(void)
{
	struct zstd_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->stream = ZSTD_createDStream();
	r->between = true;
	if (!r->stream) {
		free(r);
		return NULL;
	}
	r->wanted = FRAME_START;
	return r;
}

static ssize_t
zstd_read(void *reader, struct capture_input *in, uint8_t *out, size_t size)
{
	struct zstd_reader *r = reader;
	/* libzstd gives nothing out of a call that fails: a block and the checksum behind it must
	 * not be in one call. */
	size_t given = in->left < r->wanted ? in->left : r->wanted;
	ZSTD_inBuffer from = { .src = in->at, .size = given };
	ZSTD_outBuffer to = { .dst = out, .size = size };
	size_t result;

	/* Without input a reader between two frames would begin to wait for one.  Within a frame
	 * there may be output left that found no room the last time. */
	if (in->left == 0 && r->between)
		return 0;
	result = ZSTD_decompressStream(r->stream, &to, &from);
	if (ZSTD_isError(result))
		return -EPROTO;
	in->at += from.pos;
	in->left -= from.pos;
	r->between = result == 0;
	r->wanted = result ? result : FRAME_START;
	return (ssize_t)to.pos;
}

static bool
zstd_is_whole(const void *reader)
{
	const struct zstd_reader *r = reader;

	return r->between;
}

static void
zstd_reader_free(void *reader)
{
	struct zstd_reader *r = reader;

	if (r)
		ZSTD_freeDStream(r->stream);
	free(r);
}

static void *
zstd_writer_new(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (c && (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
		  ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)))) {
		ZSTD_freeCCtx(c);
		return NULL;
	}
	return c;
}

static size_t
zstd_bound(size_t size)
{
	return ZSTD_compressBound(size);
}

static ssize_t
zstd_write(void *writer, const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
	size_t n = ZSTD_compress2(writer, out, room, data, size);

	return ZSTD_isError(n) ? -EIO : (ssize_t)n;
}

static void
zstd_writer_free(void *writer)
{
	ZSTD_freeCCtx(writer);
}

const struct capture_codec_ops capture_codec_zstd = {
	.reader_new = zstd_reader_new,
	.read = zstd_read,
	.is_whole = zstd_is_whole,
	.reader_free = zstd_reader_free,
	.writer_new = zstd_writer_new,
	.bound = zstd_bound,
	.write = zstd_write,
	.writer_free = zstd_writer_free,
};
