/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_stream.c - buffered, compressed bytes on their way to a file.
 *
 * Each buffer becomes one compressed frame, so the file may be cut behind any of
 * them and is still whole.  Thread: the writer's; blocks on the disk or the pipe.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "capture/write.h"

/* Writes all of it, or says how much before the error. */
static int
write_all(int fd, const uint8_t *bytes, size_t len, size_t *done)
{
	*done = 0;
	while (*done < len) {
		ssize_t n = write(fd, bytes + *done, len - *done);

		if (n >= 0) {
			*done += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int
capture_write_flush(struct capture_write_stream *s)
{
	const uint8_t *bytes = s->buf;
	size_t len = s->used, done, whole;
	bool at_start = s->written == s->used;
	uint64_t packets = 0;
	int result;

	if (len == 0 || s->fd < 0)
		return 0;
	if (s->codec) {
		ssize_t n =
			s->codec->ops->write(s->compressor, s->buf, s->used, s->packed, s->room);

		if (n < 0)
			return (int)n;
		bytes = s->packed;
		len = (size_t)n;
	}
	result = write_all(s->fd, bytes, len, &done);
	/* What is whole of a frame is nothing or all of it. */
	whole = s->codec && result < 0
			? 0
			: s->whole(s->buf, s->codec ? s->used : done, at_start, &packets);
	if (result < 0 && s->is_regular) {
		off_t size = (off_t)(s->stored + whole);

		/* Should this fail too, the readers find a cut file, which they report. */
		if (ftruncate(s->fd, size) == 0)
			lseek(s->fd, size, SEEK_SET);
	}
	s->stored += result < 0 ? whole : len;
	s->packets += packets;
	s->used = 0;
	return result;
}

uint8_t *
capture_write_room(struct capture_write_stream *s, size_t len, int *result)
{
	uint8_t *room;

	assert(len <= sizeof(s->buf));
	*result = 0;
	if (len > sizeof(s->buf) - s->used) {
		*result = capture_write_flush(s);
		if (*result < 0)
			return NULL;
	}
	room = s->buf + s->used;
	s->used += len;
	s->written += len;
	return room;
}

int
capture_write_close(struct capture_write_stream *s)
{
	int result = capture_write_flush(s);

	/* Some file systems tell a full disk only now. */
	if (s->is_ours && s->fd >= 0 && close(s->fd) < 0 && result == 0)
		result = -errno;
	s->fd = -1;
	return result;
}
