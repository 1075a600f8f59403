/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_event.c - whatever bytes an event has, every dialect makes a line of it
 * that ends, fits, and is JSON without a name twice; the terminal's line has
 * nothing a terminal obeys.
 *
 * The first byte chooses the kind, the second a list for --fields, the rest is
 * laid over the event from its end backwards, so that short inputs reach texts.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/event_put.h"
#include "event_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const field_lists[] = {
	NULL, "-all", "-packet,-flow", "-all,+dns", "-src_ip,-ip_ip_src,-stats.decode", "-layers",
};

static struct event_encoder *
encoder(enum event_dialect dialect, const char *fields)
{
	static const char *const interfaces[] = { "eth0", "\xff\"\n", NULL };
	struct event_encoder_config config = {
		.dialect = dialect,
		.kinds = (1u << EVENT_KINDS) - 1,
		.fields = fields,
		.colour = false,
		.identity = { .sensor_id = "sensor \"1\" \x1b[2J",
			      .epoch = 7,
			      .interfaces = interfaces,
			      .n_interfaces = ARRAY_LEN(interfaces) },
	};
	char err[BASE_ERROR_LEN];
	struct event_encoder *e = event_encoder_new(&config, err);

	if (!e)
		abort();
	return e;
}

static void
check_json(const char *line, size_t len)
{
	json_t *root;
	json_error_t error;

	root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!root || !json_is_object(root)) {
		fprintf(stderr, "%s at %d: %.*s\n", error.text, error.position, (int)len, line);
		abort();
	}
	json_decref(root);
	for (size_t i = 0; i + 1 < len; i++)
		if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f)
			abort();
}

static void
check_line(const char *line, size_t len)
{
	uint32_t code;

	for (size_t i = 0, n; i + 1 < len; i += n) {
		n = event_put_utf8((const uint8_t *)line + i, len - i, &code);
		if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0) ||
		    (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
			abort();
	}
}

static void
check(struct event_encoder *e, enum event_dialect dialect, const struct event *ev)
{
	char *buf = malloc(EVENT_LINE_MAX);
	size_t len;

	if (!buf)
		return;
	len = event_encode(e, ev, buf);
	if (len >= EVENT_LINE_MAX - EVENT_PUT_SLACK || (len && buf[len - 1] != '\n'))
		abort();
	if (len && dialect == EVENT_DIALECT_LINE)
		check_line(buf, len);
	else if (len)
		check_json(buf, len);
	free(buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_encoder *encoders[EVENT_DIALECTS][ARRAY_LEN(field_lists)];
	struct event *ev, model;
	uint64_t seed;
	size_t list, used;

	if (size < 2)
		return 0;
	list = data[1] % ARRAY_LEN(field_lists);
	seed = data[1] + UINT64_C(88172645463325252);
	random_bytes(&seed, &model, sizeof(model));
	if (data[1] & 0x80)
		memset(&model, 0, sizeof(model));
	model.kind = (uint8_t)(data[0] % EVENT_KINDS);
	size -= 2;
	used = event_size(&model) < size ? event_size(&model) : size;
	memcpy((uint8_t *)&model + event_size(&model) - used, data + 2, used);
	model.kind = data[0];
	make_legal(&model);
	/* As long as the event is, so that reading beyond is seen. */
	ev = malloc(event_size(&model));
	if (!ev)
		return 0;
	memcpy(ev, &model, event_size(&model));
	for (int d = 0; d < EVENT_DIALECTS; d++) {
		if (!encoders[d][list])
			encoders[d][list] = encoder((enum event_dialect)d, field_lists[list]);
		check(encoders[d][list], (enum event_dialect)d, ev);
	}
	free(ev);
	return 0;
}
