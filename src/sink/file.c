/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - lines in files of a folder, a new file by size and by time.
 *
 * A file is named after the sensor, the time of its first event in UTC and a
 * number: weir-SENSOR-20261120T134150Z-0001.ndjson[.zst].  Lines are written in
 * pieces that end with a newline.  A piece that cannot be written whole is cut
 * off again, so that a file always ends with a complete line; its events are
 * counted as lost, and the next piece tries anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sink/compress.h"
#include "sink/sink.h"

enum { BUFFER = 256 * 1024, MAX_DIR = 2048, MAX_NAME = 256, MAX_TRIES = 10000 };

struct file_options {
	uint64_t rotate_size, rotate_time_ns;
	char compress[16];
};

struct file_state {
	struct file_options options; /* first: bound by the core */
	const struct sink_compress *compress;
	char dir[MAX_DIR];
	char prefix[MAX_NAME]; /* weir-SENSOR */
	char extension[16];
	char name[MAX_NAME * 2]; /* of the open file */
	int dir_fd, fd;
	uint64_t written;  /* bytes in the open file */
	uint64_t first_ns; /* time of the open file's first event */
	uint32_t number;
	size_t used;
	uint64_t events; /* in the buffer */
	char *packed;
	size_t packed_size;
	char message[BASE_ERROR_LEN];
	char buffer[BUFFER];
};

#define AT(member) offsetof(struct file_options, member)

static const struct option file_options[] = {
	{ "rotate_size", OPTION_SIZE, AT(rotate_size), 0, 0, 0, NULL, "256MiB",
	  "Begin a new file when this many bytes were written; 0: never." },
	{ "rotate_time", OPTION_DURATION, AT(rotate_time_ns), 0, 0, 0, NULL, "1h",
	  "Begin a new file when its events span this time; 0: never." },
	{ "compress", OPTION_STRING, AT(compress), 16, 0, 0, NULL, "none",
	  "Compress each piece: none or zstd." },
};

static int
find_compressor(struct file_state *s, char err[BASE_ERROR_LEN])
{
	for (const struct sink_compress *row = sink_compress_table; row->name; row++)
		if (strcmp(row->name, s->options.compress) == 0) {
			s->compress = row;
			return 0;
		}
	snprintf(err, BASE_ERROR_LEN,
		 "sink 'file': compress=%s is not in this build; use compress=none",
		 s->options.compress);
	return -EINVAL;
}

/* What may stand in a file name; everything else becomes '_'. */
static void
put_safe_name(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
	for (; *out; out++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
			    *out))
			*out = '_';
}

static int
file_open(void *state, const struct sink_request *request, char err[BASE_ERROR_LEN])
{
	struct file_state *s = state;
	char sensor[MAX_NAME - 8];
	int result = find_compressor(s, err);

	s->dir_fd = s->fd = -1;
	if (result < 0)
		return result;
	if (!request->target[0] || strlen(request->target) >= sizeof(s->dir)) {
		snprintf(err, BASE_ERROR_LEN, "sink 'file' needs a folder: -o file:DIR");
		return -EINVAL;
	}
	snprintf(s->dir, sizeof(s->dir), "%s", request->target);
	put_safe_name(sensor, sizeof(sensor), request->sensor_id);
	snprintf(s->prefix, sizeof(s->prefix), "weir-%s", sensor);
	snprintf(s->extension, sizeof(s->extension), "%s", request->extension);
	if (mkdir(s->dir, 0700) < 0 && errno != EEXIST)
		goto failed;
	s->dir_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0 || faccessat(s->dir_fd, ".", W_OK, 0) < 0)
		goto failed;
	if (s->compress->bound) {
		s->packed_size = s->compress->bound(BUFFER);
		s->packed = malloc(s->packed_size);
		if (!s->packed)
			goto failed;
	}
	return 0;
failed:
	result = -errno;
	snprintf(err, BASE_ERROR_LEN,
		 "cannot write into folder '%s': %s; name another with -o file:DIR", s->dir,
		 strerror(-result));
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	return result;
}

