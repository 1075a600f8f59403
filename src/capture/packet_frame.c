/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_frame.c - a frame in the kernel's ring made a packet view, in place.
 *
 * The kernel leaves room before the data (PACKET_RESERVE and its own alignment):
 * there the VLAN tag goes that was taken out of the frame, and on "any" the header
 * of LINKTYPE_LINUX_SLL2 (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).  It takes
 * the place of the link's own header; a socket without link headers (SOCK_DGRAM)
 * would save that, but does not say where the second of two VLAN tags went.
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

enum { MACS = 12, ETHERNET = 14, TAG = 4, SLL2 = 20 };
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

/* Finds the end of an Ethernet header; its type, or what that is called where it is a length. */
static uint8_t *
skip_ethernet(uint8_t *data, struct packet *out, uint16_t *protocol)
{
	memcpy(protocol, data + MACS, sizeof(*protocol));
	if (ntohs(*protocol) < ETH_P_802_3_MIN)
		*protocol = out->caplen >= ETHERNET + 2 && data[14] == 0xff && data[15] == 0xff
				    ? htons(ETH_P_802_3)
				    : htons(ETH_P_802_2);
	out->caplen -= ETHERNET;
	out->wire_len -= ETHERNET;
	return data + ETHERNET;
}

/* The same for any other link: the kernel knows. */
static uint8_t *
skip_link(const struct tpacket3_hdr *frame, uint8_t *data, struct packet *out)
{
	uint32_t len = frame->tp_net > frame->tp_mac ? (uint32_t)frame->tp_net - frame->tp_mac : 0;

	len = len < out->caplen ? len : out->caplen;
	out->caplen -= len;
	out->wire_len -= len;
	return data + len;
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
	bool is_ethernet = from->sll_hatype == ARPHRD_ETHER || from->sll_hatype == ARPHRD_LOOPBACK;

	memcpy(h.address, from->sll_addr, sizeof(h.address));
	if (is_ethernet && out->caplen >= ETHERNET) {
		if (frame->tp_status & TP_STATUS_VLAN_VALID)
			data = restore_tag(rules, frame, data, out);
		data = skip_ethernet(data, out, &h.protocol);
	} else {
		data = skip_link(frame, data, out);
	}
	memcpy(data - SLL2, &h, sizeof(h));
	out->caplen = grown(rules, out->caplen, SLL2);
	out->wire_len += SLL2;
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
