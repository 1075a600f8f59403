/* SPDX-License-Identifier: Apache-2.0 */
/* arp.c - Address Resolution Protocol (RFC 826) and RARP over Ethernet and IPv4. */
#include "proto/proto.h"

enum { HARDWARE_ETHERNET = 1, PROTOCOL_IPV4 = 0x0800 };

static enum proto_result
arp_parse(void *state, struct proto_packet *p, struct event *ev)
{
	struct cursor *c = &p->payload;
	uint16_t hardware = cursor_be16(c), protocol = cursor_be16(c);
	uint8_t hardware_len = cursor_u8(c), protocol_len = cursor_u8(c);
	uint16_t op = cursor_be16(c);
	const uint8_t *sender_mac = cursor_take(c, 6), *sender_ip = cursor_take(c, 4);
	const uint8_t *target_mac = cursor_take(c, 6), *target_ip = cursor_take(c, 4);

	(void)state;
	p->done = true;
	if (c->truncated || hardware != HARDWARE_ETHERNET || protocol != PROTOCOL_IPV4 ||
	    hardware_len != 6 || protocol_len != 4)
		return PROTO_BAD;
	ev->arp = (struct event_arp){
		.sender_ip = net_addr_v4(sender_ip),
		.target_ip = net_addr_v4(target_ip),
		.op = op,
		.gratuitous = memcmp(sender_ip, target_ip, 4) == 0,
	};
	memcpy(ev->arp.sender_mac, sender_mac, 6);
	memcpy(ev->arp.target_mac, target_mac, 6);
	return PROTO_EVENT;
}

const struct proto_ops proto_arp = {
	.name = "",
	.summary = "Address Resolution Protocol messages.",
	.over = PROTO_OVER_CLASS,
	.id = DECODE_ARP,
	.kind = EVENT_ARP,
	.parse = arp_parse,
};
