/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress.h - how a file sink may compress.
 *
 * Each piece becomes a frame of its own, so that a file is readable up to the
 * last complete piece whatever happens to the process.
 */
#ifndef SINK_COMPRESS_H
#define SINK_COMPRESS_H

#include "base/base.h"

struct sink_compress {
	const char *name;   /* value of the option */
	const char *suffix; /* of the file */
	/* Bytes out may need for len bytes. */
	size_t (*bound)(size_t len);
	/* Returns the bytes written to out; 0 on failure. */
	size_t (*compress)(const void *in, size_t len, void *out, size_t size);
};

/* compress_table.c, ended by a row without name; the first is "none". */
extern const struct sink_compress sink_compress_table[];

#endif
