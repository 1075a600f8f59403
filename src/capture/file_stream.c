/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_stream.c - the bytes of a capture file, wherever they come from.
 *
 * A regular file is read straight into the caller's buffer.  Compressed input is
 * recognised by its first bytes, never by its name, so it may come from a pipe
 * too.  A pipe is polled, so that its reader can be stopped.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/file.h"

const char *
capture_shown(const char *text, char buf[CAPTURE_PATH_SHOWN])
{
	size_t len = strlen(text);
	size_t n = 0;

	/* Of a long path the end says more than the beginning. */
	if (len >= CAPTURE_PATH_SHOWN) {
		text += len - (CAPTURE_PATH_SHOWN - 4);
		memcpy(buf, "...", 3);
		n = 3;
	}
	for (; *text; text++) {
		buf[n] = *text;
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			buf[n] = '?';
		n++;
	}
	buf[n] = '\0';
	return buf;
}

static int
refuse(int result, char err[BASE_ERROR_LEN], const char *path, const char *why)
{
	char shown[CAPTURE_PATH_SHOWN];

	snprintf(err, BASE_ERROR_LEN, "%s: %s", capture_shown(path, shown), why);
	return result;
}

static int
open_failed(int error, const char *path, char err[BASE_ERROR_LEN])
{
	switch (error) {
	case ENOENT:
		return refuse(-ENOENT, err, path, "there is no such file: check its name");
	case EACCES:
	case EPERM:
		return refuse(-EACCES, err, path,
			      "permission to read it is denied: run as a user who may read it, or "
			      "change its mode");
	default:
		return refuse(-error, err, path, strerror(error));
	}
}

static int
check_kind(struct capture_stream *s, const char *path, bool shared, char err[BASE_ERROR_LEN])
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return open_failed(errno, path, err);
	if (S_ISDIR(st.st_mode))
		return refuse(-EISDIR, err, path, "is a directory: name a capture file in it");
	if (isatty(s->fd))
		return refuse(-EPROTO, err, path,
			      "is a terminal: pipe a capture file into it, as in `... | weir run "
			      "-r -`");
	s->is_pipe = !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
	if (s->is_pipe && shared)
		return refuse(-EOPNOTSUPP, err, path,
			      "can be read only once, and each packet thread reads all of its "
			      "file: use one packet thread");
	if (!s->is_pipe)
		posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int
capture_stream_open(struct capture_stream *s, const char *path, bool shared,
		    char err[BASE_ERROR_LEN])
{
	int result;

	*s = (struct capture_stream){ .fd = STDIN_FILENO };
	if (strcmp(path, "-") == 0) {
		path = "standard input";
		/* Shared even when it is a file: the threads would share its offset. */
		if (shared)
			return refuse(-EOPNOTSUPP, err, path,
				      "can be read only once, and each packet thread reads all of "
				      "its file: use one packet thread");
	} else {
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (s->fd < 0)
			return open_failed(errno, path, err);
		s->is_ours = true;
	}
	result = check_kind(s, path, shared, err);
	if (result < 0)
		capture_stream_close(s);
	return result;
}

void
capture_stream_over(struct capture_stream *s, const uint8_t *bytes, size_t len)
{
	*s = (struct capture_stream){ .fd = -1, .mem = { .at = bytes, .left = len } };
}

/* Bytes as they lie in the file. */
static ssize_t
read_plain(struct capture_stream *s, uint8_t *buf, size_t size)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	ssize_t n;

	if (s->fd < 0) {
		size = size < s->mem.left ? size : s->mem.left;
		if (size > 0)
			memcpy(buf, s->mem.at, size);
		s->mem.at += size;
		s->mem.left -= size;
		return (ssize_t)size;
	}
	if (s->is_pipe && poll(&p, 1, CAPTURE_STREAM_PATIENCE_MS) <= 0)
		return -EAGAIN;
	n = read(s->fd, buf, size);
	if (n >= 0)
		return n;
	return errno == EINTR || errno == EAGAIN ? -EAGAIN : -errno;
}

/* The same, with what capture_stream_begin looked at. */
static ssize_t
read_raw(struct capture_stream *s, uint8_t *buf, size_t size)
{
	size_t n = (size_t)(s->head_len - s->head_at);

	if (n == 0)
		return read_plain(s, buf, size);
	n = n < size ? n : size;
	memcpy(buf, s->head + s->head_at, n);
	s->head_at = (uint8_t)(s->head_at + n);
	return (ssize_t)n;
}

int
capture_stream_begin(struct capture_stream *s, const char *path, char err[BASE_ERROR_LEN])
{
	while (s->head_len < sizeof(s->head)) {
		ssize_t n = read_plain(s, s->head + s->head_len, sizeof(s->head) - s->head_len);

		if (n < 0) {
			return n == -EAGAIN ? -EAGAIN
					    : refuse((int)n, err, path, strerror((int)-n));
		}
		if (n == 0)
			break;
		s->head_len = (uint8_t)(s->head_len + n);
	}
	s->codec = capture_codec_by_magic(s->head, s->head_len);
	if (!s->codec)
		return 0;
	if (!s->codec->ops) {
		char shown[CAPTURE_PATH_SHOWN];

		snprintf(err, BASE_ERROR_LEN,
			 "%s: is compressed with %s, which this build cannot read: use `%s FILE | "
			 "weir run -r -`",
			 capture_shown(path, shown), s->codec->name, s->codec->tool);
		return -EOPNOTSUPP;
	}
	s->reader = s->codec->ops->reader_new();
	s->raw_bytes = malloc(CAPTURE_STREAM_RAW);
	if (!s->reader || !s->raw_bytes)
		return refuse(-ENOMEM, err, path, "no memory to decompress it");
	return 0;
}

static ssize_t
read_compressed(struct capture_stream *s, uint8_t *buf, size_t size)
{
	for (;;) {
		ssize_t n = s->codec->ops->read(s->reader, &s->raw, buf, size);

		if (n != 0)
			return n;
		if (s->raw.left > 0)
			continue;
		if (s->raw_ended)
			return s->codec->ops->is_whole(s->reader) ? 0 : -ENODATA;
		n = read_raw(s, s->raw_bytes, CAPTURE_STREAM_RAW);
		if (n < 0)
			return n;
		s->raw_ended = n == 0;
		s->raw = (struct capture_input){ .at = s->raw_bytes, .left = (size_t)n };
	}
}

ssize_t
capture_stream_read(struct capture_stream *s, uint8_t *buf, size_t size)
{
	return s->codec ? read_compressed(s, buf, size) : read_raw(s, buf, size);
}

void
capture_stream_close(struct capture_stream *s)
{
	if (s->codec && s->codec->ops)
		s->codec->ops->reader_free(s->reader);
	free(s->raw_bytes);
	if (s->is_ours)
		close(s->fd);
	*s = (struct capture_stream){ .fd = -1 };
}
