/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_frame.c - a frame in the kernel's ring made a packet view, in place.
 *
 * The kernel leaves room before the data (PACKET_RESERVE and its own alignment):
 * there the VLAN tag goes that was taken out of the frame, and on "any" the header
 * of LINKTYPE_LINUX_SLL2 (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
 *
 * The ring is the kernel's word and trusted; what the packets hold is not looked at.
 */
/* Before the kernel's own headers, which then leave out what it has. */
#include <net/if.h>

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "capture/live.h"

enum { MACS = 12, TAG = 4, SLL2 = 20 };
/* Of the struct sockaddr_ll behind the kernel's header. */
enum { FROM_AT = TPACKET_ALIGN((int)sizeof(struct tpacket3_hdr)) };

struct sll2 {
	uint16_t protocol, zero;
	uint32_t index;
	uint16_t arphrd;
	uint8_t kind, address_len;
	uint8_t address[8];
};

/* Length once extra bytes were put in front. */
static uint32_t
grown(const struct capture_frame_rules *rules, uint32_t caplen, uint32_t extra)
{
	return caplen + extra < rules->snaplen ? caplen + extra : rules->snaplen;
}

static void
put_tag(uint8_t *to, const struct tpacket3_hdr *frame)
{
	uint16_t tpid = frame->tp_status & TP_STATUS_VLAN_TPID_VALID
				? htons(frame->hv1.tp_vlan_tpid)
				: htons(ETH_P_8021Q);
	uint16_t tci = htons((uint16_t)frame->hv1.tp_vlan_tci);

	memcpy(to, &tpid, sizeof(tpid));
	memcpy(to + sizeof(tpid), &tci, sizeof(tci));
}

static uint8_t *
restore_tag(const struct capture_frame_rules *rules, const struct tpacket3_hdr *frame,
	    uint8_t *data, struct packet *out)
{
	out->wire_len += TAG;
	if (out->caplen < MACS)
		return data;
	memmove(data - TAG, data, MACS);
	put_tag(data - TAG + MACS, frame);
	out->caplen = grown(rules, out->caplen, TAG);
	return data - TAG;
}

static uint8_t *
put_sll2(const struct capture_frame_rules *rules, const struct tpacket3_hdr *frame,
	 const struct sockaddr_ll *from, uint8_t *data, struct packet *out)
{
	struct sll2 h = {
		.protocol = from->sll_protocol,
		.index = htonl((uint32_t)from->sll_ifindex),
		.arphrd = htons(from->sll_hatype),
		.kind = from->sll_pkttype,
		.address_len = from->sll_halen,
	};
	uint32_t extra = SLL2;
	uint8_t tag[TAG];

	memcpy(h.address, from->sll_addr, sizeof(h.address));
	if (frame->tp_status & TP_STATUS_VLAN_VALID) {
		put_tag(tag, frame);
		memcpy(data - TAG, tag + 2, 2);
		memcpy(data - 2, &h.protocol, sizeof(h.protocol));
		memcpy(&h.protocol, tag, sizeof(h.protocol));
		data -= TAG;
		extra += TAG;
	}
	memcpy(data - SLL2, &h, sizeof(h));
	out->caplen = grown(rules, out->caplen, extra);
	out->wire_len += extra;
	return data - SLL2;
}

/* What goes out over the loopback interface comes in again: it is taken then. */
static bool
is_wanted(const struct capture_frame_rules *rules, const struct sockaddr_ll *from)
{
	if (from->sll_pkttype != PACKET_OUTGOING)
		return rules->want != CAPTURE_WANT_OUT;
	return rules->want != CAPTURE_WANT_IN && from->sll_hatype != ARPHRD_LOOPBACK;
}

bool
capture_frame_read(struct capture_frame_rules *rules, struct tpacket3_hdr *frame,
		   struct packet *out)
{
	uint8_t *data = (uint8_t *)frame + frame->tp_mac;
	const struct sockaddr_ll *from = (const void *)((const uint8_t *)frame + FROM_AT);

	if (!is_wanted(rules, from))
		return false;
	*out = (struct packet){
		.ts_ns = frame->tp_sec * NS_PER_SEC + frame->tp_nsec,
		.caplen = frame->tp_snaplen,
		.wire_len = frame->tp_len,
		.linktype = rules->linktype,
		.dir = from->sll_pkttype == PACKET_OUTGOING ? CAPTURE_DIR_OUT : CAPTURE_DIR_IN,
		.flags = frame->tp_status & TP_STATUS_CSUMNOTREADY ? CAPTURE_CHECKSUM_OFFLOADED : 0,
	};
	if (rules->cooked) {
		out->interface = capture_names_number(&rules->names, from->sll_ifindex);
		data = put_sll2(rules, frame, from, data, out);
	} else if (BASE_UNLIKELY(frame->tp_status & TP_STATUS_VLAN_VALID)) {
		data = restore_tag(rules, frame, data, out);
	}
	out->data = data;
	return true;
}
