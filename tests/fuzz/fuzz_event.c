/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_event.c - any event in every dialect, and any text as --fields.
 *
 * Input: a kind, then the event as it lies in memory; what is missing is zero.
 * Values no stage makes (an unknown enum, a text without an end) are part of it:
 * the encoders have to hold on their own.  A kind beyond the last one: a dialect,
 * then a text for --fields and --events; what is accepted encodes one event.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = EVENT_KINDS + 1, FIELDS_MAX = 64 /* an encoder takes long to make */ };

/* Of all values only a bool has bit patterns that are none. */
static void
mend_bools(struct event *ev, const struct event_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].type == EVENT_BOOL) {
			uint8_t *at = (uint8_t *)ev + fields[i].offset;

			*at &= 1;
		}
}

static void
encode(uint8_t kind, const uint8_t *data, size_t size)
{
	static struct event ev;
	const struct event_schema *schema = &event_table[kind];

	memset(&ev, 0, sizeof(ev));
	memcpy(&ev, data, size < sizeof(ev) ? size : sizeof(ev));
	ev.kind = kind;
	if (kind == EVENT_DNS && size > offsetof(struct event, dns.qname)) {
		size_t at = offsetof(struct event, dns.qname);

		event_text(&ev, ev.dns.qname, sizeof(ev.dns.qname), (const char *)data + at,
			   size - at);
		pipeline_require(memchr(ev.dns.qname, '\0', sizeof(ev.dns.qname)) != NULL);
	}
	mend_bools(&ev, event_head_fields, event_n_head_fields);
	mend_bools(&ev, schema->fields, schema->n_fields);
	pipeline_require(pipeline_encode(&ev) > 0);
}

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

	if (size < 2)
		return 0;
	if (data[0] % CHOICES < EVENT_KINDS) {
		encode(data[0] % CHOICES, data + 1, size - 1);
		return 0;
	}
	if (size > FIELDS_MAX)
		return 0;
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	encode_fields((enum event_dialect)(data[1] % EVENT_DIALECTS), text);
	return 0;
}
