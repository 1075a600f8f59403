/* SPDX-License-Identifier: Apache-2.0 */
/* summary.c - sorted, aligned, exact numbers with humane ones beside them. */
#include "app/summary.h"

#include <string.h>

#include "base/text.h"

#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

enum { NAME_BYTES = 256, LABEL = 13 };

/* Counters that are losses, each a different one. */
static const uint8_t losses[] = {
	COUNT_CAPTURE_KERNEL_DROPS,  COUNT_FLOW_TABLE_FULL,    COUNT_EVENTS_RING_FULL,
	COUNT_EVENTS_SINK_RING_FULL, COUNT_EVENTS_SINK_FAILED, COUNT_WRITE_RING_FULL,
	COUNT_WRITE_FAILED,
};

struct printer {
	FILE *out;
	bool colour;
	const struct summary *s;
};

/* A row of either table. */
struct row {
	const char *name;
	uint64_t packets, bytes, flows;
};

uint64_t
summary_losses(const uint64_t value[EVENT_COUNTERS])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(losses); i++)
		sum += value[losses[i]];
	return sum;
}

static const char *
shade(const struct printer *p, const char *code)
{
	return p->colour ? code : "";
}

static void
label(const struct printer *p, const char *name)
{
	fprintf(p->out, "%s%-*s%s", shade(p, BOLD), LABEL, name, shade(p, PLAIN));
}

static const char *
count(char room[TEXT_NUMBER], uint64_t n)
{
	text_count(room, TEXT_NUMBER, n);
	return room;
}

static const char *
bytes(char room[TEXT_NUMBER], uint64_t n)
{
	text_bytes(room, TEXT_NUMBER, n);
	return room;
}

/* "1.2 Mpkt/s, 3.4 Gbit/s" over a time; nothing over no time. */
static void
print_rates(const struct printer *p, uint64_t ns)
{
	double seconds = (double)ns / (double)NS_PER_SEC;
	char packets[TEXT_NUMBER], bits[TEXT_NUMBER];

	if (ns == 0)
		return;
	text_rate(packets, sizeof(packets), (double)p->s->value[COUNT_CAPTURE_PACKETS] / seconds,
		  "pkt/s");
	text_rate(bits, sizeof(bits), 8 * (double)p->s->value[COUNT_CAPTURE_BYTES] / seconds,
		  "bit/s");
	fprintf(p->out, ", %s, %s", packets, bits);
}

static void
print_capture(const struct printer *p)
{
	const struct summary *s = p->s;
	uint64_t n = s->value[COUNT_CAPTURE_PACKETS], length = s->value[COUNT_CAPTURE_BYTES];
	char a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER], from[64], to[64];

	label(p, "packets");
	fprintf(p->out, "%s, %s bytes (%s)\n", count(a, n), count(b, length), bytes(c, length));
	if (n > 0) {
		uint64_t span = s->last_packet_ns > s->first_packet_ns
					? s->last_packet_ns - s->first_packet_ns
					: 0;

		text_time(from, sizeof(from), s->first_packet_ns);
		text_time(to, sizeof(to), s->last_packet_ns);
		text_duration(a, sizeof(a), span);
		label(p, "traffic");
		fprintf(p->out, "%s to %s: %s", from, to, a);
		print_rates(p, span);
		fputc('\n', p->out);
	}
	label(p, "run");
	text_duration(a, sizeof(a), s->elapsed_ns);
	fputs(a, p->out);
	print_rates(p, s->elapsed_ns);
	if (s->memory_bytes)
		fprintf(p->out, ", %s of memory", bytes(b, s->memory_bytes));
	fputc('\n', p->out);
}

/* A line of counters with their own names, those of 0 left out. */
static void
print_counters(const struct printer *p, const char *name, const uint8_t *counter, size_t n)
{
	bool any = false;
	char number[TEXT_NUMBER];

	for (size_t i = 0; i < n; i++) {
		const char *path = event_counter_table[counter[i]].name;
		const char *last = strrchr(path, '.');

		if (p->s->value[counter[i]] == 0)
			continue;
		if (any)
			fputs(", ", p->out);
		else
			label(p, name);
		fprintf(p->out, "%s %s", count(number, p->s->value[counter[i]]),
			last ? last + 1 : path);
		any = true;
	}
	if (any)
		fputc('\n', p->out);
}

