/* SPDX-License-Identifier: Apache-2.0 */
/* codec_table.c - every compression we know the name of. */
#include "capture/codec.h"

#ifdef HAVE_GZIP
extern const struct capture_codec_ops capture_codec_gzip;
#define GZIP_OPS &capture_codec_gzip
#else
#define GZIP_OPS NULL
#endif

#ifdef HAVE_ZSTD
extern const struct capture_codec_ops capture_codec_zstd;
#define ZSTD_OPS &capture_codec_zstd
#else
#define ZSTD_OPS NULL
#endif

const struct capture_codec capture_codec_table[] = {
	{ "gzip", ".gz", "gzip -dc", { 0x1f, 0x8b }, 2, GZIP_OPS },
	{ "zstd", ".zst", "zstd -dc", { 0x28, 0xb5, 0x2f, 0xfd }, 4, ZSTD_OPS },
	{ "bzip2", ".bz2", "bzip2 -dc", { 'B', 'Z', 'h' }, 3, NULL },
	{ "xz", ".xz", "xz -dc", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, NULL },
	{ "lz4", ".lz4", "lz4 -dc", { 0x04, 0x22, 0x4d, 0x18 }, 4, NULL },
	{ "zip", ".zip", "unzip -p", { 'P', 'K', 3, 4 }, 4, NULL },
	{ 0 },
};
