/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdout.c - lines on standard output.
 *
 * Lines are gathered and written in large pieces, at the latest when nothing
 * more is coming.  A closed pipe is final; a full device is tried again with
 * the next piece.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sink/sink.h"

enum { BUFFER = 256 * 1024 };

struct stdout_state {
	size_t used;
	uint64_t events; /* lines in the buffer */
	int error;
	char message[BASE_ERROR_LEN];
	char buffer[BUFFER];
};

static int
stdout_open(void *state, const struct sink_request *request, char err[BASE_ERROR_LEN])
{
	(void)state;
	if (request->target[0]) {
		snprintf(err, BASE_ERROR_LEN, "sink '-' is standard output and takes no target");
		return -EINVAL;
	}
	return 0;
}

static int
failed(struct stdout_state *s, int error)
{
	s->error = -error;
	if (error == EPIPE)
		snprintf(s->message, sizeof(s->message),
			 "standard output was closed by its reader; what follows is counted, not "
			 "written");
	else
		snprintf(s->message, sizeof(s->message),
			 "standard output: %s; write to another place with -o file:DIR",
			 strerror(error));
	return -error;
}

/* Writes the whole buffer; on failure its lines are lost. */
static int
write_out(struct stdout_state *s, uint64_t *lost)
{
	size_t at = 0;

	while (at < s->used) {
		ssize_t n = write(STDOUT_FILENO, s->buffer + at, s->used - at);

		if (n >= 0) {
			at += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

			(void)poll(&p, 1, 1000);
		} else if (errno != EINTR) {
			*lost += s->events;
			s->used = 0;
			s->events = 0;
			return failed(s, errno);
		}
	}
	s->used = 0;
	s->events = 0;
	return 0;
}

static int
stdout_flush(void *state, uint64_t *lost)
{
	struct stdout_state *s = state;

	return s->used > 0 ? write_out(s, lost) : 0;
}

static int
stdout_write(void *state, const struct event *ev, const char *line, size_t len, uint64_t *lost)
{
	struct stdout_state *s = state;

	(void)ev;
	if (s->error == -EPIPE) {
		++*lost;
		return -EPIPE;
	}
	memcpy(s->buffer + s->used, line, len);
	s->used += len;
	s->events++;
	return s->used < BUFFER - EVENT_LINE_MAX ? 0 : write_out(s, lost);
}

static int
stdout_close(void *state, uint64_t *lost)
{
	return stdout_flush(state, lost);
}

static const char *
stdout_message(void *state)
{
	return ((struct stdout_state *)state)->message;
}

const struct sink_ops sink_stdout = {
	.scheme = "-",
	.summary = "Lines on standard output.",
	.options = { .prefix = "", .doc = "No options.", .options = NULL, .n_options = 0 },
	.state_size = sizeof(struct stdout_state),
	.open = stdout_open,
	.write = stdout_write,
	.flush = stdout_flush,
	.close = stdout_close,
	.message = stdout_message,
};
