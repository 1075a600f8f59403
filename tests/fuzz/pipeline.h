/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline.h - the packet side and the encoders in one thread, for fuzzing.
 *
 * Packets go through decode, flow, proto and every dialect as in a run; at the
 * end the flow table is emptied and the identities of the ledger that concern
 * packets and flows are asserted.
 */
#ifndef FUZZ_PIPELINE_H
#define FUZZ_PIPELINE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

struct pipeline {
	struct decoder *decoder;
	struct flow_table *flows;
	struct event_encoder *encoder[EVENT_DIALECTS];
	struct event event;
	uint64_t count[EVENT_COUNTERS];
	uint64_t ordinal, encoded_bytes;
	uint64_t record_pkts, record_bytes; /* summed over the deltas of flow records */
	char line[EVENT_LINE_MAX];
};

static inline void
pipeline_begin(struct pipeline *p, const struct decode_options *d, const struct flow_options *f,
	       uint64_t n_flows)
{
	memset(p, 0, sizeof(*p));
	p->decoder = decode_new(d, 1);
	p->flows = flow_table_new(f, n_flows, 1);
	assert(p->decoder && p->flows);
	flow_set_app_names(p->flows, proto_name);
	for (int i = 0; i < EVENT_DIALECTS; i++) {
		struct event_encoder_config c = {
			.dialect = (enum event_dialect)i,
			.kinds = UINT32_MAX,
			.colour = true,
			.identity = { .sensor_id = "fuzz", .epoch = 1 },
		};
		char err[BASE_ERROR_LEN];

		p->encoder[i] = event_encoder_new(&c, err);
		assert(p->encoder[i]);
	}
}

static inline void
pipeline_emit(struct pipeline *p)
{
	for (int i = 0; i < EVENT_DIALECTS; i++) {
		size_t len = event_encode(p->encoder[i], &p->event, p->line);

		assert(len <= EVENT_LINE_MAX);
		/* One line: a newline at its end and no other control byte but colours. */
		assert(len == 0 || p->line[len - 1] == '\n');
		for (size_t at = 0; at + 1 < len; at++)
			assert((unsigned char)p->line[at] >= 0x20 ||
			       (i == EVENT_DIALECT_LINE && p->line[at] == '\033'));
		p->encoded_bytes += len;
	}
}

static inline void
pipeline_records(struct pipeline *p)
{
	while (flow_next_record(p->flows, &p->event)) {
		for (int dir = 0; dir < NET_DIRS; dir++) {
			p->record_pkts += p->event.flow.pkts_delta[dir];
			p->record_bytes += p->event.flow.bytes_delta[dir];
		}
		pipeline_emit(p);
	}
}

static inline void
pipeline_inspect(struct pipeline *p, const struct packet *pkt, const struct decoded *d,
		 struct flow *f)
{
	struct proto_packet pp = {
		.packet = pkt,
		.decoded = d,
		.payload = d->payload,
		.dir = f ? (enum net_dir)f->dir : NET_FWD,
		.cut = d->flags & DECODE_PAYLOAD_CUT,
	};
	int n = 0;

	memset(&p->event, 0xa5, sizeof(p->event));
	while (proto_inspect(p->flows, f, &pp, UINT32_MAX, &p->event) == PROTO_EVENT) {
		uint8_t kind = p->event.kind;
		uint16_t flags = p->event.flags;

		assert(++n <= 8);
		decode_to_head(pkt, d, &p->event);
		p->event.kind = kind;
		p->event.flags |= flags;
		p->event.flow_id = f ? f->id : 0;
		p->event.seq = p->ordinal;
		memset(p->event.app_proto, 0, sizeof(p->event.app_proto));
		pipeline_emit(p);
	}
}

static inline void
pipeline_packet_event(struct pipeline *p, const struct packet *pkt, const struct decoded *d,
		      const struct flow *f)
{
	memset(&p->event, 0xa5, sizeof(p->event));
	decode_to_packet(pkt, d, &p->event);
	decode_to_head(pkt, d, &p->event);
	p->event.kind = EVENT_PACKET;
	p->event.flow_id = f ? f->id : 0;
	p->event.seq = p->event.packet.number = p->ordinal;
	p->event.packet.flow_dir = f ? f->dir : 0;
	p->event.packet.flow_first_ns = f ? f->first_ns : 0;
	p->event.packet.flow_prev_ns = f ? flow_prev_ns(p->flows) : 0;
	for (int dir = 0; dir < NET_DIRS; dir++) {
		p->event.packet.flow_pkts[dir] = f ? f->pkts[dir] : 0;
		p->event.packet.flow_bytes[dir] = f ? f->bytes[dir] : 0;
	}
	memset(p->event.app_proto, 0, sizeof(p->event.app_proto));
	pipeline_emit(p);
}

/* One packet; its bytes are copied to a block of exactly their size, so that a sanitizer sees a
 * read beyond them. */
static inline void
pipeline_packet(struct pipeline *p, const struct packet *original)
{
	struct packet pkt = *original;
	uint8_t *copy = malloc(pkt.caplen ? pkt.caplen : 1);
	struct flow_probe q;
	struct flow *f = NULL;
	struct decoded d;
	enum decode_status status;

	memcpy(copy, original->data, pkt.caplen);
	pkt.data = copy;
	p->ordinal++;
	if (flow_is_due(p->flows, pkt.ts_ns)) {
		flow_advance(p->flows, pkt.ts_ns);
		pipeline_records(p);
	}
	status = decode_packet(p->decoder, &pkt, &d);
	if (status == DECODE_OK) {
		if (d.class == DECODE_FLOW) {
			flow_probe(p->flows, &d, &q);
			(void)flow_track(p->flows, &d, &q, &f);
			pipeline_records(p);
		}
		pipeline_inspect(p, &pkt, &d, f);
		pipeline_packet_event(p, &pkt, &d, f);
		if (d.flags & DECODE_HAS_QUOTE) {
			struct net_tuple quoted = decode_quoted(&pkt, &d);

			(void)flow_icmp_error(p->flows, &d, &quoted, copy[d.l4_offset],
					      copy[d.l4_offset + 1]);
		}
	}
	free(copy);
}

static inline void
pipeline_end(struct pipeline *p)
{
	uint64_t *c = p->count;

	flow_force_end(p->flows);
	pipeline_records(p);
	flow_get_counters(p->flows, c);
	assert(c[COUNT_FLOWS_ACTIVE] == 0);
	assert(c[COUNT_FLOWS_CREATED] == c[COUNT_FLOWS_ENDED_IDLE] + c[COUNT_FLOWS_ENDED_DETECTED] +
						 c[COUNT_FLOWS_ENDED_FORCED] +
						 c[COUNT_FLOWS_ENDED_RESOURCES]);
	assert(c[COUNT_FLOW_HIT] + c[COUNT_FLOW_NEW] == c[COUNT_FLOW_ENDED_PACKETS]);
	assert(c[COUNT_FLOW_BYTES] == c[COUNT_FLOW_ENDED_BYTES]);
	assert(p->record_pkts == c[COUNT_FLOW_ENDED_PACKETS]);
	assert(p->record_bytes == c[COUNT_FLOW_ENDED_BYTES]);
	decode_free(p->decoder);
	flow_table_free(p->flows);
	for (int i = 0; i < EVENT_DIALECTS; i++)
		event_encoder_free(p->encoder[i]);
}

#endif
