/* SPDX-License-Identifier: Apache-2.0 */
/* test_ring.c - order, fullness, wrap, marks, two mappings and a hostile producer. */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ring.h"

enum { CAPACITY = 4096, MESSAGES = 200000 };

static void *
block(void)
{
	void *mem = aligned_alloc(CACHE_LINE, ring_footprint(CAPACITY));

	assert_non_null(mem);
	memset(mem, 0, ring_footprint(CAPACITY));
	return mem;
}

static bool
push(struct ring_end *e, uint64_t value, uint32_t size)
{
	uint64_t *room = ring_reserve(e, size);

	if (!room)
		return false;
	memset(room, (int)(value & 0xff), size);
	room[0] = value;
	ring_commit(e, size);
	return true;
}

static void
records_come_out_in_order_over_many_wraps(void **state)
{
	struct ring_end in, out;
	void *mem = block();
	uint64_t next = 0;

	(void)state;
	assert_int_equal(ring_attach(&in, mem, CAPACITY, -1, -1), 0);
	assert_int_equal(ring_attach(&out, mem, CAPACITY, -1, -1), 0);
	for (uint64_t i = 0; i < 10000; i++) {
		uint32_t size;
		uint64_t *got;

		assert_true(push(&in, i, (uint32_t)(8 + 8 * (i % 60))));
		assert_null(ring_peek(&out, &size));
		ring_publish(&in);
		got = ring_peek(&out, &size);
		assert_non_null(got);
		assert_int_equal(size, 8 + 8 * (i % 60));
		assert_int_equal(got[0], next++);
		ring_pop(&out);
		ring_release(&out);
	}
	free(mem);
}

static void
a_full_ring_refuses(void **state)
{
	struct ring_end in, out;
	void *mem = block();
	uint64_t pushed = 0, popped = 0;
	uint32_t size;

	(void)state;
	ring_attach(&in, mem, CAPACITY, -1, -1);
	ring_attach(&out, mem, CAPACITY, -1, -1);
	while (push(&in, pushed, 104))
		pushed++;
	assert_in_range(pushed, CAPACITY / 112 - 1, CAPACITY / 112);
	ring_publish(&in);
	for (uint64_t *got; (got = ring_peek(&out, &size)) != NULL; popped++) {
		assert_int_equal(*got, popped);
		ring_pop(&out);
	}
	assert_int_equal(popped, pushed);
	assert_false(push(&in, pushed, 104));
	ring_release(&out);
	assert_true(push(&in, pushed, 104));
	free(mem);
}

static void
a_closed_ring_is_done_once_empty(void **state)
{
	struct ring_end in, out;
	void *mem = block();
	uint32_t size;

	(void)state;
	ring_attach(&in, mem, CAPACITY, -1, -1);
	ring_attach(&out, mem, CAPACITY, -1, -1);
	push(&in, 7, 8);
	ring_mark(&in, 42);
	assert_int_equal(ring_promised(&out), 42);
	ring_close(&in);
	assert_false(ring_done(&out));
	assert_non_null(ring_peek(&out, &size));
	ring_pop(&out);
	assert_true(ring_done(&out));
	free(mem);
}

static void
a_bad_size_or_place_is_refused(void **state)
{
	struct ring_end e;
	char *mem = block();

	(void)state;
	assert_true(ring_attach(&e, mem, 5000, -1, -1) < 0);
	assert_true(ring_attach(&e, mem, 64, -1, -1) < 0);
	assert_true(ring_attach(&e, mem + 8, CAPACITY, -1, -1) < 0);
	free(mem);
}

static void
a_hostile_producer_cannot_lead_outside(void **state)
{
	struct ring_end in, out;
	struct ring *r = block();
	uint32_t size;

	(void)state;
	ring_attach(&in, r, CAPACITY, -1, -1);
	ring_attach(&out, r, CAPACITY, -1, -1);
	push(&in, 1, 64);
	ring_publish(&in);
	((struct ring_head *)(void *)r->bytes)->size = 1u << 30;
	assert_null(ring_peek(&out, &size));
	assert_true(out.at == out.seen);
	atomic_store(&r->head, UINT64_MAX - 7);
	for (int i = 0; i < 100; i++)
		if (ring_peek(&out, &size)) {
			assert_true(size <= CAPACITY);
			ring_pop(&out);
		}
	free(r);
}

static void
one_ring_works_at_two_addresses(void **state)
{
	int fd = memfd_create("ring", 0);
	size_t bytes = ring_footprint(CAPACITY);
	struct ring_end in, out;
	uint32_t size;
	void *a, *b;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	a = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(a, b);
	ring_attach(&in, a, CAPACITY, -1, -1);
	ring_attach(&out, b, CAPACITY, -1, -1);
	push(&in, 99, 8);
	ring_publish(&in);
	assert_int_equal(*(uint64_t *)ring_peek(&out, &size), 99);
	munmap(a, bytes);
	munmap(b, bytes);
	close(fd);
}

struct pair {
	struct ring_end in, out;
	int fds[2];
};

static void *
produce(void *arg)
{
	struct pair *p = arg;

	for (uint64_t i = 0; i < MESSAGES; i++) {
		while (!push(&p->in, i, (uint32_t)(8 + 8 * (i % 30))))
			ring_wait_room(&p->in, 1000);
		if (i % 7 == 0)
			ring_mark(&p->in, i);
	}
	ring_close(&p->in);
	return NULL;
}

static void
two_threads_that_sleep_lose_nothing(void **state)
{
	void *mem = block();
	struct pair p;
	pthread_t thread;
	uint64_t next = 0;
	uint32_t size;

	(void)state;
	p.fds[0] = eventfd(0, EFD_NONBLOCK);
	p.fds[1] = eventfd(0, EFD_NONBLOCK);
	ring_attach(&p.in, mem, CAPACITY, p.fds[0], p.fds[1]);
	ring_attach(&p.out, mem, CAPACITY, p.fds[1], p.fds[0]);
	assert_int_equal(pthread_create(&thread, NULL, produce, &p), 0);
	while (!ring_done(&p.out)) {
		for (uint64_t *got; (got = ring_peek(&p.out, &size)) != NULL;) {
			assert_int_equal(got[0], next++);
			ring_pop(&p.out);
		}
		ring_release(&p.out);
		ring_sleep(&p.out, 1000);
	}
	assert_int_equal(next, MESSAGES);
	pthread_join(thread, NULL);
	close(p.fds[0]);
	close(p.fds[1]);
	free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_out_in_order_over_many_wraps),
		cmocka_unit_test(a_full_ring_refuses),
		cmocka_unit_test(a_closed_ring_is_done_once_empty),
		cmocka_unit_test(a_bad_size_or_place_is_refused),
		cmocka_unit_test(a_hostile_producer_cannot_lead_outside),
		cmocka_unit_test(one_ring_works_at_two_addresses),
		cmocka_unit_test(two_threads_that_sleep_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