/* A file of that name may be left from a run in the same second: the number goes on. */
static int
begin_file(struct file_state *s, uint64_t ts_ns)
{
	time_t seconds = (time_t)(ts_ns / NS_PER_SEC);
	char when[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	for (int i = 0; i < MAX_TRIES; i++) {
		snprintf(s->name, sizeof(s->name), "%s-%s-%04u.%s%s", s->prefix, when, ++s->number,
			 s->extension, s->compress->suffix);
		s->fd = openat(s->dir_fd, s->name,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (s->fd >= 0 || errno != EEXIST)
			break;
	}
	s->written = 0;
	s->first_ns = ts_ns;
	return s->fd >= 0 ? 0 : -errno;
}

static int
failed(struct file_state *s, int error, uint64_t *lost)
{
	snprintf(s->message, sizeof(s->message),
		 "cannot write '%s/%s': %s; free some room or name another folder with -o file:DIR",
		 s->dir, s->name, strerror(-error));
	*lost += s->events;
	s->events = 0;
	s->used = 0;
	return error;
}

static int
write_whole(struct file_state *s, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = write(s->fd, data + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = -errno;

			/* Nothing is left of a piece that is not whole. */
			if (ftruncate(s->fd, (off_t)s->written) == 0)
				(void)lseek(s->fd, (off_t)s->written, SEEK_SET);
			return error;
		}
		at += (size_t)n;
	}
	s->written += len;
	return 0;
}

static int
write_out(struct file_state *s, uint64_t *lost)
{
	const char *data = s->buffer;
	size_t len = s->used;
	int result;

	if (len == 0)
		return 0;
	if (s->compress->compress) {
		len = s->compress->compress(data, len, s->packed, s->packed_size);
		data = s->packed;
	}
	result = s->fd < 0 ? -EBADF : len == 0 ? -ENOMEM : write_whole(s, data, len);
	if (result < 0)
		return failed(s, result, lost);
	s->used = 0;
	s->events = 0;
	return 0;
}

static int
end_file(struct file_state *s, uint64_t *lost)
{
	int result = write_out(s, lost);

	if (s->fd >= 0 && fdatasync(s->fd) < 0 && result == 0) {
		result = -errno;
		snprintf(s->message, sizeof(s->message), "cannot make '%s/%s' durable: %s", s->dir,
			 s->name, strerror(errno));
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return result;
}

static bool
is_full(const struct file_state *s, uint64_t ts_ns)
{
	const struct file_options *o = &s->options;

	return (o->rotate_size && s->written + s->used >= o->rotate_size) ||
	       (o->rotate_time_ns && ts_ns > s->first_ns &&
		ts_ns - s->first_ns >= o->rotate_time_ns);
}

static int
file_write(void *state, const struct event *ev, const char *line, size_t len, uint64_t *lost)
{
	struct file_state *s = state;
	int result = 0;

	if (s->fd >= 0 && is_full(s, ev->ts_ns))
		result = end_file(s, lost);
	if (s->fd < 0) {
		int begun = begin_file(s, ev->ts_ns);

		if (begun < 0) {
			s->events++;
			return failed(s, begun, lost);
		}
	}
	memcpy(s->buffer + s->used, line, len);
	s->used += len;
	s->events++;
	if (s->used >= BUFFER - EVENT_LINE_MAX) {
		int written = write_out(s, lost);

		result = result < 0 ? result : written;
	}
	return result;
}

static int
file_flush(void *state, uint64_t *lost)
{
	return write_out(state, lost);
}

static int
file_close(void *state, uint64_t *lost)
{
	struct file_state *s = state;
	int result = end_file(s, lost);

	close(s->dir_fd);
	free(s->packed);
	return result;
}

static const char *
file_message(void *state)
{
	return ((struct file_state *)state)->message;
}

const struct sink_ops sink_file = {
	.scheme = "file",
	.summary = "Lines in files of a folder: "
		   "file:DIR?rotate_size=256MiB&rotate_time=1h&compress=zstd.",
	.options = { .prefix = "sink.file",
		     .doc = "Files of lines.",
		     .options = file_options,
		     .n_options = ARRAY_LEN(file_options),
		     .size = sizeof(struct file_options) },
	.state_size = sizeof(struct file_state),
	.open = file_open,
	.write = file_write,
	.flush = file_flush,
	.close = file_close,
	.message = file_message,
};
