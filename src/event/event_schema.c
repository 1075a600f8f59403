/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_schema.c - JSON Schema (2020-12) of the dialects, from the same rows the
 * writers use.
 *
 * Strict: nothing that is not described may be there, and what is always written
 * is required (--fields takes away what it takes away).
 */
#include <stdio.h>
#include <stdlib.h>

#include "event/event_step.h"

enum { REQUIRED = 2048 };

#define SCHEMA_HEAD  "{\n\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
#define TIME_PATTERN "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{9}Z$\""
#define TCP_FLAGS    "\"FIN\", \"SYN\", \"RST\", \"PSH\", \"ACK\", \"URG\", \"ECE\", \"CWR\""
#define DNS_FLAGS    "\"AA\", \"TC\", \"RD\", \"RA\", \"Z\", \"AD\", \"CD\""
#define SET_OF(names)                                                                              \
	"\"type\": \"array\", \"uniqueItems\": true, \"items\": {\"enum\": [" names "]}"
#define ID_PATTERN "\"^[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{2}-[0-9a-f]{14}$\""

/* Objects that are open: their names and what they require. */
struct schema {
	FILE *out;
	size_t depth;
	char open[EVENT_PATH];
	bool any[EVENT_DEPTH];
	char required[EVENT_DEPTH][REQUIRED];
};

static const char wide_number[] =
	"\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"maximum\": 9007199254740992, "
	"\"pattern\": \"^[0-9]{16,20}$\"";
static const char time_text[] =
	"\"type\": \"string\", \"format\": \"date-time\", \"pattern\": " TIME_PATTERN;
static const char id_text[] = "\"type\": \"string\", \"pattern\": " ID_PATTERN;
static const char tcp_flags_text[] = SET_OF(TCP_FLAGS);
static const char dns_flags_text[] = SET_OF(DNS_FLAGS);
static const char this_version[] = "\"const\": \"" EVENT_SCHEMA_VERSION "\"";

static const char *const type_text[EVENT_TYPES] = {
	[EVENT_U8] = "\"type\": \"integer\", \"minimum\": 0, \"maximum\": 255",
	[EVENT_U16] = "\"type\": \"integer\", \"minimum\": 0, \"maximum\": 65535",
	[EVENT_U32] = "\"type\": \"integer\", \"minimum\": 0, \"maximum\": 4294967295",
	[EVENT_U64] = wide_number,
	[EVENT_BOOL] = "\"type\": \"boolean\"",
	[EVENT_TIME] = time_text,
	[EVENT_DURATION] = "\"type\": \"number\", \"minimum\": 0",
	[EVENT_USEC] = "\"type\": \"number\", \"minimum\": 0",
	[EVENT_TEXT] = "\"type\": \"string\"",
	[EVENT_ADDR] = "\"type\": \"string\", \"pattern\": \"^[0-9a-f:.]{2,45}$\"",
	[EVENT_MAC] = "\"type\": \"string\", \"pattern\": \"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$\"",
	[EVENT_TCP_FLAGS] = tcp_flags_text,
	[EVENT_HEX16] = "\"type\": \"string\", \"pattern\": \"^0x[0-9a-f]{4}$\"",
	[EVENT_TEXTS] = "\"type\": \"array\", \"items\": {\"type\": \"string\"}",
};

static const char *const special_text[EVENT_SPECIALS] = {
	[EVENT_SPECIAL_SCHEMA_VERSION] = this_version,
	[EVENT_SPECIAL_EVENT_ID] = id_text,
	[EVENT_SPECIAL_SENSOR_ID] = "\"type\": \"string\"",
	[EVENT_SPECIAL_COMMUNITY_ID] =
		"\"type\": \"string\", \"pattern\": \"^1:[A-Za-z0-9+/]{27}=$\"",
	[EVENT_SPECIAL_PROTOCOL] = "\"type\": \"string\", \"pattern\": \"^[A-Z0-9-]+$\"",
	[EVENT_SPECIAL_DIRECTION] =
		"\"enum\": [\"inbound\", \"outbound\", \"internal\", \"external\"]",
	[EVENT_SPECIAL_INTERFACE] = "\"type\": \"string\"",
	[EVENT_SPECIAL_TRUE] = "\"const\": true",
	[EVENT_SPECIAL_FINAL] = "\"type\": \"boolean\"",
	[EVENT_SPECIAL_FLOW_DURATION] = "\"type\": \"number\", \"minimum\": 0",
	[EVENT_SPECIAL_GAP] = "\"type\": \"number\", \"minimum\": 0",
	[EVENT_SPECIAL_QTYPE] = "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\"",
	[EVENT_SPECIAL_RCODE] = "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\"",
	[EVENT_SPECIAL_OPCODE] = "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\"",
	[EVENT_SPECIAL_DNS_FLAGS] = dns_flags_text,
	[EVENT_SPECIAL_ARP_OP] = "\"type\": \"string\"",
	[EVENT_SPECIAL_ICMP_NAME] = "\"type\": \"string\"",
	[EVENT_SPECIAL_QUOTED_PROTOCOL] = "\"type\": \"string\", \"pattern\": \"^[A-Z0-9-]+$\"",
	[EVENT_SPECIAL_ENC_RAW] =
		"\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\"}",
};

