/* SPDX-License-Identifier: Apache-2.0 */
/* event_markdown.c - lists of the fields and counters for people: `weir list fields` and docs/. */
#include <stdio.h>
#include <stdlib.h>

#include "event/event_step.h"

static const char *const type_names[EVENT_TYPES] = {
	[EVENT_U8] = "integer",      [EVENT_U16] = "integer",  [EVENT_U32] = "integer",
	[EVENT_U64] = "integer",     [EVENT_BOOL] = "boolean", [EVENT_TIME] = "time",
	[EVENT_DURATION] = "number", [EVENT_USEC] = "number",  [EVENT_TEXT] = "string",
	[EVENT_ADDR] = "address",    [EVENT_MAC] = "MAC",      [EVENT_ENUM] = "name",
	[EVENT_TCP_FLAGS] = "list",  [EVENT_HEX16] = "hex",    [EVENT_SPECIAL] = "string",
	[EVENT_TEXTS] = "list",
};

static const char *
type_name(const struct event_field *f)
{
	if (f->type != EVENT_SPECIAL)
		return type_names[f->type];
	if (f->offset >= EVENT_SPECIAL_RESIDUAL)
		return "integer";
	switch (f->offset) {
	case EVENT_SPECIAL_TRUE:
	case EVENT_SPECIAL_FINAL:
		return "boolean";
	case EVENT_SPECIAL_FLOW_DURATION:
	case EVENT_SPECIAL_GAP:
		return "number";
	case EVENT_SPECIAL_DNS_FLAGS:
	case EVENT_SPECIAL_ENC_RAW:
		return "list";
	default:
		return "string";
	}
}

