/* SPDX-License-Identifier: Apache-2.0 */
/* compress_table.c - the compressors this build has. */
#include "sink/compress.h"

#ifdef HAVE_ZSTD
#include <zstd.h>

enum { ZSTD_LEVEL = 1 };

static size_t
zstd_bound(size_t len)
{
	return ZSTD_compressBound(len);
}

static size_t
zstd_piece(const void *in, size_t len, void *out, size_t size)
{
	size_t n = ZSTD_compress(out, size, in, len, ZSTD_LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}
#endif

const struct sink_compress sink_compress_table[] = {
	{ "none", "", NULL, NULL },
#ifdef HAVE_ZSTD
	{ "zstd", ".zst", zstd_bound, zstd_piece },
#endif
	{ NULL, NULL, NULL, NULL },
};
