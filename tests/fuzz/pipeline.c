/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline.c - what app/worker.c does with a packet, without rings and threads.
 *
 * The encoders are made once and kept: making them takes longer than most inputs.
 * What they keep between two events is a cache, which must not change a line.
 */
#include "pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "proto/proto.h"

enum { RECORDS_PER_PACKET = 64, FRAGMENTS = 64 };

void
pipeline_require(bool holds)
{
	if (!holds)
		abort();
}

static struct event_encoder *
encoder_of(enum event_dialect dialect)
{
	static const char *const interfaces[] = { "fuzz0", "a \"name\"\n" };
	static struct event_encoder *made[EVENT_DIALECTS];
	struct event_encoder_config config = {
		.dialect = dialect,
		.kinds = UINT32_MAX,
		.colour = true,
		.identity = { .sensor_id = "fuzz",
			      .epoch = 1,
			      .interfaces = interfaces,
			      .n_interfaces = ARRAY_LEN(interfaces) },
	};
	char err[BASE_ERROR_LEN];

	if (!made[dialect])
		made[dialect] = event_encoder_new(&config, err);
	pipeline_require(made[dialect] != NULL);
	return made[dialect];
}

unsigned
pipeline_encode(const struct event *ev)
{
	static char line[EVENT_LINE_MAX];
	unsigned lines = 0;

	for (int i = 0; i < EVENT_DIALECTS; i++) {
		size_t len = event_encode(encoder_of((enum event_dialect)i), ev, line);

		if (len == 0)
			continue;
		pipeline_require(len <= EVENT_LINE_MAX && line[len - 1] == '\n');
		if (i == EVENT_DIALECT_LINE)
			pipeline_require(json_is_printable(line, len - 1, '\033'));
		else
			pipeline_require(json_is_valid(line, len - 1));
		lines++;
	}
	return lines;
}

void
pipeline_presets(struct decode_options *d, struct flow_options *f)
{
	option_presets(&decode_option_group, d);
	option_presets(&flow_option_group, f);
	flow_options_resolve(f);
	d->fragment_entries = FRAGMENTS;
}

void
pipeline_begin(struct pipeline *p, const struct decode_options *d, const struct flow_options *f,
	       uint64_t n_flows)
{
	memset(p, 0, sizeof(*p));
	p->decoder = decode_new(d, 1);
	p->flows = flow_table_new(f, n_flows, 1);
	pipeline_require(p->decoder && p->flows);
	flow_set_app_names(p->flows, proto_name);
}

static void
emit(struct pipeline *p)
{
	p->event.seq = ++p->count[COUNT_EVENTS_PRODUCED];
	p->lines += pipeline_encode(&p->event);
}

static void
emit_flow_records(struct pipeline *p)
{
	/* Garbage where a fresh event has no meaning: what is left of it would be seen. */
	memset(&p->event, 0xa5, sizeof(p->event));
	while (flow_next_record(p->flows, &p->event)) {
		p->event.interface = 0;
		p->event.dir = 0;
		for (int dir = 0; dir < NET_DIRS; dir++) {
			p->record_pkts += p->event.flow.pkts_delta[dir];
			p->record_bytes += p->event.flow.bytes_delta[dir];
		}
		emit(p);
		memset(&p->event, 0xa5, sizeof(p->event));
	}
}

static void
fill_head(struct pipeline *p, const struct packet *pkt, const struct decoded *d,
	  const struct flow *f)
{
	struct event *ev = &p->event;
	uint8_t kind = ev->kind;
	uint16_t flags = ev->flags;

	decode_to_head(pkt, d, ev);
	ev->kind = kind;
	ev->flags |= flags;
	ev->interface = pkt->interface;
	ev->flow_id = f ? f->id : 0;
	memset(ev->app_proto, 0, sizeof(ev->app_proto));
	if (f && f->app)
		strncpy(ev->app_proto, proto_name(f->app), sizeof(ev->app_proto) - 1);
}

static void
emit_records(struct pipeline *p, const struct packet *pkt, const struct decoded *d, struct flow *f)
{
	struct proto_packet pp = {
		.packet = pkt,
		.decoded = d,
		.payload = d->payload,
		.dir = f ? f->dir : NET_FWD,
		.cut = d->flags & DECODE_PAYLOAD_CUT,
	};
	int n = 0;

	memset(&p->event, 0xa5, sizeof(p->event));
	while (proto_inspect(p->flows, f, &pp, UINT32_MAX, &p->event) == PROTO_EVENT) {
		pipeline_require(++n <= RECORDS_PER_PACKET);
		fill_head(p, pkt, d, f);
		emit(p);
		memset(&p->event, 0xa5, sizeof(p->event));
	}
}

