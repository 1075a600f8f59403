/* SPDX-License-Identifier: Apache-2.0 */
/* capture.c - finds the row, owns its state, forwards the calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

struct capture {
	const struct capture_ops *ops;
	void *state;
	void *memory; /* that it lies in */
};

static const struct capture_ops *
find(const char *name)
{
	for (const struct capture_ops *const *row = capture_table; *row; row++)
		if (strcmp((*row)->name, name) == 0)
			return *row;
	return NULL;
}

/* States carry cache-aligned buffers.  Aligned here: in a thread's arena glibc's aligned_alloc does
 * not find again what was freed before, and memory would grow with every file. */
static bool
new_state(struct capture *c, size_t size)
{
	c->memory = calloc(1, size + CACHE_LINE);
	c->state =
		(char *)c->memory + (CACHE_LINE - (uintptr_t)c->memory % CACHE_LINE) % CACHE_LINE;
	return c->memory;
}

int
capture_open(struct capture **out, const char *source, const struct capture_request *request,
	     char err[BASE_ERROR_LEN])
{
	const struct capture_ops *ops = find(source);
	struct capture *c;
	int result;

	if (!ops) {
		snprintf(err, BASE_ERROR_LEN, "this build has no source \"%s\"", source);
		return -EOPNOTSUPP;
	}
	c = calloc(1, sizeof(*c));
	if (!c || !new_state(c, ops->state_size)) {
		free(c);
		snprintf(err, BASE_ERROR_LEN, "no memory for the source \"%s\"", source);
		return -ENOMEM;
	}
	c->ops = ops;
	result = ops->open(c->state, request, err);
	if (result < 0) {
		free(c->memory);
		free(c);
		return result;
	}
	*out = c;
	return 0;
}

int
capture_recv(struct capture *c, struct packet *pkts, int max)
{
	return c->ops->recv(c->state, pkts, max);
}

const char *
capture_message(struct capture *c)
{
	return c->ops->message(c->state);
}

const char *
capture_interface_name(struct capture *c, uint16_t number)
{
	return c->ops->interface_name ? c->ops->interface_name(c->state, number) : NULL;
}

void
capture_get_stats(struct capture *c, struct capture_stats *out)
{
	*out = (struct capture_stats){ 0 };
	c->ops->stats(c->state, out);
}

bool
capture_is_patient(const struct capture *c)
{
	return c->ops->patient;
}

void
capture_close(struct capture *c)
{
	if (!c)
		return;
	c->ops->close(c->state);
	free(c->memory);
	free(c);
}
