/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fields.c - any text as --fields and --events.
 *
 * The first byte chooses the dialect.  What is refused has a printable message;
 * what is accepted makes a line of an event.
 */
#include <string.h>

#include "json.h"
#include "pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MAX = 256 };

static void
encode_fields(enum event_dialect dialect, const char *text)
{
	static const struct event ev = { .kind = EVENT_PACKET,
					 .flags = EVENT_HAS_TUPLE | EVENT_HAS_MAC,
					 .tuple.ip_proto = 6 };
	static char line[EVENT_LINE_MAX];
	struct event_encoder_config config = {
		.dialect = dialect,
		.fields = text,
		.identity = { .sensor_id = "fuzz" },
	};
	char err[BASE_ERROR_LEN] = "";
	struct event_encoder *e;
	size_t len;

	config.kinds = event_kinds_parse(text, err);
	pipeline_require(config.kinds || json_is_printable(err, strlen(err), '\0'));
	config.kinds |= 1u << EVENT_PACKET;
	e = event_encoder_new(&config, err);
	if (!e) {
		pipeline_require(err[0] && json_is_printable(err, strlen(err), '\0'));
		return;
	}
	len = event_encode(e, &ev, line);
	pipeline_require(len <= EVENT_LINE_MAX);
	if (len && dialect != EVENT_DIALECT_LINE)
		pipeline_require(json_is_valid(line, len - 1));
	event_encoder_free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[FIELDS_MAX];

	if (size < 1 || size > FIELDS_MAX)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	encode_fields((enum event_dialect)(data[0] % EVENT_DIALECTS), text);
	return 0;
}
