/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - link types by number and name, and the interfaces of this machine.
 *
 * Link types are the LINKTYPE_ numbers of the tcpdump registry, as files carry
 * them; libpcap's own DLT_ numbers differ in a few places, and only for it.
 */
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/file.h"

enum { LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14 }; /* DLT_RAW of writers that did not translate */

const uint16_t capture_links[CAPTURE_LINKS] = {
	CAPTURE_LINK_ETHERNET, CAPTURE_LINK_RAW,  CAPTURE_LINK_SLL,  CAPTURE_LINK_SLL2,
	CAPTURE_LINK_NULL,     CAPTURE_LINK_LOOP, CAPTURE_LINK_IPV4, CAPTURE_LINK_IPV6,
};

uint16_t
capture_link_from_file(uint32_t linktype)
{
	if (linktype == LINK_RAW_BSD || linktype == LINK_RAW_OPENBSD)
		return CAPTURE_LINK_RAW;
	return (uint16_t)linktype;
}

int
capture_link_to_dlt(uint16_t linktype)
{
	static const struct {
		uint16_t linktype;
		int dlt;
	} differ[] = {
		{ 100, DLT_ATM_RFC1483 }, { CAPTURE_LINK_RAW, DLT_RAW }, { 102, DLT_SLIP_BSDOS },
		{ 103, DLT_PPP_BSDOS },   { 106, DLT_ATM_CLIP },
	};

	for (size_t i = 0; i < ARRAY_LEN(differ); i++)
		if (differ[i].linktype == linktype)
			return differ[i].dlt;
	return linktype;
}

const char *
capture_link_name(uint16_t linktype)
{
	return pcap_datalink_val_to_name(capture_link_to_dlt(linktype));
}

bool
capture_link_is_supported(uint16_t linktype)
{
	for (size_t i = 0; i < CAPTURE_LINKS; i++)
		if (capture_links[i] == linktype)
			return true;
	return false;
}

static const char *
kind_of(const struct sockaddr_ll *ll, char buf[32])
{
	switch (ll->sll_hatype) {
	case ARPHRD_ETHER:
		return "ethernet";
	case ARPHRD_LOOPBACK:
		return "loopback";
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
		return "raw IP";
	default:
		snprintf(buf, 32, "hardware type %u", ll->sll_hatype);
		return buf;
	}
}

/* "eth0  up  ethernet  52:54:00:12:34:56" */
static void
print_link(FILE *out, const struct ifaddrs *i)
{
	struct sockaddr_ll ll;
	char buf[32];

	memcpy(&ll, i->ifa_addr, sizeof(ll));
	fprintf(out, "%-15s %-4s %s", i->ifa_name, i->ifa_flags & IFF_UP ? "up" : "down",
		kind_of(&ll, buf));
	for (int b = 0; ll.sll_hatype == ARPHRD_ETHER && b < 6; b++)
		fprintf(out, "%c%02x", b == 0 ? ' ' : ':', ll.sll_addr[b]);
}

static void
print_addresses(FILE *out, const struct ifaddrs *all, const char *name)
{
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char text[NI_MAXHOST];
		socklen_t len;

		if (!i->ifa_addr || strcmp(i->ifa_name, name) != 0)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			len = sizeof(struct sockaddr_in);
		else if (i->ifa_addr->sa_family == AF_INET6)
			len = sizeof(struct sockaddr_in6);
		else
			continue;
		if (getnameinfo(i->ifa_addr, len, text, sizeof(text), NULL, 0, NI_NUMERICHOST) == 0)
			fprintf(out, " %s", text);
	}
}

char *
capture_interfaces_text(void)
{
	struct ifaddrs *all = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (getifaddrs(&all) == 0) {
		for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
			if (!i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET)
				continue;
			print_link(out, i);
			print_addresses(out, all, i->ifa_name);
			fputc('\n', out);
		}
		freeifaddrs(all);
	}
	fprintf(out, "%-15s %-4s all interfaces at once\n", "any", "up");
	fclose(out);
	return text;
}
