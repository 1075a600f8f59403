/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - is this JSON?  For fuzz targets; independent of what writes it.
 */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text is one value by RFC 8259: UTF-8, surrogates in pairs, no control character, nothing
 * but the value.  Nesting beyond 16 is refused: no event is that deep. */
bool json_is_valid(const char *text, size_t len);

/* Whether text is UTF-8 (no overlong form, surrogate or value beyond U+10FFFF) that a terminal
 * shows as it is: no control character of either range, but for allowed. */
bool json_is_printable(const char *text, size_t len, char allowed);

#endif
