/* SPDX-License-Identifier: Apache-2.0 */
/* genevents.c - prints events for the schema test: genevents DIALECT N writes the samples of all
 * kinds and N events of arbitrary bytes, the same ones each time. */
#include <stdio.h>
#include <stdlib.h>

#include "event_random.h"
#include "event_samples.h"

static enum event_dialect
dialect_called(const char *name)
{
	static const char *const names[EVENT_DIALECTS] = { "native", "layered", "flow-sample",
							   "line" };

	for (int i = 0; i < EVENT_DIALECTS; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum event_dialect)i;
	return EVENT_DIALECTS;
}

static void
put(struct event_encoder *e, const struct event *ev)
{
	char buf[EVENT_LINE_MAX];

	fwrite(buf, 1, event_encode(e, ev, buf), stdout);
}

int
main(int argc, char **argv)
{
	static const char *const interfaces[] = { "eth0" };
	struct event_encoder_config config = {
		.dialect = argc == 3 ? dialect_called(argv[1]) : EVENT_DIALECTS,
		.kinds = (1u << EVENT_KINDS) - 1,
		.identity = { .sensor_id = "sensor-1",
			      .epoch = 1,
			      .interfaces = interfaces,
			      .n_interfaces = 1 },
	};
	char err[BASE_ERROR_LEN] = "usage: genevents native|layered|flow-sample|line N";
	struct event_encoder *e = NULL;
	uint64_t seed = UINT64_C(88172645463325252);
	struct event ev;

	if (config.dialect != EVENT_DIALECTS)
		e = event_encoder_new(&config, err);
	if (!e) {
		fprintf(stderr, "%s\n", err);
		return 2;
	}
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		sample_event(&ev, kind);
		put(e, &ev);
	}
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		random_bytes(&seed, &ev, sizeof(ev));
		make_legal(&ev);
		/* Addresses of both families, layers that are there, numbers of both sizes. */
		if (i % 2)
			ev.tuple.src = ev.tuple.dst = sample_v4(10, 0, (uint8_t)i, 1);
		if (i % 3 && ev.kind == EVENT_PACKET)
			ev.packet.ip_version = i % 2 ? 4 : 6;
		if (i % 5 == 0)
			ev.tuple.ip_proto = (uint8_t[]){ 6, 17, 1, 58, 132 }[i / 5 % 5];
		put(e, &ev);
	}
	event_encoder_free(e);
	return ferror(stdout) || fflush(stdout) != 0;
}
