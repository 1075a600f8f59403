/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap_write.c - capture files we write: their names, their rotation, their errors.
 *
 * Thread: the writing thread's.  After an error nothing more is written and each
 * put gives the same error; the file is whole up to the last packet it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/file.h"
#include "capture/write.h"

enum { WRITE_FILES_MAX = 100000 };

int
capture_writer_fail(struct capture_writer *w, int result, const char *format, ...)
{
	va_list args;

	if (w->failed < 0)
		return w->failed;
	va_start(args, format);
	vsnprintf(w->message, sizeof(w->message), format, args);
	va_end(args);
	w->failed = result;
	return result;
}

/* A result of the format or the stream; those that have said their sentence keep it. */
static int
outcome(struct capture_writer *w, int result)
{
	char shown[CAPTURE_PATH_SHOWN];

	if (result == 0 || w->failed < 0)
		return w->failed;
	if (result == -EPIPE)
		return capture_writer_fail(
			w, result, "%s: nobody reads it any more; %llu packets were written",
			w->present, (unsigned long long)w->stream.packets);
	return capture_writer_fail(w, result,
				   "%s: writing fails: %s; %llu packets are in it: make room, or "
				   "choose another place with -w",
				   capture_shown(w->present, shown), strerror(-result),
				   (unsigned long long)w->stream.packets);
}

static bool
ends_with(const char *path, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(path + len - n, suffix, n) == 0;
}

/* Finds format and compression by the suffixes of the path. */
static int
judge_name(struct capture_writer *w, char err[BASE_ERROR_LEN])
{
	size_t len = strlen(w->path);
	const struct capture_codec *codec = capture_codec_by_suffix(w->path);
	char shown[CAPTURE_PATH_SHOWN];

	if (codec && !codec->ops) {
		snprintf(err, BASE_ERROR_LEN,
			 "%s: this build cannot write %s: name it .pcap or .pcapng, if you like "
			 "with .gz or .zst behind it",
			 capture_shown(w->path, shown), codec->name);
		return -EOPNOTSUPP;
	}
	w->stream.codec = codec;
	w->stem = codec ? len - strlen(codec->suffix) : len;
	w->format = ends_with(w->path, w->stem, capture_format_pcapng.suffix)
			    ? &capture_format_pcapng
			    : &capture_format_pcap;
	w->stream.whole = w->format->whole;
	if (ends_with(w->path, w->stem, w->format->suffix))
		w->stem -= strlen(w->format->suffix);
	if (!codec)
		return 0;
	w->stream.compressor = codec->ops->writer_new();
	w->stream.room = codec->ops->bound(sizeof(w->stream.buf));
	w->stream.packed = malloc(w->stream.room);
	return w->stream.compressor && w->stream.packed ? 0 : -ENOMEM;
}

static int
open_file(struct capture_writer *w, const char *path, int flags, char err[BASE_ERROR_LEN])
{
	char shown[CAPTURE_PATH_SHOWN];
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600);

	if (fd < 0) {
		int error = errno;

		snprintf(err, BASE_ERROR_LEN, "%s: cannot be written: %s%s",
			 capture_shown(path, shown), strerror(error),
			 error == ENOENT   ? ": its folder must be there"
			 : error == EISDIR ? ": name a file in it"
					   : ": choose another place with -w");
		return -error;
	}
	w->stream.fd = fd;
	w->stream.is_ours = true;
	w->stream.is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	return 0;
}

static int
open_stdout(struct capture_writer *w, char err[BASE_ERROR_LEN])
{
	if (w->rotates) {
		snprintf(err, BASE_ERROR_LEN,
			 "standard output cannot be rotated: name a file with -w");
		return -EINVAL;
	}
	if (isatty(STDOUT_FILENO)) {
		snprintf(err, BASE_ERROR_LEN,
			 "standard output is a terminal: pipe it into a "
			 "program, or name a file with -w");
		return -EINVAL;
	}
	free(w->present);
	w->present = strdup("standard output");
	w->stream.fd = STDOUT_FILENO;
	return w->present ? 0 : -ENOMEM;
}

