/* SPDX-License-Identifier: Apache-2.0 */
/*
 * community_id.h - Community ID v1, the name of a flow that tools share
 * (github.com/corelight/community-id-spec).
 */
#ifndef NET_COMMUNITY_ID_H
#define NET_COMMUNITY_ID_H

#include "net/net.h"

/* "1:" and a SHA-1 in base64. */
enum { NET_COMMUNITY_ID = 30 };

/* Writes NET_COMMUNITY_ID letters and no terminator.  Both directions of a flow give the same
 * text, except for ICMP messages that have no answer: there the sender of the message is the
 * source.  Ports of ICMP are type and counter-type, or type and code where there is none (see
 * struct net_tuple).  Protocols other than TCP, UDP, SCTP and ICMP have no ports. */
void net_community_id(const struct net_tuple *t, uint16_t seed, char out[NET_COMMUNITY_ID]);

#endif
