/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_layered.c - the dialect of `tshark -T ek`, one object per layer, so that
 * what was written for it (the ksqlDB statements of the ids-ksql demo, those of
 * the Netlog article) works unchanged.
 *
 * Numbers are strings, as there.  Flags of TCP have two names: those of tshark 2,
 * which the demo reads as '0' and '1', and those of tshark 4, which are booleans.
 * A line per packet; a line per DNS message if that kind is wanted too.
 */
#include "event/event_step.h"

#define AT(member)                                                                                 \
	(uint16_t) offsetof(struct event, member), (uint16_t)sizeof(((struct event *)NULL)->member)
#define ROW(layer, name, native, op, member, when)                                                 \
	{                                                                                          \
		layer, name, native, op, EVENT_WHEN_##when, AT(member), 0, "string"                \
	}
#define FLAG(suffix, mask)                                                                         \
	{ "tcp",                                                                                   \
	  "tcp_flags_tcp_flags_" suffix,                                                           \
	  "packet.tcp_flags",                                                                      \
	  EVENT_OP_BIT_DIGIT,                                                                      \
	  EVENT_WHEN_TCP,                                                                          \
	  AT(packet.tcp_flags),                                                                    \
	  mask,                                                                                    \
	  "string" },                                                                              \
	{                                                                                          \
		"tcp", "tcp_tcp_flags_" suffix, "packet.tcp_flags", EVENT_OP_BIT, EVENT_WHEN_TCP,  \
			AT(packet.tcp_flags), mask, "boolean"                                      \
	}
#define EVENT_WHEN_ALWAYS  EVENT_ALWAYS
#define EVENT_WHEN_TCP_SET (EVENT_WHEN_TCP | ASK)

/* Beside the condition: left out when zero. */
enum { ASK = 0x80 };

