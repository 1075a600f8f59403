/* SPDX-License-Identifier: Apache-2.0 */
/* note.c - a small bounded queue under a lock; never used on the path of a packet. */
#include "app/note.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTES = 64 };

struct note_box {
	pthread_mutex_t lock;
	int fd;
	size_t first, n;
	uint64_t lost;
	struct {
		enum note_level level;
		char text[BASE_ERROR_LEN];
	} note[NOTES];
};

struct note_box *
note_new(int fd)
{
	struct note_box *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->fd = fd;
	if (pthread_mutex_init(&b->lock, NULL) != 0) {
		free(b);
		return NULL;
	}
	return b;
}

void
note_free(struct note_box *b)
{
	if (!b)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void
note_put(struct note_box *b, enum note_level level, const char *format, ...)
{
	static const uint64_t one = 1;
	va_list args;
	size_t at;

	pthread_mutex_lock(&b->lock);
	if (b->n == NOTES) {
		b->lost++;
	} else {
		at = (b->first + b->n++) % NOTES;
		b->note[at].level = level;
		va_start(args, format);
		vsnprintf(b->note[at].text, sizeof(b->note[at].text), format, args);
		va_end(args);
	}
	pthread_mutex_unlock(&b->lock);
	/* A full eventfd is awake already. */
	if (b->fd >= 0 && write(b->fd, &one, sizeof(one)) < 0)
		return;
}

bool
note_take(struct note_box *b, enum note_level *level, char text[BASE_ERROR_LEN])
{
	bool found = true;

	pthread_mutex_lock(&b->lock);
	if (b->n > 0) {
		*level = b->note[b->first].level;
		memcpy(text, b->note[b->first].text, BASE_ERROR_LEN);
		b->first = (b->first + 1) % NOTES;
		b->n--;
	} else if (b->lost > 0) {
		*level = NOTE_WARNING;
		snprintf(text, BASE_ERROR_LEN, "%llu more messages were not kept",
			 (unsigned long long)b->lost);
		b->lost = 0;
	} else {
		found = false;
	}
	pthread_mutex_unlock(&b->lock);
	return found;
}
