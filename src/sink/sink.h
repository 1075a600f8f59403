/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where events go.
 *
 * Each configured sink has a thread of its own: it may block on the network or
 * a disk, nobody else may.  A sink receives events already encoded as one line;
 * what it adds is delivery.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/option.h"
#include "event/event.h"

struct sink_request {
	const char *target; /* what stands behind "scheme:" of the URL; "" for "-" */
	const char *sensor_id;
	const char *extension; /* for files of this dialect: "ndjson" or "txt" */
};

struct sink_ops {
	const char *scheme; /* "-" or as in "file:DIR?option=value" */
	const char *summary;
	struct option_group options; /* given as ?name=value&... */
	size_t state_size; /* zeroed state the core allocates; values of options come first in it */

	/* Connects or opens; 0 or negative errno with a sentence in err. */
	int (*open)(void *state, const struct sink_request *request, char err[BASE_ERROR_LEN]);

	/* Takes one line; it may be reused at once.  0, or a negative errno: then *lost is
	 * increased by the events that will not arrive, this one and those accepted before it
	 * that were still on their way.  -EPIPE: nobody will ever read it (closed pipe). */
	int (*write)(void *state, const struct event *ev, const char *line, size_t len,
		     uint64_t *lost);

	/* Sends what is on its way.  Called when the sink's ring is empty and at least once a
	 * second.  *lost as for write. */
	int (*flush)(void *state, uint64_t *lost);

	/* Flushes and closes; *lost as for write. */
	int (*close)(void *state, uint64_t *lost);

	/* A sentence about the latest negative result, naming thing, place, remedy. */
	const char *(*message)(void *state);
};

extern const struct sink_ops *const sink_table[];

struct sink;

/* url: "-", "file:DIR", "file:DIR?rotate_size=64MiB&compress=zstd".  -ENOENT unknown scheme (the
 * nearest is named), -EINVAL bad option, else what open says. */
int sink_open(struct sink **out, const char *url, const char *sensor_id, enum event_dialect dialect,
	      char err[BASE_ERROR_LEN]);
int sink_write(struct sink *s, const struct event *ev, const char *line, size_t len,
	       uint64_t *lost);
int sink_flush(struct sink *s, uint64_t *lost);
int sink_close(struct sink *s, uint64_t *lost); /* NULL is fine */
const char *sink_message(struct sink *s);
const char *sink_name(const struct sink *s); /* the URL without secrets */

#endif