const struct event_layer_row event_layer_rows[] = {
	ROW("frame", "frame_frame_time", "timestamp", EVENT_TIME, ts_ns, ALWAYS),
	ROW("frame", "frame_frame_time_epoch", "timestamp", EVENT_DURATION, ts_ns, ALWAYS),
	ROW("frame", "frame_frame_number", "packet.number", EVENT_U64, packet.number, ALWAYS),
	ROW("frame", "frame_frame_len", "packet.packet_length", EVENT_U32, packet.wire_len, ALWAYS),
	ROW("frame", "frame_frame_cap_len", "packet.captured", EVENT_U32, packet.caplen, ALWAYS),
	ROW("frame", "frame_frame_protocols", NULL, EVENT_OP_PROTOCOLS, kind, ALWAYS),
	ROW("eth", "eth_eth_dst", "dst_mac", EVENT_MAC, dst_mac, MAC),
	ROW("eth", "eth_eth_src", "src_mac", EVENT_MAC, src_mac, MAC),
	ROW("eth", "eth_eth_type", "packet.ether_type", EVENT_HEX16, packet.ether_type, UNTAGGED),
	ROW("vlan", "vlan_vlan_id", "vlan", EVENT_U16, vlan_id, VLAN),
	ROW("vlan", "vlan_vlan_etype", "packet.ether_type", EVENT_HEX16, packet.ether_type, VLAN),
	ROW("ip", "ip_ip_version", "packet.ip_version", EVENT_U8, packet.ip_version, IPV4),
	ROW("ip", "ip_ip_hdr_len", "packet.ip_header_len", EVENT_U8, packet.ip_header_len, IPV4),
	ROW("ip", "ip_ip_dsfield", "packet.ip_tos", EVENT_OP_HEX8, packet.ip_tos, IPV4),
	ROW("ip", "ip_ip_len", "packet.ip_len", EVENT_U32, packet.ip_len, IPV4),
	ROW("ip", "ip_ip_id", "packet.ip_id", EVENT_HEX16, packet.ip_id, IPV4),
	ROW("ip", "ip_ip_flags", "packet.ip_flags", EVENT_OP_HEX8, packet.ip_flags, IPV4),
	ROW("ip", "ip_ip_frag_offset", "packet.ip_frag_offset", EVENT_OP_EIGHTHS,
	    packet.frag_offset, IPV4),
	ROW("ip", "ip_ip_ttl", "packet.ip_ttl", EVENT_U8, packet.ip_ttl, IPV4),
	ROW("ip", "ip_ip_proto", "protocol", EVENT_U8, tuple.ip_proto, IPV4),
	ROW("ip", "ip_ip_checksum", "packet.ip_checksum", EVENT_HEX16, packet.ip_checksum, IPV4),
	ROW("ip", "ip_ip_src", "src_ip", EVENT_ADDR, tuple.src, IPV4),
	ROW("ip", "ip_ip_src_host", "src_ip", EVENT_ADDR, tuple.src, IPV4),
	ROW("ip", "ip_ip_dst", "dst_ip", EVENT_ADDR, tuple.dst, IPV4),
	ROW("ip", "ip_ip_dst_host", "dst_ip", EVENT_ADDR, tuple.dst, IPV4),
	ROW("ipv6", "ipv6_ipv6_version", "packet.ip_version", EVENT_U8, packet.ip_version, IPV6),
	ROW("ipv6", "ipv6_ipv6_tclass", "packet.ip_tos", EVENT_OP_HEX32_U8, packet.ip_tos, IPV6),
	ROW("ipv6", "ipv6_ipv6_flow", "packet.ip_flow_label", EVENT_OP_HEX24, packet.flow_label,
	    IPV6),
	ROW("ipv6", "ipv6_ipv6_plen", "packet.ip_len", EVENT_OP_IPV6_PLEN, packet.ip_len, IPV6),
	ROW("ipv6", "ipv6_ipv6_nxt", "protocol", EVENT_U8, tuple.ip_proto, IPV6),
	ROW("ipv6", "ipv6_ipv6_hlim", "packet.ip_ttl", EVENT_U8, packet.ip_ttl, IPV6),
	ROW("ipv6", "ipv6_ipv6_src", "src_ip", EVENT_ADDR, tuple.src, IPV6),
	ROW("ipv6", "ipv6_ipv6_src_host", "src_ip", EVENT_ADDR, tuple.src, IPV6),
	ROW("ipv6", "ipv6_ipv6_dst", "dst_ip", EVENT_ADDR, tuple.dst, IPV6),
	ROW("ipv6", "ipv6_ipv6_dst_host", "dst_ip", EVENT_ADDR, tuple.dst, IPV6),
	ROW("tcp", "tcp_tcp_srcport", "src_port", EVENT_U16, tuple.src_port, TCP),
	ROW("tcp", "tcp_tcp_dstport", "dst_port", EVENT_U16, tuple.dst_port, TCP),
	ROW("tcp", "tcp_tcp_stream", "flow_id", EVENT_U64, flow_id, TCP),
	ROW("tcp", "tcp_tcp_len", "packet.payload_len", EVENT_U32, packet.payload_len, TCP),
	ROW("tcp", "tcp_tcp_seq", "packet.tcp_seq", EVENT_U32, packet.tcp_seq, TCP),
	ROW("tcp", "tcp_tcp_seq_raw", "packet.tcp_seq", EVENT_U32, packet.tcp_seq, TCP),
	ROW("tcp", "tcp_tcp_ack", "packet.tcp_ack", EVENT_U32, packet.tcp_ack, TCP),
	ROW("tcp", "tcp_tcp_ack_raw", "packet.tcp_ack", EVENT_U32, packet.tcp_ack, TCP),
	ROW("tcp", "tcp_tcp_hdr_len", "packet.tcp_header_len", EVENT_U8, packet.tcp_header_len,
	    TCP),
	ROW("tcp", "tcp_tcp_flags", "packet.tcp_flags", EVENT_OP_HEX16_U8, packet.tcp_flags, TCP),
	FLAG("cwr", NET_TCP_CWR),
	FLAG("urg", NET_TCP_URG),
	FLAG("ack", NET_TCP_ACK),
	FLAG("push", NET_TCP_PSH),
	FLAG("reset", NET_TCP_RST),
	FLAG("syn", NET_TCP_SYN),
	FLAG("fin", NET_TCP_FIN),
	/* Renamed between the two. */
	{ "tcp", "tcp_flags_tcp_flags_ecn", "packet.tcp_flags", EVENT_OP_BIT_DIGIT, EVENT_WHEN_TCP,
	  AT(packet.tcp_flags), NET_TCP_ECE, "string" },
	{ "tcp", "tcp_tcp_flags_ece", "packet.tcp_flags", EVENT_OP_BIT, EVENT_WHEN_TCP,
	  AT(packet.tcp_flags), NET_TCP_ECE, "boolean" },
	ROW("tcp", "tcp_flags_tcp_flags_str", "packet.tcp_flags", EVENT_OP_FLAGS_TEXT,
	    packet.tcp_flags, TCP),
	ROW("tcp", "tcp_tcp_flags_str", "packet.tcp_flags", EVENT_OP_FLAGS_TEXT, packet.tcp_flags,
	    TCP),
	ROW("tcp", "tcp_tcp_window_size_value", "packet.tcp_window", EVENT_U16, packet.tcp_window,
	    TCP),
	ROW("tcp", "tcp_tcp_checksum", "packet.tcp_checksum", EVENT_HEX16, packet.l4_checksum, TCP),
	ROW("tcp", "tcp_tcp_urgent_pointer", "packet.tcp_urgent", EVENT_U16, packet.tcp_urgent,
	    TCP),
	ROW("tcp", "tcp_tcp_options_mss_val", "packet.tcp_mss", EVENT_U16, packet.tcp_mss, TCP_SET),
	ROW("tcp", "tcp_tcp_options_wscale_shift", "packet.tcp_wscale", EVENT_U8, packet.tcp_wscale,
	    WSCALE),
	ROW("tcp", "tcp_tcp_options_timestamp_tsval", "packet.tcp_tsval", EVENT_U32,
	    packet.tcp_tsval, TCP_SET),
	ROW("tcp", "tcp_tcp_options_timestamp_tsecr", "packet.tcp_tsecr", EVENT_U32,
	    packet.tcp_tsecr, TCP_SET),
	ROW("udp", "udp_udp_srcport", "src_port", EVENT_U16, tuple.src_port, UDP),
	ROW("udp", "udp_udp_dstport", "dst_port", EVENT_U16, tuple.dst_port, UDP),
	ROW("udp", "udp_udp_length", "packet.udp_len", EVENT_U16, packet.udp_len, UDP),
	ROW("udp", "udp_udp_checksum", "packet.udp_checksum", EVENT_HEX16, packet.l4_checksum, UDP),
	ROW("udp", "udp_udp_stream", "flow_id", EVENT_U64, flow_id, UDP),
	ROW("sctp", "sctp_sctp_srcport", "src_port", EVENT_U16, tuple.src_port, SCTP),
	ROW("sctp", "sctp_sctp_dstport", "dst_port", EVENT_U16, tuple.dst_port, SCTP),
	ROW("icmp", "icmp_icmp_type", "packet.icmp_type", EVENT_U8, packet.icmp_type, ICMPV4),
	ROW("icmp", "icmp_icmp_code", "packet.icmp_code", EVENT_U8, packet.icmp_code, ICMPV4),
	ROW("icmp", "icmp_icmp_checksum", "packet.icmp_checksum", EVENT_HEX16, packet.l4_checksum,
	    ICMPV4),
	ROW("icmpv6", "icmpv6_icmpv6_type", "packet.icmp_type", EVENT_U8, packet.icmp_type, ICMPV6),
	ROW("icmpv6", "icmpv6_icmpv6_code", "packet.icmp_code", EVENT_U8, packet.icmp_code, ICMPV6),
	ROW("icmpv6", "icmpv6_icmpv6_checksum", "packet.icmp_checksum", EVENT_HEX16,
	    packet.l4_checksum, ICMPV6),
	ROW("dns", "dns_dns_id", "dns.id", EVENT_HEX16, dns.id, ALWAYS),
	ROW("dns", "dns_dns_flags", "dns.flags", EVENT_HEX16, dns.flags, ALWAYS),
	{ "dns", "dns_dns_flags_response", "dns.response", EVENT_BOOL, EVENT_ALWAYS,
	  AT(dns.response), 0, "boolean" },
	ROW("dns", "dns_dns_flags_rcode", "dns.rcode", EVENT_U16, dns.rcode, RESPONSE),
	ROW("dns", "dns_dns_count_queries", "dns.question_count", EVENT_U16, dns.questions, ALWAYS),
	ROW("dns", "dns_dns_count_answers", "dns.answer_count", EVENT_U16, dns.answers, ALWAYS),
	ROW("dns", "dns_dns_count_auth_rr", "dns.authority_count", EVENT_U16, dns.authorities,
	    ALWAYS),
	ROW("dns", "dns_dns_count_add_rr", "dns.additional_count", EVENT_U16, dns.additionals,
	    ALWAYS),
	ROW("dns", "dns_dns_qry_name", "dns.qname", EVENT_TEXT, dns.qname, SET),
	ROW("dns", "dns_dns_qry_type", "dns.qtype", EVENT_U16, dns.qtype, SET),
	ROW("dns", "dns_dns_qry_class", "dns.qclass", EVENT_HEX16, dns.qclass, SET),
	ROW("dns", "dns_dns_time", "dns.latency", EVENT_DURATION, dns.latency_ns, SET),
};
const size_t event_n_layer_rows = ARRAY_LEN(event_layer_rows);

