/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - filling in events. */
#include "event/event.h"

#include <string.h>

/* Bytes of the character before at that its end would cut off; 0: at is a boundary. */
static size_t
cut_off(const char *field, size_t at)
{
	size_t n = 0;

	while (n < 3 && n < at && ((uint8_t)field[at - 1 - n] & 0xc0) == 0x80)
		n++;
	if (n < at && (uint8_t)field[at - 1 - n] >= 0xc0)
		return n + 1;
	return 0;
}

void
event_text(struct event *ev, char *field, size_t size, const char *text, size_t len)
{
	size_t at = 0, i = 0;

	/* Nearly all text fits and has no zero byte. */
	if (len < size && !memchr(text, '\0', len)) {
		memcpy(field, text, len);
		field[len] = '\0';
		return;
	}
	for (; i < len; i++) {
		size_t need = text[i] ? 1 : 2;

		if (at + need >= size)
			break;
		if (text[i]) {
			field[at++] = text[i];
		} else {
			field[at++] = (char)0xc0;
			field[at++] = (char)0x80;
		}
	}
	if (i < len) {
		ev->flags |= EVENT_CUT;
		/* A character is cut where the byte that does not fit continues it. */
		if (((uint8_t)text[i] & 0xc0) == 0x80)
			at -= cut_off(field, at);
	}
	field[at] = '\0';
}