static void
print_stages(const struct printer *p)
{
	static const uint8_t kernel[] = { COUNT_CAPTURE_IF_RX_PACKETS, COUNT_CAPTURE_KERNEL_PACKETS,
					  COUNT_CAPTURE_KERNEL_DROPS, COUNT_CAPTURE_UNREAD,
					  COUNT_CAPTURE_LINK_DOWN };
	static const uint8_t filter[] = { COUNT_CAPTURE_BPF_FILTERED, COUNT_CAPTURE_USER_FILTERED,
					  COUNT_CAPTURE_DIRECTION_FILTERED };
	static const uint8_t decode[] = { COUNT_DECODE_OK, COUNT_DECODE_TRUNCATED,
					  COUNT_DECODE_MALFORMED, COUNT_DECODE_UNKNOWN_LINK,
					  COUNT_DECODE_TOO_DEEP };
	static const uint8_t flows[] = { COUNT_FLOWS_CREATED,      COUNT_FLOWS_ACTIVE,
					 COUNT_FLOWS_ENDED_IDLE,   COUNT_FLOWS_ENDED_DETECTED,
					 COUNT_FLOWS_ENDED_FORCED, COUNT_FLOWS_ENDED_RESOURCES,
					 COUNT_FLOW_TABLE_FULL };
	static const uint8_t events[] = { COUNT_EVENTS_NUMBERED, COUNT_EVENTS_RING_FULL,
					  COUNT_EVENTS_SINK_RING_FULL, COUNT_EVENTS_WRITTEN,
					  COUNT_EVENTS_SINK_FAILED };
	static const uint8_t write[] = { COUNT_WRITE_OFFERED, COUNT_WRITE_WRITTEN,
					 COUNT_WRITE_RING_FULL, COUNT_WRITE_FAILED };

	if (p->s->live)
		print_counters(p, "kernel", kernel, ARRAY_LEN(kernel));
	print_counters(p, "filter", filter, ARRAY_LEN(filter));
	print_counters(p, "decode", decode, ARRAY_LEN(decode));
	print_counters(p, "flows", flows, ARRAY_LEN(flows));
	print_counters(p, "events", events, ARRAY_LEN(events));
	print_counters(p, "capture file", write, ARRAY_LEN(write));
}

static bool
is_before(const struct row *a, const struct row *b)
{
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	if (a->packets != b->packets)
		return a->packets > b->packets;
	return strcmp(a->name, b->name) < 0;
}

/* By insertion: there are few rows, and only the first ones are kept. */
static size_t
keep_sorted(struct row kept[SUMMARY_ROWS], size_t n, const struct row *row)
{
	size_t at = n;

	while (at > 0 && is_before(row, &kept[at - 1]))
		at--;
	if (at == SUMMARY_ROWS)
		return n;
	if (n < SUMMARY_ROWS)
		n++;
	memmove(kept + at + 1, kept + at, (n - at - 1) * sizeof(*kept));
	kept[at] = *row;
	return n;
}

/* Columns of a name once it is made safe. */
static int
shown_width(const char *name)
{
	char safe[NAME_BYTES];
	int width = 0;

	text_escape(safe, sizeof(safe), name);
	for (const char *c = safe; *c; c++)
		width += ((unsigned char)*c & 0xc0) != 0x80;
	return width;
}

static void
print_table(const struct printer *p, const char *title, const struct row *row, size_t n)
{
	uint64_t all = p->s->value[COUNT_FLOW_BYTES]; /* IP bytes, as the rows are */
	int width = 12;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (shown_width(row[i].name) > width)
			width = shown_width(row[i].name);
	fprintf(p->out, "\n%s%-*s %16s %20s %11s%s%s\n", shade(p, BOLD), width + 2, title,
		"packets", "bytes", "", row->flows == UINT64_MAX ? "       %" : "        flows",
		shade(p, PLAIN));
	for (size_t i = 0; i < n; i++) {
		char safe[NAME_BYTES], a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER];

		text_escape(safe, sizeof(safe), row[i].name);
		fprintf(p->out, "  %s%*s %16s %20s %11s", safe, width - shown_width(row[i].name),
			"", count(a, row[i].packets), count(b, row[i].bytes),
			bytes(c, row[i].bytes));
		if (row[i].flows != UINT64_MAX)
			fprintf(p->out, "%13s\n", count(a, row[i].flows));
		else
			fprintf(p->out, "%8.1f\n",
				all ? 100 * (double)row[i].bytes / (double)all : 0.0);
	}
}