/* Whether the row says something about events of this kind: a DNS event has no headers but
 * addresses and ports. */
bool
event_layer_applies(const struct event_layer_row *row, enum event_kind kind)
{
	bool is_dns = strcmp(row->layer, "dns") == 0;

	if (kind == EVENT_DNS)
		return is_dns || !row->native || strncmp(row->native, "packet.", 7) != 0;
	return !is_dns;
}

static bool
add_head(struct event_compile *c, const char *fields)
{
	static const struct event_step millis = { .op = EVENT_OP_MILLIS };
	static const struct event_step id = { .op = EVENT_OP_SPECIAL + EVENT_SPECIAL_EVENT_ID };
	static const struct event_step sensor = { .op = EVENT_OP_FIXED };

	if (!event_step_field(c, "timestamp", &millis, true) ||
	    !event_step_constant(c, "schema_version", EVENT_SCHEMA_VERSION))
		return false;
	if (event_field_is_on(fields, "event_id", NULL) &&
	    !event_step_field(c, "event_id", &id, true))
		return false;
	return !event_field_is_on(fields, "sensor_id", NULL) ||
	       event_step_field(c, "sensor_id", &sensor, true);
}

bool
event_layered_compile(struct event_encoder *e, const char *fields, enum event_kind kind)
{
	struct event_compile c = { .e = e };
	char path[EVENT_PATH] = "layers.";

	if (!add_head(&c, fields))
		return false;
	for (size_t i = 0; i < event_n_layer_rows; i++) {
		const struct event_layer_row *row = &event_layer_rows[i];
		struct event_step s = {
			.op = row->op,
			.when = row->when & (uint8_t)~ASK,
			.offset = row->offset,
			.size = row->size,
			.aux = row->aux,
		};
		size_t n = sizeof("layers.") - 1, layer = strlen(row->layer);

		if (!event_layer_applies(row, kind))
			continue;
		if (row->when == EVENT_WHEN_SET || row->when & ASK)
			s.set = row->op == EVENT_TEXT ? 1 : (uint8_t)row->size;
		memcpy(path + n, row->layer, layer + 1);
		path[n + layer] = '.';
		memcpy(path + n + layer + 1, row->name, strlen(row->name) + 1);
		if (!event_field_is_on(fields, path, row->native))
			continue;
		if (!event_step_field(&c, path, &s, row->type[0] == 's'))
			return false;
	}
	return event_step_end(&c);
}