/* Files with rotation are made when their first packet comes; that they can be is asked now. */
static int
check_folder(const struct capture_writer *w, char err[BASE_ERROR_LEN])
{
	const char *slash = strrchr(w->path, '/');
	char shown[CAPTURE_PATH_SHOWN];
	char *folder = slash ? strndup(w->path, (size_t)(slash - w->path) + 1) : strdup(".");
	int result = 0;

	if (!folder)
		return -ENOMEM;
	if (access(folder, W_OK | X_OK) < 0) {
		result = -errno;
		snprintf(err, BASE_ERROR_LEN,
			 "%s: no files can be made there: %s: choose another "
			 "place with -w",
			 capture_shown(folder, shown), strerror(-result));
	}
	free(folder);
	return result;
}

static int
check_rotation(const struct capture_writer *w, char err[BASE_ERROR_LEN])
{
	if (w->rotate_files > WRITE_FILES_MAX) {
		snprintf(err, BASE_ERROR_LEN, "-W %llu: at most %d files are kept",
			 (unsigned long long)w->rotate_files, WRITE_FILES_MAX);
		return -EINVAL;
	}
	if (w->rotate_files > 0 && !w->rotates) {
		snprintf(err, BASE_ERROR_LEN,
			 "-W says how many files are kept: say with -C or -G "
			 "when one ends");
		return -EINVAL;
	}
	return 0;
}

static int
copy_config(struct capture_writer *w, const struct capture_writer_config *config)
{
	bool has_limit = config->snaplen > 0 && config->snaplen < CAPTURE_WRITE_CAPLEN_MAX;

	w->snaplen = has_limit ? config->snaplen : CAPTURE_WRITE_CAPLEN_MAX;
	w->rotate_bytes = config->rotate_bytes;
	w->rotate_ns = config->rotate_ns;
	w->rotate_files = config->rotate_files;
	w->rotates = w->rotate_bytes > 0 || w->rotate_ns > 0;
	w->stream.fd = -1;
	w->path = strdup(config->path);
	w->present = strdup(config->path);
	w->name = calloc(config->n_interfaces + 1, sizeof(*w->name));
	w->stats = calloc(config->n_interfaces + 1, sizeof(*w->stats));
	if (!w->path || !w->present || !w->name || !w->stats)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_interfaces; i++) {
		w->name[i] = strdup(config->interfaces[i] ? config->interfaces[i] : "");
		if (!w->name[i])
			return -ENOMEM;
		w->n_names = i + 1;
	}
	return 0;
}

static void
free_writer(struct capture_writer *w)
{
	for (size_t i = 0; i < w->n_names; i++)
		free(w->name[i]);
	for (size_t i = 0; w->made && i < w->rotate_files; i++)
		free(w->made[i]);
	if (w->stream.codec && w->stream.compressor)
		w->stream.codec->ops->writer_free(w->stream.compressor);
	free(w->stream.packed);
	free(w->made);
	free(w->stats);
	free(w->name);
	free(w->present);
	free(w->path);
	free(w);
}

static int
set_up(struct capture_writer *w, const struct capture_writer_config *config,
       char err[BASE_ERROR_LEN])
{
	int result = copy_config(w, config);

	if (result == 0)
		result = check_rotation(w, err);
	if (result == 0)
		result = judge_name(w, err);
	if (result < 0)
		return result;
	if (strcmp(w->path, "-") == 0)
		return open_stdout(w, err);
	if (!w->rotates)
		return open_file(w, w->path, 0, err);
	if (w->rotate_files > 0) {
		w->made = calloc(w->rotate_files, sizeof(*w->made));
		if (!w->made)
			return -ENOMEM;
	}
	return check_folder(w, err);
}

