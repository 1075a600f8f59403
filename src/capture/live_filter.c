/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_filter.c - the BPF filter of a live source, in the kernel where it can be.
 *
 * A network card or the kernel takes the outermost VLAN tag out of a frame before
 * the filter sees it, so `vlan 5` must ask for the tag beside the frame.  libpcap
 * writes such programs only for an open handle on the interface, which is why one
 * is opened for a moment.  Where that does not work (the interface is down, or it
 * is "any", whose link header does not exist in the kernel), the filter runs here
 * on what is handed out, with the tag put back.
 *
 * Thread: opens only; pcap_compile is used by one thread at a time per handle.
 */
#include <errno.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/live.h"

enum { HELPER_BUFFER = 64 << 10 };

static int
no_memory(char err[BASE_ERROR_LEN])
{
	snprintf(err, BASE_ERROR_LEN, "no memory for the filter");
	return -ENOMEM;
}

/* A program that takes everything up to snaplen. */
static int
take_all(struct capture_live_filter *f, uint32_t snaplen)
{
	f->program = calloc(1, sizeof(f->program[0]));
	if (!f->program)
		return -ENOMEM;
	f->program[0] = (struct sock_filter){ .code = BPF_RET | BPF_K, .k = snaplen };
	f->n_program = 1;
	return 0;
}

/* An active handle on the interface, with the link type we take from it; NULL when
 * there is none to be had. */
static pcap_t *
helper_open(const struct capture_iface *iface, int linktype, uint32_t snaplen)
{
	char ignored[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(iface->name, ignored);
	int dlt = linktype == CAPTURE_LINK_RAW ? DLT_RAW : DLT_EN10MB;

	if (!p)
		return NULL;
	pcap_set_snaplen(p, (int)snaplen);
	pcap_set_buffer_size(p, HELPER_BUFFER);
	if (pcap_activate(p) >= 0 && pcap_datalink(p) == dlt)
		return p;
	pcap_close(p);
	return NULL;
}

static int
copy_program(struct capture_live_filter *f, const struct bpf_program *from)
{
	if (from->bf_len == 0 || from->bf_len > BPF_MAXINSNS)
		return -E2BIG;
	f->program = calloc(from->bf_len, sizeof(f->program[0]));
	if (!f->program)
		return -ENOMEM;
	for (unsigned i = 0; i < from->bf_len; i++)
		f->program[i] = (struct sock_filter){
			.code = from->bf_insns[i].code,
			.jt = from->bf_insns[i].jt,
			.jf = from->bf_insns[i].jf,
			.k = from->bf_insns[i].k,
		};
	f->n_program = (uint16_t)from->bf_len;
	return 0;
}

static int
compile_for_kernel(struct capture_live_filter *f, const struct capture_iface *iface,
		   const char *text, int linktype, uint32_t snaplen)
{
	struct bpf_program program;
	pcap_t *p = helper_open(iface, linktype, snaplen);
	int result = -EOPNOTSUPP;

	if (!p)
		return result;
	if (pcap_compile(p, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		result = copy_program(f, &program);
		pcap_freecode(&program);
	}
	pcap_close(p);
	return result;
}

int
capture_live_filter_new(struct capture_live_filter *out, const struct capture_iface *iface,
			const char *text, uint32_t snaplen, char err[BASE_ERROR_LEN])
{
	struct capture_live_filter f = { 0 };
	int linktype = capture_iface_linktype(iface, err), result;

	if (linktype < 0)
		return linktype;
	if (text && text[0]) {
		/* This one also finds what is wrong with the text. */
		result = capture_filter_new(&f.user, text, (uint16_t)linktype, snaplen, err);
		if (result < 0)
			return result;
		if (iface->index != 0 &&
		    compile_for_kernel(&f, iface, text, linktype, snaplen) == 0) {
			f.in_kernel = true;
			capture_filter_free(f.user);
			f.user = NULL;
		}
	}
	if (!f.program && take_all(&f, snaplen) < 0) {
		capture_live_filter_fini(&f);
		return no_memory(err);
	}
	*out = f;
	return 0;
}

int
capture_live_filter_move(struct capture_live_filter *f, uint16_t linktype, const char *text,
			 uint32_t snaplen, char err[BASE_ERROR_LEN])
{
	int result = capture_filter_new(&f->user, text, linktype, snaplen, err);

	if (result < 0)
		return result;
	free(f->program);
	f->program = NULL;
	f->in_kernel = false;
	return take_all(f, snaplen) < 0 ? no_memory(err) : 0;
}

void
capture_live_filter_fini(struct capture_live_filter *f)
{
	capture_filter_free(f->user);
	free(f->program);
	*f = (struct capture_live_filter){ 0 };
}
