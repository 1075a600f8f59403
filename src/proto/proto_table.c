/* SPDX-License-Identifier: Apache-2.0 */
/* proto_table.c - to add a protocol: write its file, add its row. */
#include "proto/proto.h"

extern const struct proto_ops proto_arp, proto_icmp, proto_dns, proto_mdns, proto_llmnr;

/* A flow remembers its row's place in one byte: rows are added at the end. */
const struct proto_ops *const proto_table[] = {
	&proto_arp, &proto_icmp, &proto_dns, &proto_mdns, &proto_llmnr, NULL,
};
