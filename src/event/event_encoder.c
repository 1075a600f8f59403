/* SPDX-License-Identifier: Apache-2.0 */
/* event_encoder.c - making an encoder, and choosing what an event becomes. */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "event/event_step.h"

static void
fix_text(struct event_fixed *out, const char *text, size_t len)
{
	/* What is longer is cut where a character begins. */
	if (len == EVENT_NAME_MAX && text[len])
		while (len > EVENT_NAME_MAX - 4 && ((uint8_t)text[len] & 0xc0) == 0x80)
			len--;
	out->raw = false;
	out->len = (uint16_t)(event_put_json(out->text, text, len, &out->raw) - out->text);
}

/* All of the id but the number: sensor-epoch-class-, in hex. */
static void
fix_event_ids(struct event_encoder *e, const struct event_identity *identity)
{
	size_t len = strnlen(identity->sensor_id, sizeof(identity->sensor_id));
	uint64_t sensor = XXH3_64bits(identity->sensor_id, len);

	for (uint32_t class = 0; class < EVENT_CLASSES; class ++) {
		char *p = put_hex(e->event_id[class], sensor, 16);

		*p++ = '-';
		p = put_hex(p, identity->epoch, 8);
		*p++ = '-';
		p = put_hex(p, class + 1, 2);
		*p = '-';
	}
}

static void
fix_flags(struct event_encoder *e)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		char *list = e->flags[flags], *p = list;

		*p++ = '[';
		for (unsigned i = 0; i < 8; i++) {
			if (!(flags >> i & 1))
				continue;
			*p++ = '"';
			p = put_fixed(p, event_tcp_flag_names[i], 3);
			p = put_fixed(p, "\",", 2);
		}
		if (flags)
			p--;
		*p++ = ']';
		list[sizeof(e->flags[0]) - 1] = (char)(p - list);
	}
}

static bool
fix_interfaces(struct event_encoder *e, const struct event_identity *identity)
{
	if (identity->n_interfaces == 0)
		return true;
	e->interface = calloc(identity->n_interfaces, sizeof(*e->interface));
	if (!e->interface)
		return false;
	e->n_interfaces = identity->n_interfaces;
	for (size_t i = 0; i < e->n_interfaces; i++) {
		const char *name = identity->interfaces[i] ? identity->interfaces[i] : "";

		fix_text(&e->interface[i], name, strnlen(name, EVENT_NAME_MAX));
	}
	return true;
}

static bool
compile(struct event_encoder *e, const char *fields)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		bool wanted = e->kinds & 1u << kind, whole = true;

		e->first[kind] = e->n_steps;
		if (wanted && e->dialect == EVENT_DIALECT_NATIVE)
			whole = event_native_compile(e, fields, (enum event_kind)kind);
		if (wanted && e->dialect == EVENT_DIALECT_LAYERED)
			whole = event_layered_compile(e, fields, (enum event_kind)kind);
		if (!whole)
			return false;
	}
	e->first[EVENT_KINDS] = e->n_steps;
	return true;
}

struct event_encoder *
event_encoder_new(const struct event_encoder_config *config, char err[BASE_ERROR_LEN])
{
	struct event_encoder *e;

	if (!event_fields_check(config->fields, err))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		goto failed;
	e->dialect = config->dialect;
	e->kinds = config->kinds & event_dialect_kinds(config->dialect);
	e->colour = config->colour;
	e->seed = config->identity.community_seed;
	e->quarter = INT64_MIN;
	event_put_init(&e->put);
	fix_event_ids(e, &config->identity);
	fix_text(&e->sensor, config->identity.sensor_id,
		 strnlen(config->identity.sensor_id, sizeof(config->identity.sensor_id)));
	fix_flags(e);
	e->step = aligned_alloc(CACHE_LINE, EVENT_STEPS * sizeof(*e->step));
	e->cache = aligned_alloc(CACHE_LINE, EVENT_CACHE * sizeof(*e->cache));
	if (!e->step || !e->cache || !fix_interfaces(e, &config->identity) ||
	    !compile(e, config->fields))
		goto failed;
	/* Pages that are read before they are written cost a fault more each, and the other threads
	 * an interrupt. */
	memset(e->cache, 0, EVENT_CACHE * sizeof(*e->cache));
	return e;
failed:
	event_encoder_free(e);
	snprintf(err, BASE_ERROR_LEN, "not enough memory for the output of events");
	return NULL;
}

void
event_encoder_free(struct event_encoder *e)
{
	if (!e)
		return;
	free(e->step);
	free(e->cache);
	free(e->interface);
	free(e);
}

size_t
event_encode(struct event_encoder *e, const struct event *ev, char buf[EVENT_LINE_MAX])
{
	if (!(e->kinds & 1u << ev->kind))
		return 0;
	switch (e->dialect) {
	case EVENT_DIALECT_FLOW_SAMPLE:
		return event_sample_encode(e, ev, buf);
	case EVENT_DIALECT_LINE:
		return event_line_encode(e, ev, buf);
	default:
		return (size_t)(event_run(e, ev, buf) - buf);
	}
}
