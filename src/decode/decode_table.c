/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_table.c - which reader reads which header.
 *
 * Numbers are those of the tcpdump link-type registry, IEEE (EtherTypes) and
 * IANA (PPP and IP protocols, ports).
 */
#include "decode/rows.h"

const struct decode_row decode_table[] = {
	{ DECODE_LINK, false, CAPTURE_LINK_ETHERNET, "ethernet", decode_ethernet },
	{ DECODE_LINK, false, CAPTURE_LINK_SLL, "sll", decode_sll },
	{ DECODE_LINK, false, CAPTURE_LINK_SLL2, "sll2", decode_sll2 },
	{ DECODE_LINK, false, CAPTURE_LINK_NULL, "null", decode_null },
	{ DECODE_LINK, false, CAPTURE_LINK_LOOP, "loop", decode_null },
	{ DECODE_LINK, false, CAPTURE_LINK_RAW, "raw", decode_raw },
	{ DECODE_LINK, false, CAPTURE_LINK_IPV4, "raw ipv4", decode_ipv4 },
	{ DECODE_LINK, false, CAPTURE_LINK_IPV6, "raw ipv6", decode_ipv6 },
	{ DECODE_LINK, false, DECODE_REST, "other link type", decode_no_link },

	{ DECODE_ETHER, false, DECODE_TYPE_IPV4, "ipv4", decode_ipv4 },
	{ DECODE_ETHER, false, DECODE_TYPE_IPV6, "ipv6", decode_ipv6 },
	{ DECODE_ETHER, false, 0x8100, "vlan", decode_vlan },
	{ DECODE_ETHER, false, 0x88a8, "qinq", decode_vlan },
	{ DECODE_ETHER, false, 0x9100, "old qinq", decode_vlan },
	{ DECODE_ETHER, false, 0x8847, "mpls", decode_mpls },
	{ DECODE_ETHER, false, 0x8848, "mpls multicast", decode_mpls },
	{ DECODE_ETHER, false, 0x8863, "pppoe discovery", decode_as_pppoe },
	{ DECODE_ETHER, false, 0x8864, "pppoe session", decode_pppoe },
	{ DECODE_ETHER, false, DECODE_TYPE_PPP, "ppp", decode_ppp },
	{ DECODE_ETHER, false, 0x6558, "bridged ethernet", decode_ethernet },
	{ DECODE_ETHER, false, 0x0806, "arp", decode_as_arp },
	{ DECODE_ETHER, false, 0x8035, "rarp", decode_as_arp },
	{ DECODE_ETHER, false, 0x88cc, "lldp", decode_as_lldp },
	{ DECODE_ETHER, false, 0x0004, "llc", decode_llc },
	{ DECODE_ETHER, false, DECODE_REST, "other ethertype", decode_as_other },

	{ DECODE_AF, false, 2, "inet", decode_ipv4 },
	{ DECODE_AF, false, 10, "inet6 of linux", decode_ipv6 },
	{ DECODE_AF, false, 23, "inet6 of windows", decode_ipv6 },
	{ DECODE_AF, false, 24, "inet6 of netbsd, openbsd", decode_ipv6 },
	{ DECODE_AF, false, 28, "inet6 of freebsd", decode_ipv6 },
	{ DECODE_AF, false, 30, "inet6 of macos", decode_ipv6 },
	{ DECODE_AF, false, DECODE_REST, "other family", decode_as_other },

	{ DECODE_PPP, false, 0x0021, "ppp ipv4", decode_ipv4 },
	{ DECODE_PPP, false, 0x0057, "ppp ipv6", decode_ipv6 },
	{ DECODE_PPP, false, 0x0281, "ppp mpls", decode_mpls },
	{ DECODE_PPP, false, 0x0283, "ppp mpls multicast", decode_mpls },
	{ DECODE_PPP, false, DECODE_REST, "ppp control", decode_as_pppoe },

	{ DECODE_GRE, false, 0x88be, "erspan i, ii", decode_erspan },
	{ DECODE_GRE, false, 0x22eb, "erspan iii", decode_erspan3 },
	{ DECODE_GRE, false, DECODE_REST, "gre payload", decode_gre_ether_type },

	{ DECODE_IP, true, NET_IP_TCP, "tcp", decode_tcp },
	{ DECODE_IP, true, NET_IP_UDP, "udp", decode_udp },
	{ DECODE_IP, true, NET_IP_SCTP, "sctp", decode_sctp },
	{ DECODE_IP, true, NET_IP_ICMP, "icmp", decode_icmp },
	{ DECODE_IP, true, NET_IP_ICMPV6, "icmpv6", decode_icmpv6 },
	{ DECODE_IP, false, NET_IP_IGMP, "igmp", decode_igmp },
	{ DECODE_IP, false, NET_IP_IPIP, "ip in ip", decode_ip_in_ip },
	{ DECODE_IP, false, NET_IP_IPV6, "ipv6 in ip", decode_ipv6_in_ip },
	{ DECODE_IP, false, NET_IP_GRE, "gre", decode_gre },
	{ DECODE_IP, false, NET_IP_AH, "ah", decode_ah },
	{ DECODE_IP, false, NET_IP_HOPOPT, "hop-by-hop", decode_ipv6_options },
	{ DECODE_IP, false, NET_IP_ROUTING, "routing", decode_ipv6_options },
	{ DECODE_IP, false, NET_IP_DSTOPTS, "destination options", decode_ipv6_options },
	{ DECODE_IP, false, NET_IP_FRAGMENT, "fragment", decode_ipv6_fragment },
	{ DECODE_IP, false, NET_IP_ESP, "esp", decode_ip_payload },
	{ DECODE_IP, false, NET_IP_NONE, "no next header", decode_ip_payload },
	{ DECODE_IP, false, DECODE_REST, "other ip protocol", decode_ip_payload },

	{ DECODE_UDP, false, 4789, "vxlan", decode_vxlan },
	{ DECODE_UDP, false, 8472, "vxlan of linux", decode_vxlan },
	{ DECODE_UDP, false, 4790, "vxlan-gpe", decode_vxlan_gpe },
	{ DECODE_UDP, false, 6081, "geneve", decode_geneve },
	{ DECODE_UDP, false, 2152, "gtp-u", decode_gtpu },
	{ DECODE_UDP, false, DECODE_REST, "udp payload", decode_ip_payload },
};

const size_t decode_table_len = ARRAY_LEN(decode_table);