/* "eth:ethertype:ip:tcp", as far as the event knows. */
static char *
put_protocols(char *p, const struct event *ev)
{
	bool v4 = net_addr_is_v4(&ev->tuple.src);
	const char *name;

	if (ev->flags & EVENT_HAS_MAC)
		p = put_fixed(p, "eth:ethertype:", 14);
	if (ev->flags & EVENT_HAS_VLAN)
		p = put_fixed(p, "vlan:ethertype:", 15);
	if (ev->flags & EVENT_HAS_TUPLE) {
		p = v4 ? put_fixed(p, "ip:", 3) : put_fixed(p, "ipv6:", 5);
		name = net_proto_name(ev->tuple.ip_proto);
		if (name) {
			p = put_fixed(p, name, strlen(name));
			*p++ = ':';
		}
	} else if (ev->kind == EVENT_PACKET && ev->packet.ether_type == 0x0806) {
		p = put_fixed(p, "arp:", 4);
	}
	if (ev->app_proto[0]) {
		bool raw = false;

		p = event_put_json(p, ev->app_proto, sizeof(ev->app_proto), &raw);
		*p++ = ':';
	}
	return p[-1] == ':' ? p - 1 : p;
}

/* As tshark shows them: a letter or a dot in the middle, for twelve bits. */
static char *
put_flags_text(char *p, uint8_t flags)
{
	static const char letters[] = "CEUAPRSF";

	for (int i = 0; i < 12; i++) {
		if (i >= 4 && flags & 0x80 >> (i - 4))
			*p++ = letters[i - 4];
		else
			p = put_fixed(p, "\u00b7", 2);
	}
	return p;
}

