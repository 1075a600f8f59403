/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - text for people: made safe for a terminal, and numbers they can read.
 *
 * Every function writes at most size bytes, always terminated, and returns the
 * length written.  size is at least 1.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/base.h"

enum { TEXT_NUMBER = 32, TEXT_QUOTED = 128 };

/* Makes text of any origin safe to print: control characters (C0, DEL, C1), bytes that are not
 * UTF-8 and letters that turn the direction of writing become \xNN per byte, a backslash is
 * doubled.  What does not fit ends in "...". */
size_t text_escape_bytes(char *out, size_t size, const char *in, size_t len);

/* The same for a terminated string. */
size_t text_escape(char *out, size_t size, const char *in);

/* The same, but newlines stay: for messages that point into a text. */
size_t text_escape_lines(char *out, size_t size, const char *in);

/* The same as text to stand between quotes in a message. */
const char *text_quote(char out[TEXT_QUOTED], const char *in);

/* Bytes of the UTF-8 character at in; 0 when there is none (RFC 3629). */
size_t text_utf8(const char *in, size_t len);

/* 1234567 as "1,234,567". */
size_t text_count(char *out, size_t size, uint64_t n);

/* "512 B", "1.50 KiB", "23.4 MiB". */
size_t text_bytes(char *out, size_t size, uint64_t n);

/* Powers of 1000 before the unit: "950 bit/s", "1.23 Mbit/s". */
size_t text_rate(char *out, size_t size, double value, const char *unit);

/* "850 ms", "12.3 s", "4 min 05 s", "2 h 03 min", "5 d 04 h". */
size_t text_duration(char *out, size_t size, uint64_t ns);

/* "2024-05-06 14:23:01.123456 UTC". */
size_t text_time(char *out, size_t size, uint64_t ts_ns);

/* How many single changes (a letter put in, left out, replaced, or two neighbours swapped) lead
 * from a to b; texts longer than 64 letters are as far as it gets. */
size_t text_distance(const char *a, const char *b);

#endif