static void
require(struct schema *s, const char *name, size_t len)
{
	char *list = s->required[s->depth];
	size_t n = strlen(list);

	if (n + len + 5 < REQUIRED)
		snprintf(list + n, REQUIRED - n, "%s\"%.*s\"", n ? ", " : "", (int)len, name);
}

static void
member(struct schema *s, const char *name, size_t len)
{
	fprintf(s->out, "%s\n\"%.*s\": {", s->any[s->depth] ? "," : "", (int)len, name);
	s->any[s->depth] = true;
}

static void
begin_object(struct schema *s)
{
	fprintf(s->out, "\"type\": \"object\", \"properties\": {");
	s->any[s->depth] = false;
	s->required[s->depth][0] = '\0';
}

static void
end_object(struct schema *s)
{
	fprintf(s->out, "\n}, ");
	if (s->required[s->depth][0])
		fprintf(s->out, "\"required\": [%s], ", s->required[s->depth]);
	fprintf(s->out, "\"additionalProperties\": false}");
}

/* Closes and opens objects until the one that path is a member of is open. */
static void
go_to(struct schema *s, const char *path)
{
	size_t len;

	while ((len = strlen(s->open)) > 0 &&
	       !(strncmp(path, s->open, len) == 0 && path[len] == '.')) {
		char *dot = strrchr(s->open, '.'), *name = dot ? dot + 1 : s->open;
		bool required = s->required[s->depth][0];

		end_object(s);
		s->depth--;
		if (required)
			require(s, name, strlen(name));
		*(dot ? dot : s->open) = '\0';
	}
	for (;;) {
		const char *name = path + len + (len > 0), *dot = strchr(name, '.');

		if (!dot || s->depth + 1 == EVENT_DEPTH)
			return;
		member(s, name, (size_t)(dot - name));
		s->depth++;
		begin_object(s);
		len = (size_t)(dot - path);
		memcpy(s->open, path, len);
		s->open[len] = '\0';
	}
}

static void
put_type(struct schema *s, const struct event_field *f, enum event_kind kind)
{
	if (f->type == EVENT_ENUM) {
		fprintf(s->out, "\"enum\": [");
		for (size_t i = 0; f->names[i]; i++)
			fprintf(s->out, "%s\"%s\"", i ? ", " : "", f->names[i]);
		fprintf(s->out, "]");
	} else if (f->type != EVENT_SPECIAL) {
		fprintf(s->out, "%s", type_text[f->type]);
	} else if (f->offset >= EVENT_SPECIAL_RESIDUAL) {
		fprintf(s->out, "\"type\": [\"integer\", \"string\"], \"pattern\": "
				"\"^-?[0-9]{16,20}$\"");
	} else if (f->offset == EVENT_SPECIAL_TYPE) {
		fprintf(s->out, "\"const\": \"%s\"", event_table[kind].name);
	} else {
		fprintf(s->out, "%s", special_text[f->offset]);
	}
}

static void
put_kind(struct schema *s, enum event_kind kind)
{
	struct event_row row;

	fprintf(s->out, "\"%s\": {\"description\": \"%s\", ", event_table[kind].name,
		event_table[kind].doc);
	begin_object(s);
	for (size_t i = 0; event_row_at(i, &row); i++) {
		const char *dot = strrchr(row.path, '.'), *name = dot ? dot + 1 : row.path;

		if (!event_row_applies(&row, kind))
			continue;
		go_to(s, row.path);
		member(s, name, strlen(name));
		put_type(s, &row.field, kind);
		fprintf(s->out, ", \"description\": \"%s\"}", row.field.doc);
		if (row.field.when == EVENT_ALWAYS)
			require(s, name, strlen(name));
	}
	go_to(s, "");
	end_object(s);
}

static void
put_native(struct schema *s)
{
	fprintf(s->out,
		SCHEMA_HEAD "\"$id\": \"urn:weir:event:native:%s\",\n\"title\": \"weir event, "
			    "native dialect\",\n"
			    "\"oneOf\": [",
		EVENT_SCHEMA_VERSION);
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		fprintf(s->out, "%s{\"$ref\": \"#/$defs/%s\"}", kind ? ", " : "",
			event_table[kind].name);
	fprintf(s->out, "],\n\"$defs\": {\n");
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		put_kind(s, (enum event_kind)kind);
		fprintf(s->out, kind + 1 < EVENT_KINDS ? ",\n" : "\n");
	}
	fprintf(s->out, "}\n}\n");
}

