/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec.h - compressed capture files: one row per compression.
 *
 * A row without ops is known by name only: this build lacks its library, or we
 * do not read it at all, and the message can say so.
 *
 * A reader takes a stream apart piece by piece with bounded memory; frames one
 * behind the other are read as one stream.  A writer turns each piece it gets
 * into a frame of its own, so that what lies before a failed write is whole.
 */
#ifndef CAPTURE_CODEC_H
#define CAPTURE_CODEC_H

#include <sys/types.h>

#include "base/base.h"

struct capture_input {
	const uint8_t *at;
	size_t left;
};

struct capture_codec_ops {
	void *(*reader_new)(void);
	/* Takes from in what it can use and returns the bytes put to out; 0 when it wants more
	 * input; -EPROTO when the data is damaged. */
	ssize_t (*read)(void *reader, struct capture_input *in, uint8_t *out, size_t size);
	/* Whether the input may end here: between two frames. */
	bool (*is_whole)(const void *reader);
	void (*reader_free)(void *reader);

	void *(*writer_new)(void);
	size_t (*bound)(size_t size); /* bytes a frame of size bytes may need */
	/* Writes one frame and returns its length; -EIO when the library refuses. */
	ssize_t (*write)(void *writer, const uint8_t *data, size_t size, uint8_t *out, size_t room);
	void (*writer_free)(void *writer);
};

struct capture_codec {
	const char *name;   /* "zstd"; NULL ends the table */
	const char *suffix; /* ".zst" */
	const char *tool;   /* the command that decompresses to standard output */
	uint8_t magic[6];
	uint8_t magic_len;
	const struct capture_codec_ops *ops;
};

extern const struct capture_codec capture_codec_table[];

/* The row whose magic data begins with; NULL when none does. */
const struct capture_codec *capture_codec_by_magic(const uint8_t *data, size_t len);
/* The row whose suffix path ends with; NULL when none does. */
const struct capture_codec *capture_codec_by_suffix(const char *path);

#endif
