/* SPDX-License-Identifier: Apache-2.0 */
/* codec.c - finds the row of a compression. */
#include <string.h>

#include "capture/codec.h"

const struct capture_codec *
capture_codec_by_magic(const uint8_t *data, size_t len)
{
	for (const struct capture_codec *c = capture_codec_table; c->name; c++)
		if (len >= c->magic_len && memcmp(data, c->magic, c->magic_len) == 0)
			return c;
	return NULL;
}

const struct capture_codec *
capture_codec_by_suffix(const char *path)
{
	size_t len = strlen(path);

	for (const struct capture_codec *c = capture_codec_table; c->name; c++) {
		size_t n = strlen(c->suffix);

		if (len > n && strcmp(path + len - n, c->suffix) == 0)
			return c;
	}
	return NULL;
}