static char *
finish(FILE *out, char **text)
{
	if (fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

static const char *
kind_of(const struct event_row *row)
{
	return row->kind < 0 ? "all" : event_table[row->kind].name;
}

char *
event_fields_text(void)
{
	struct event_row row;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%6s  %-34s %-8s %-7s %s\n", "number", "name", "type", "kinds", "meaning");
	for (size_t i = 0; event_row_at(i, &row); i++)
		fprintf(out, "%6u  %-34s %-8s %-7s %s\n", row.field.number, row.path,
			type_name(&row.field), kind_of(&row), row.field.doc);
	return finish(out, &text);
}

static const char intro[] =
	"# Events\n"
	"\n"
	"Generated from the field table; do not edit. `weir list fields` prints the same, `weir "
	"schema\n"
	"json` gives it as JSON Schema.\n"
	"\n"
	"One event is one line of JSON. Every event has the fields of the first table, as far as "
	"they\n"
	"apply, and an object named like its `event_type` with the fields of its kind. A field "
	"that has\n"
	"nothing to say is left out; \"always\" marks those that never are. One name has one type "
	"in all\n"
	"kinds.\n"
	"\n"
	"**Numbers** are exact in readers that use doubles: an integer above 2^53 is written as a "
	"string\n"
	"of digits.\n"
	"\n"
	"**Times** are RFC 3339 in UTC with nanoseconds; spans are seconds with decimals.\n"
	"\n"
	"**event_id** is `SENSOR-EPOCH-CLASS-NUMBER` in hex (16, 8, 2 and 14 digits): XXH3 of "
	"sensor_id,\n"
	"the start of the sensor, delivery class (01 is A) and a number that is dense per epoch "
	"and class,\n"
	"so that a reader can prove that none is missing.\n"
	"\n"
	"**Direction** is `inbound` or `outbound` when the capture source saw which way a packet "
	"went.\n"
	"Else addresses decide. Those of a site or link (RFC 1918, 6598, 3927 and 4193, "
	"link-local,\n"
	"loopback, multicast, broadcast, unspecified) are local: local to local is `internal`, "
	"local to\n"
	"other `outbound`, other to local `inbound`, other to other `external`.\n"
	"\n"
	"**Text** that comes from the wire is always valid JSON and valid UTF-8, and can be turned "
	"back\n"
	"into the bytes that were sent:\n"
	"\n"
	"* What is valid UTF-8 stays, but for `\"`, `\\`, control characters (C0, DEL, C1), "
	"U+2028, U+2029,\n"
	"  the letters that change the direction of writing (U+061C, U+200E, U+200F, U+202A to "
	"U+202E,\n"
	"  U+2066 to U+2069) and U+FEFF, which are escaped (`\\uXXXX`). Bytes on the wire: the "
	"text in\n"
	"  UTF-8.\n"
	"* When one byte of a field is not valid UTF-8, each of its bytes from 0x80 on is written "
	"as\n"
	"  `\\u00XX` and the field's name stands in the list `enc_raw`. Bytes on the wire: one for "
	"each\n"
	"  code point.\n"
	"* U+0000 is a zero byte. (It is kept as C0 80, so these two bytes, never valid, read the "
	"same.)\n"
	"\n"
	"**History** has a letter for what happened in a TCP flow, in order, at its first "
	"occurrence; upper\n"
	"case for the initiator: S SYN, H SYN with ACK, A ACK, D data, F FIN, R RST, T "
	"retransmission, W\n"
	"zero window, C bad checksum.\n"
	"\n";

static const char dialects[] =
	"## Dialects\n"
	"\n"
	"`--schema` chooses how events are written. The tables above are the dialect `native`.\n"
	"\n"
	"`layered` has the names of `tshark -T ek`, so that what was written for it works "
	"unchanged: one\n"
	"line per packet, numbers as strings. TCP flags have the names of tshark 2 (`'0'` and "
	"`'1'`) and\n"
	"of tshark 4 (booleans). It differs in this: `tcp_tcp_stream` and `udp_udp_stream` are the "
	"flow_id;\n"
	"sequence and acknowledgement numbers are those on the wire, not relative ones; the "
	"headers shown\n"
	"are those of the innermost IP packet; of several VLAN tags the outermost is shown; "
	"`ipv6_ipv6_nxt`\n"
	"is the transport protocol; host names are not looked up. DNS messages are lines of their "
	"own, with\n"
	"`layers.dns` beside addresses and ports, and written only if that kind is asked for: then "
	"a packet\n"
	"with a DNS message has two lines. Other kinds have no place in this dialect.\n"
	"\n"
	"`flow-sample` is one `network_flow_sample` per packet that has an IP header, with "
	"`flow_key`,\n"
	"`packet_size_bytes` (on the wire) and `aggregate_metrics`: what the flow has had so far "
	"in both\n"
	"directions, in IP bytes. Rates are 0 while no time has passed; ports are 0 where the "
	"protocol has\n"
	"none.\n"
	"\n"
	"`line` is text for a terminal, in local time, without a promise that it stays as it is.\n"
	"\n"
	"`--fields` takes away and brings back fields of `native` and `layered`: a list of `-NAME` "
	"and\n"
	"`+NAME`, read from left to right, where NAME is a field, an object with all that is in "
	"it, or\n"
	"`all`. A layered field follows the native one it shows, and has its own name too "
	"(`ip_ip_ttl`).\n"
	"`timestamp`, `schema_version` and `event_type` stay. The JSON Schema describes events "
	"with all\n"
	"their fields.\n"
	"\n";

static void
put_rows(FILE *out, int kind)
{
	struct event_row row;

	fprintf(out, "| number | name | type | always | meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; event_row_at(i, &row); i++)
		if (row.kind == kind)
			fprintf(out, "| %u | `%s` | %s | %s | %s |\n", row.field.number, row.path,
				type_name(&row.field), row.field.when == EVENT_ALWAYS ? "yes" : "",
				row.field.doc);
	fputc('\n', out);
}

static void
put_enums(FILE *out)
{
	struct event_row row;

	fprintf(out, "## Names\n\n| field | values |\n|---|---|\n");
	for (size_t i = 0; event_row_at(i, &row); i++) {
		if (!row.field.names)
			continue;
		fprintf(out, "| `%s` |", row.path);
		for (size_t n = 0; row.field.names[n]; n++)
			fprintf(out, " `%s`", row.field.names[n]);
		fprintf(out, " |\n");
	}
	fputc('\n', out);
}

static void
put_layers(FILE *out)
{
	fprintf(out, "| layered field | native field |\n|---|---|\n");
	for (size_t i = 0; i < event_n_layer_rows; i++) {
		const struct event_layer_row *row = &event_layer_rows[i];

		fprintf(out, "| `layers.%s.%s` | %s%s%s |\n", row->layer, row->name,
			row->native ? "`" : "", row->native ? row->native : "",
			row->native ? "`" : "");
	}
}

char *
event_fields_markdown(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs(intro, out);
	fprintf(out, "## All events\n\n");
	put_rows(out, -1);
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		const struct event_schema *s = &event_table[kind];

		fprintf(out, "## %s\n\n%s Delivery class %c; %s.\n\n", s->name, s->doc,
			'A' + s->class,
			s->by_default ? "written unless --events says otherwise"
				      : "only written when --events names it");
		if (kind == EVENT_STATS)
			fprintf(out, "Its fields are the counters of "
				     "[counters.md](counters.md).\n\n");
		else
			put_rows(out, kind);
	}
	put_enums(out);
	fputs(dialects, out);
	put_layers(out);
	return finish(out, &text);
}

char *
event_counters_markdown(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out,
		"# Counters\n\nGenerated from the counter table; do not edit.\n\nThe `stats` event "
		"has every counter below `stats`, and below `stats.ledger.residual` what\n"
		"each identity lacks to be right: 0 at rest.\n\n"
		"| counter | unit | kind | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < EVENT_COUNTERS; i++) {
		const struct event_counter_row *c = &event_counter_table[i];

		fprintf(out, "| `%s` | %s | %s | %s |\n", c->name, c->unit,
			c->gauge ? "gauge" : "counter", c->doc);
	}
	fprintf(out, "\n## Ledger\n\n| identity | what must hold | |\n|---|---|---|\n");
	for (size_t i = 0; i < event_n_ledger_rows; i++)
		fprintf(out, "| %s | %s | %s |\n", event_ledger_table[i].name,
			event_ledger_table[i].doc, event_ledger_table[i].live_only ? "live" : "");
	return finish(out, &text);
}