static void
emit_packet(struct pipeline *p, const struct packet *pkt, const struct decoded *d,
	    const struct flow *f)
{
	struct event *ev = &p->event;

	memset(ev, 0xa5, sizeof(*ev));
	ev->kind = EVENT_PACKET;
	ev->flags = 0;
	decode_to_packet(pkt, d, ev);
	fill_head(p, pkt, d, f);
	ev->packet.number = p->count[COUNT_CAPTURE_PACKETS];
	ev->packet.flow_dir = f ? f->dir : NET_FWD;
	ev->packet.flow_first_ns = f ? f->first_ns : 0;
	ev->packet.flow_prev_ns = f ? flow_prev_ns(p->flows) : 0;
	for (int dir = 0; dir < NET_DIRS; dir++) {
		ev->packet.flow_pkts[dir] = f ? f->pkts[dir] : 0;
		ev->packet.flow_bytes[dir] = f ? f->bytes[dir] : 0;
	}
	emit(p);
}

static void
tell_quoted(struct pipeline *p, const struct packet *pkt, const struct decoded *d)
{
	struct net_tuple quoted = decode_quoted(pkt, d);
	const struct flow *f = flow_icmp_error(p->flows, d, &quoted, pkt->data[d->l4_offset],
					       pkt->data[d->l4_offset + 1]);
	struct flow none = { .app = 0, .id = f ? f->id : 0 };

	emit_records(p, pkt, d, &none);
}

static void
track(struct pipeline *p, const struct packet *pkt, const struct decoded *d)
{
	bool has_quote = d->flags & DECODE_HAS_QUOTE;
	struct flow_probe q;
	struct flow *f = NULL;

	flow_probe(p->flows, d, &q);
	if (flow_track(p->flows, d, &q, &f) == FLOW_NEW && d->flags & DECODE_HAS_MAC)
		flow_set_macs(p->flows, f, pkt->data + d->mac_offset);
	emit_flow_records(p);
	if (!has_quote)
		emit_records(p, pkt, d, f);
	emit_packet(p, pkt, d, f);
	if (has_quote)
		tell_quoted(p, pkt, d);
}

static void
decode_and_track(struct pipeline *p, const struct packet *pkt)
{
	struct decoded d;
	enum decode_status status = decode_packet(p->decoder, pkt, &d);

	p->count[COUNT_CAPTURE_READ]++;
	p->count[COUNT_CAPTURE_PACKETS]++;
	pipeline_require(status < DECODE_STATUSES);
	p->count[COUNT_DECODE_OK + status]++;
	if (status != DECODE_OK)
		return;
	if (d.class == DECODE_FLOW) {
		track(p, pkt, &d);
		return;
	}
	p->count[COUNT_NON_FLOW_ARP + d.class - DECODE_ARP]++;
	emit_records(p, pkt, &d, NULL);
	emit_packet(p, pkt, &d, NULL);
}

void
pipeline_packet(struct pipeline *p, const struct packet *original)
{
	struct packet pkt = *original;
	uint8_t *copy = malloc(pkt.caplen ? pkt.caplen : 1);

	pipeline_require(copy != NULL);
	if (pkt.caplen)
		memcpy(copy, original->data, pkt.caplen);
	pkt.data = copy;
	if (flow_is_due(p->flows, pkt.ts_ns)) {
		flow_advance(p->flows, pkt.ts_ns);
		emit_flow_records(p);
	}
	decode_and_track(p, &pkt);
	free(copy);
}

void
pipeline_end(struct pipeline *p)
{
	uint64_t *c = p->count;

	flow_force_end(p->flows);
	emit_flow_records(p);
	flow_get_counters(p->flows, c);
	/* No ring, no sink: what was made was numbered and written. */
	c[COUNT_EVENTS_TAKEN] = c[COUNT_EVENTS_NUMBERED] = c[COUNT_EVENTS_OFFERED] =
		c[COUNT_EVENTS_SINK_TAKEN] = c[COUNT_EVENTS_WRITTEN] = c[COUNT_EVENTS_PRODUCED];
	for (size_t i = 0; i < event_n_ledger_rows; i++)
		pipeline_require(event_ledger_residual(&event_ledger_table[i], c) == 0);
	pipeline_require(c[COUNT_FLOWS_ACTIVE] == 0 && c[COUNT_FLOW_ACTIVE_PACKETS] == 0);
	pipeline_require(c[COUNT_FLOWS_CREATED] == c[COUNT_FLOW_NEW]);
	pipeline_require(p->record_pkts == c[COUNT_FLOW_ENDED_PACKETS]);
	pipeline_require(p->record_bytes == c[COUNT_FLOW_ENDED_BYTES]);

	memset(&p->event, 0, sizeof(p->event));
	p->event.kind = EVENT_STATS;
	memcpy(p->event.stats.value, c, sizeof(p->event.stats.value));
	emit(p);
	decode_free(p->decoder);
	flow_table_free(p->flows);
}