static void
put_text_member(struct schema *s, const char *name, const char *type, bool required)
{
	member(s, name, strlen(name));
	fprintf(s->out, "%s}", type);
	if (required)
		require(s, name, strlen(name));
}

static void
put_layered(struct schema *s)
{
	char path[2 * EVENT_PATH];

	fprintf(s->out,
		SCHEMA_HEAD "\"$id\": \"urn:weir:event:layered:%s\",\n\"title\": \"weir event, "
			    "layered dialect\",\n",
		EVENT_SCHEMA_VERSION);
	begin_object(s);
	put_text_member(s, "timestamp", "\"type\": \"string\", \"pattern\": \"^[0-9]+$\"", true);
	put_text_member(s, "schema_version", special_text[EVENT_SPECIAL_SCHEMA_VERSION], true);
	put_text_member(s, "event_id", special_text[EVENT_SPECIAL_EVENT_ID], true);
	put_text_member(s, "sensor_id", special_text[EVENT_SPECIAL_SENSOR_ID], true);
	put_text_member(s, "enc_raw", special_text[EVENT_SPECIAL_ENC_RAW], false);
	for (size_t i = 0; i < event_n_layer_rows; i++) {
		const struct event_layer_row *row = &event_layer_rows[i];
		bool both = event_layer_applies(row, EVENT_PACKET) &&
			    event_layer_applies(row, EVENT_DNS);

		snprintf(path, sizeof(path), "layers.%s.%s", row->layer, row->name);
		go_to(s, path);
		member(s, row->name, strlen(row->name));
		fprintf(s->out, "\"type\": \"%s\"}", row->type);
		if (both && row->when == EVENT_ALWAYS)
			require(s, row->name, strlen(row->name));
	}
	go_to(s, "");
	end_object(s);
	fprintf(s->out, "\n");
}

static void
put_sample(struct schema *s)
{
	static const char *const counts[] = { "total_packets",   "total_bytes",   "forward_packets",
					      "reverse_packets", "forward_bytes", "reverse_bytes" };
	static const char *const numbers[] = { "duration_seconds", "mean_packet_size",
					       "packets_per_second", "bytes_per_second",
					       "inter_arrival_seconds" };

	fprintf(s->out,
		SCHEMA_HEAD "\"$id\": \"urn:weir:event:flow-sample:%s\",\n"
			    "\"title\": \"weir event, flow-sample dialect\",\n",
		EVENT_SCHEMA_VERSION);
	begin_object(s);
	put_text_member(s, "event_type", "\"const\": \"network_flow_sample\"", true);
	put_text_member(s, "timestamp", type_text[EVENT_TIME], true);
	put_text_member(s, "schema_version", special_text[EVENT_SPECIAL_SCHEMA_VERSION], true);
	put_text_member(s, "event_id", special_text[EVENT_SPECIAL_EVENT_ID], true);
	put_text_member(s, "sensor_id", special_text[EVENT_SPECIAL_SENSOR_ID], true);
	put_text_member(s, "flow_id", type_text[EVENT_U64], false);
	put_text_member(s, "community_id", special_text[EVENT_SPECIAL_COMMUNITY_ID], true);
	go_to(s, "flow_key.src_ip");
	put_text_member(s, "src_ip", type_text[EVENT_ADDR], true);
	put_text_member(s, "dst_ip", type_text[EVENT_ADDR], true);
	put_text_member(s, "src_port", type_text[EVENT_U16], true);
	put_text_member(s, "dst_port", type_text[EVENT_U16], true);
	put_text_member(s, "protocol", special_text[EVENT_SPECIAL_PROTOCOL], true);
	go_to(s, "packet_size_bytes");
	put_text_member(s, "packet_size_bytes", type_text[EVENT_U32], true);
	go_to(s, "aggregate_metrics.total_packets");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		put_text_member(s, counts[i], type_text[EVENT_U64], true);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		put_text_member(s, numbers[i], type_text[EVENT_DURATION], true);
	/* A packet that got no flow has no aggregates: the object itself is not required. */
	end_object(s);
	s->depth--;
	s->open[0] = '\0';
	put_text_member(s, "enc_raw", special_text[EVENT_SPECIAL_ENC_RAW], false);
	end_object(s);
	fprintf(s->out, "\n");
}

char *
event_schema_json(enum event_dialect dialect)
{
	static void (*const writers[EVENT_DIALECTS])(struct schema *) = {
		[EVENT_DIALECT_NATIVE] = put_native,
		[EVENT_DIALECT_LAYERED] = put_layered,
		[EVENT_DIALECT_FLOW_SAMPLE] = put_sample,
	};
	struct schema s = { .depth = 0 };
	char *text = NULL;
	size_t len;

	if (!writers[dialect])
		return NULL;
	s.out = open_memstream(&text, &len);
	if (!s.out)
		return NULL;
	writers[dialect](&s);
	if (fclose(s.out) == 0)
		return text;
	free(text);
	return NULL;
}
