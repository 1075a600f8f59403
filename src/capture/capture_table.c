/* SPDX-License-Identifier: Apache-2.0 */
/* capture_table.c - to add a source: write its file, add its row. */
#include "capture/capture.h"

extern const struct capture_ops capture_pcap_file;
extern const struct capture_ops capture_af_packet;
extern const struct capture_ops capture_libpcap;

const struct capture_ops *const capture_table[] = {
	&capture_pcap_file,
	&capture_af_packet,
	&capture_libpcap,
	NULL,
};