int
capture_writer_open(struct capture_writer **out, const struct capture_writer_config *config,
		    char err[BASE_ERROR_LEN])
{
	struct capture_writer *w = calloc(1, sizeof(*w));
	int result = -ENOMEM;

	err[0] = '\0';
	if (w)
		result = set_up(w, config, err);
	if (result < 0) {
		if (result == -ENOMEM)
			snprintf(err, BASE_ERROR_LEN, "no memory to write a capture file");
		if (w)
			free_writer(w);
		return result;
	}
	*out = w;
	return 0;
}

/* Keeps the name of the file made last and removes the one it takes the place of. */
static int
remember(struct capture_writer *w, const char *path)
{
	char **place;

	if (w->rotate_files == 0)
		return 0;
	place = &w->made[w->number % w->rotate_files];
	/* Not there any more is as good as removed. */
	if (*place)
		unlink(*place);
	free(*place);
	*place = strdup(path);
	return *place ? 0 : -ENOMEM;
}

static int
open_next(struct capture_writer *w, uint64_t ts_ns)
{
	time_t s = (time_t)(ts_ns / NS_PER_SEC);
	char when[32], err[BASE_ERROR_LEN];
	struct tm tm;
	char *path;
	int result;

	gmtime_r(&s, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	if (asprintf(&path, "%.*s-%s-%05llu%s", (int)w->stem, w->path, when,
		     (unsigned long long)w->number + 1, w->path + w->stem) < 0)
		return capture_writer_fail(w, -ENOMEM, "no memory for the next capture file");
	free(w->present);
	w->present = path;
	w->written += w->stream.packets;
	w->stream.written = w->stream.stored = w->stream.packets = 0;
	/* Names that can be foretold: nobody shall lead us elsewhere by a link. */
	result = open_file(w, path, O_NOFOLLOW, err);
	if (result < 0)
		return capture_writer_fail(w, result, "%s", err);
	result = remember(w, path);
	if (result < 0)
		return capture_writer_fail(w, result, "no memory for the next capture file");
	w->number++;
	return 0;
}

/* The last words of the present file. */
static int
finish_file(struct capture_writer *w)
{
	int result = w->failed, closed;

	if (w->stream.fd < 0)
		return result;
	if (result == 0 && !w->begun)
		result = w->format->begin(w, NULL);
	if (result == 0)
		result = w->format->end(w);
	closed = capture_write_close(&w->stream);
	w->begun = false;
	return outcome(w, result < 0 ? result : closed);
}

static bool
is_due(const struct capture_writer *w, const struct packet *p)
{
	if (w->rotate_bytes > 0 && w->stream.written > w->rotate_bytes)
		return true;
	return w->rotate_ns > 0 && p->ts_ns >= w->first_ns &&
	       p->ts_ns - w->first_ns >= w->rotate_ns;
}

int
capture_writer_put(struct capture_writer *w, const struct packet *p)
{
	int result = w->failed;

	if (result == 0 && w->rotates && w->begun && is_due(w, p))
		result = finish_file(w);
	if (result == 0 && w->stream.fd < 0)
		result = open_next(w, p->ts_ns);
	if (result == 0 && !w->begun) {
		w->begun = true;
		w->first_ns = p->ts_ns;
		result = w->format->begin(w, p);
	}
	if (result == 0)
		result = w->format->put(w, p);
	w->last_ns = p->ts_ns;
	return outcome(w, result);
}

int
capture_writer_flush(struct capture_writer *w)
{
	return w->failed < 0 ? w->failed : outcome(w, capture_write_flush(&w->stream));
}

void
capture_writer_set_stats(struct capture_writer *w, uint16_t interface, uint64_t received,
			 uint64_t dropped)
{
	if (interface < w->n_names)
		w->stats[interface] = (struct capture_interface_stats){ true, received, dropped };
}

const char *
capture_writer_message(const struct capture_writer *w)
{
	return w->message;
}

uint64_t
capture_writer_written(const struct capture_writer *w)
{
	return w->written + w->stream.packets;
}

int
capture_writer_end(struct capture_writer *w)
{
	return finish_file(w);
}

int
capture_writer_close(struct capture_writer *w)
{
	int result;

	if (!w)
		return 0;
	result = finish_file(w);
	free_writer(w);
	return result;
}