static void
print_protocols(const struct printer *p)
{
	struct row kept[SUMMARY_ROWS + 1];
	size_t n = 0;

	for (size_t i = 0; i < p->s->n_protocols; i++) {
		const struct summary_protocol *from = &p->s->protocols[i];
		struct row row = { from->name, from->packets, from->bytes, UINT64_MAX };

		n = keep_sorted(kept, n, &row);
	}
	print_table(p, "protocols", kept, n);
}

static void
print_talkers(const struct printer *p)
{
	struct row kept[SUMMARY_ROWS + 1];
	size_t n = 0;

	for (size_t i = 0; i < p->s->n_talkers; i++) {
		const struct summary_talker *from = &p->s->talkers[i];
		struct row row = { from->address, from->packets, from->bytes, from->flows };

		n = keep_sorted(kept, n, &row);
	}
	print_table(p, "top talkers", kept, n);
}

static void
print_sinks(const struct printer *p)
{
	for (size_t i = 0; i < p->s->n_sinks; i++) {
		const struct summary_sink *sink = &p->s->sinks[i];
		char safe[NAME_BYTES], a[TEXT_NUMBER], b[TEXT_NUMBER];

		text_escape(safe, sizeof(safe), sink->name);
		label(p, i == 0 ? "outputs" : "");
		fprintf(p->out, "%s: %s events written", safe, count(a, sink->written));
		if (sink->failed)
			fprintf(p->out, ", %s%s failed%s", shade(p, RED), count(b, sink->failed),
				shade(p, PLAIN));
		fputc('\n', p->out);
	}
}

static void
print_losses(const struct printer *p)
{
	bool any = false;

	label(p, "lost");
	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		const struct event_counter_row *row = &event_counter_table[losses[i]];
		char number[TEXT_NUMBER];

		if (p->s->value[losses[i]] == 0)
			continue;
		fprintf(p->out, "%s%s%s %s (%s)%s", any ? ", " : "", shade(p, RED),
			count(number, p->s->value[losses[i]]), row->unit, row->name,
			shade(p, PLAIN));
		any = true;
	}
	fprintf(p->out, "%s\n", any ? "" : "nothing");
}

/* Identities that hold share a line, each that does not has its own. */
static void
print_ledger(const struct printer *p)
{
	label(p, "ledger");
	for (size_t i = 0; i < event_n_ledger_rows; i++) {
		const struct event_ledger_row *row = &event_ledger_table[i];

		if ((p->s->live || !row->live_only) && event_ledger_residual(row, p->s->value) == 0)
			fprintf(p->out, "%s%s ok%s  ", shade(p, GREEN), row->name, shade(p, PLAIN));
	}
	fputc('\n', p->out);
	for (size_t i = 0; i < event_n_ledger_rows; i++) {
		const struct event_ledger_row *row = &event_ledger_table[i];
		int64_t residual = event_ledger_residual(row, p->s->value);

		if ((row->live_only && !p->s->live) || residual == 0)
			continue;
		label(p, "");
		fprintf(p->out, "%s%s residual %+lld%s: %s\n", shade(p, RED), row->name,
			(long long)residual, shade(p, PLAIN), row->doc);
	}
}

static void
print_warnings(const struct printer *p)
{
	for (size_t i = 0; i < p->s->n_warnings; i++) {
		char safe[2 * BASE_ERROR_LEN];

		text_escape(safe, sizeof(safe), p->s->warnings[i]);
		fprintf(p->out, "%swarning:%s %s\n", shade(p, YELLOW), shade(p, PLAIN), safe);
	}
}

void
summary_print(FILE *out, const struct summary *s, bool colour)
{
	const struct printer p = { .out = out, .colour = colour, .s = s };

	print_capture(&p);
	print_stages(&p);
	print_protocols(&p);
	print_talkers(&p);
	fputc('\n', out);
	print_sinks(&p);
	print_losses(&p);
	print_ledger(&p);
	print_warnings(&p);
	fflush(out);
}
