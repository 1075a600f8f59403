/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_sample.c - the flow-sample dialect: one structured sample per packet with
 * the aggregates of its flow, for feature matrices.
 *
 * Packets that are no flow (ARP, LLDP ...) have no sample.  packet_size_bytes is
 * the length on the wire; the aggregates count IP bytes, as flow records do, of
 * both directions and with this packet.  Rates are 0 while no time has passed.
 */
#include "event/event_step.h"

#define PUT(p, text) put_fixed(p, text, sizeof(text) - 1)

static char *
put_head(struct event_encoder *e, char *p, const struct event *ev)
{
	p = PUT(p, "{\"event_type\":\"network_flow_sample\",\"timestamp\":\"");
	p = event_put_time(&e->put, p, ev->ts_ns);
	p = PUT(p, "\",\"schema_version\":\"" EVENT_SCHEMA_VERSION "\",\"event_id\":\"");
	p = event_put_event_id(e, p, ev);
	p = PUT(p, "\",\"sensor_id\":\"");
	p = put_fixed(p, e->sensor.text, e->sensor.len);
	*p++ = '"';
	if (ev->flow_id) {
		p = PUT(p, ",\"flow_id\":");
		p = event_put_number(p, ev->flow_id);
	}
	p = PUT(p, ",\"community_id\":\"");
	p = event_put_community_id(e, p, ev);
	*p++ = '"';
	return p;
}

static char *
put_key(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct net_tuple *t = &ev->tuple;
	bool ports = ev->flags & EVENT_HAS_PORTS;

	p = PUT(p, ",\"flow_key\":{\"src_ip\":\"");
	p = put_addr(&e->put, p, &t->src);
	p = PUT(p, "\",\"dst_ip\":\"");
	p = put_addr(&e->put, p, &t->dst);
	p = PUT(p, "\",\"src_port\":");
	p = put_u32(p, ports ? t->src_port : 0);
	p = PUT(p, ",\"dst_port\":");
	p = put_u32(p, ports ? t->dst_port : 0);
	p = PUT(p, ",\"protocol\":\"");
	p = put_word(p, &e->put.protocol[t->ip_proto]);
	return PUT(p, "\"},\"packet_size_bytes\":");
}

static double
ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static uint64_t
since(uint64_t later, uint64_t earlier)
{
	return later > earlier ? later - earlier : 0;
}

static char *
put_metrics(char *p, const struct event *ev)
{
	const struct event_packet *b = &ev->packet;
	uint64_t packets = b->flow_pkts[NET_FWD] + b->flow_pkts[NET_REV];
	uint64_t bytes = b->flow_bytes[NET_FWD] + b->flow_bytes[NET_REV];
	uint64_t duration = since(ev->ts_ns, b->flow_first_ns);
	double seconds = (double)duration / 1e9;

	p = PUT(p, ",\"aggregate_metrics\":{\"total_packets\":");
	p = event_put_number(p, packets);
	p = PUT(p, ",\"total_bytes\":");
	p = event_put_number(p, bytes);
	p = PUT(p, ",\"forward_packets\":");
	p = event_put_number(p, b->flow_pkts[NET_FWD]);
	p = PUT(p, ",\"reverse_packets\":");
	p = event_put_number(p, b->flow_pkts[NET_REV]);
	p = PUT(p, ",\"forward_bytes\":");
	p = event_put_number(p, b->flow_bytes[NET_FWD]);
	p = PUT(p, ",\"reverse_bytes\":");
	p = event_put_number(p, b->flow_bytes[NET_REV]);
	p = PUT(p, ",\"duration_seconds\":");
	p = put_seconds(p, duration);
	p = PUT(p, ",\"mean_packet_size\":");
	p = event_put_milli(p, ratio((double)bytes, (double)packets));
	p = PUT(p, ",\"packets_per_second\":");
	p = event_put_milli(p, ratio((double)packets, seconds));
	p = PUT(p, ",\"bytes_per_second\":");
	p = event_put_milli(p, ratio((double)bytes, seconds));
	p = PUT(p, ",\"inter_arrival_seconds\":");
	p = put_seconds(p, b->flow_prev_ns ? since(ev->ts_ns, b->flow_prev_ns) : 0);
	*p++ = '}';
	return p;
}

size_t
event_sample_encode(struct event_encoder *e, const struct event *ev, char *buf)
{
	char *p = buf;

	if (ev->kind != EVENT_PACKET || !(ev->flags & EVENT_HAS_TUPLE))
		return 0;
	p = put_head(e, p, ev);
	p = put_key(e, p, ev);
	p = put_u32(p, ev->packet.wire_len);
	if (ev->flow_id)
		p = put_metrics(p, ev);
	if (e->sensor.raw)
		p = PUT(p, ",\"enc_raw\":[\"sensor_id\"]");
	p = PUT(p, "}\n");
	return (size_t)(p - buf);
}