char *
event_put_layered(struct event_encoder *e, const struct event_step *s, char *p,
		  const struct event *ev)
{
	const uint8_t *at = (const uint8_t *)ev + s->offset;
	uint32_t number = 0;

	(void)e;
	if (s->size == sizeof(number))
		memcpy(&number, at, sizeof(number));
	switch (s->op) {
	case EVENT_OP_HEX8:
		return put_hex(put_fixed(p, "0x", 2), *at, 2);
	case EVENT_OP_HEX16_U8:
		return put_hex(put_fixed(p, "0x", 2), *at, 4);
	case EVENT_OP_HEX32_U8:
		return put_hex(put_fixed(p, "0x", 2), *at, 8);
	case EVENT_OP_HEX24:
		return put_hex(put_fixed(p, "0x", 2), number, 6);
	case EVENT_OP_EIGHTHS:
		return put_u32(p, ev->packet.frag_offset / 8);
	case EVENT_OP_IPV6_PLEN:
		return put_u32(p, number > 40 ? number - 40 : 0);
	case EVENT_OP_BIT:
		return *at & s->aux ? put_fixed(p, "true", 4) : put_fixed(p, "false", 5);
	case EVENT_OP_BIT_DIGIT:
		*p = *at & s->aux ? '1' : '0';
		return p + 1;
	case EVENT_OP_MILLIS:
		return put_u64(p, ev->ts_ns / NS_PER_MS);
	case EVENT_OP_PROTOCOLS:
		return put_protocols(p, ev);
	case EVENT_OP_FLAGS_TEXT:
		return put_flags_text(p, *at);
	default:
		return p;
	}
}
