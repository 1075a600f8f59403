/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c - the half of a ring that is not on every record's path, and sleeping. */
#include "base/ring.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { MIN_CAPACITY = 4096 };

size_t
ring_footprint(uint64_t capacity)
{
	return sizeof(struct ring) + capacity;
}

int
ring_attach(struct ring_end *end, void *mem, uint64_t capacity, int own_fd, int peer_fd)
{
	if (capacity < MIN_CAPACITY || (capacity & (capacity - 1)) != 0 ||
	    (uintptr_t)mem % CACHE_LINE != 0)
		return -EINVAL;
	*end = (struct ring_end){
		.ring = mem,
		.capacity = capacity,
		.own_fd = own_fd,
		.peer_fd = peer_fd,
	};
	return 0;
}

static struct ring_head *
head_at(const struct ring_end *e, uint64_t index)
{
	return (struct ring_head *)(void *)(e->ring->bytes + (index & (e->capacity - 1)));
}

void *
ring_reserve_slow(struct ring_end *e, uint32_t size)
{
	uint64_t need = sizeof(struct ring_head) + size;
	uint64_t left = e->capacity - (e->at & (e->capacity - 1));
	uint64_t wanted = need <= left ? need : need + left;

	assert(need <= e->capacity / 4);
	if (e->at + wanted - e->seen > e->capacity) {
		e->seen = atomic_load_explicit(&e->ring->tail, memory_order_acquire);
		if (e->at + wanted - e->seen > e->capacity)
			return NULL;
	}
	if (need > left) {
		*head_at(e, e->at) = (struct ring_head){
			.size = (uint32_t)(left - sizeof(struct ring_head)),
			.skip = 1,
		};
		e->at += left;
	}
	return (uint8_t *)head_at(e, e->at) + sizeof(struct ring_head);
}

static void
wake(int fd)
{
	static const uint64_t one = 1;

	/* A full eventfd is awake already; nothing else can go wrong with it. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return;
}

void
ring_publish(struct ring_end *e)
{
	if (atomic_load_explicit(&e->ring->head, memory_order_relaxed) == e->at)
		return;
	atomic_store_explicit(&e->ring->head, e->at, memory_order_release);
	/* The flag is read after the index is visible: a consumer that set it
	 * before looks at the index once more and sees this one. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&e->ring->consumer_waits, memory_order_relaxed))
		wake(e->peer_fd);
}

void
ring_mark(struct ring_end *e, uint64_t mark)
{
	ring_publish(e);
	atomic_store_explicit(&e->ring->mark, mark, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&e->ring->consumer_waits, memory_order_relaxed))
		wake(e->peer_fd);
}

void
ring_close(struct ring_end *e)
{
	ring_publish(e);
	atomic_store_explicit(&e->ring->closed, 1, memory_order_seq_cst);
	wake(e->peer_fd);
}

static void
sleep_on(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&p, 1, timeout_ms) > 0 && read(fd, &count, sizeof(count)) < 0)
		return;
}

void
ring_wait_room(struct ring_end *e, int timeout_ms)
{
	ring_publish(e);
	atomic_store_explicit(&e->ring->producer_waits, 1, memory_order_seq_cst);
	if (atomic_load_explicit(&e->ring->tail, memory_order_seq_cst) == e->seen)
		sleep_on(e->own_fd, timeout_ms);
	atomic_store_explicit(&e->ring->producer_waits, 0, memory_order_relaxed);
}

/* The record at e->at, or NULL when its length cannot be. */
static struct ring_head *
checked_head(struct ring_end *e)
{
	struct ring_head *h = head_at(e, e->at);
	uint64_t left = e->capacity - (e->at & (e->capacity - 1));

	if (h->size % RING_ALIGN != 0 || sizeof(*h) + h->size > left ||
	    sizeof(*h) + h->size > e->seen - e->at)
		return NULL;
	return h;
}

void *
ring_peek(struct ring_end *e, uint32_t *size)
{
	for (;;) {
		struct ring_head *h;

		if (e->at == e->seen) {
			e->seen = atomic_load_explicit(&e->ring->head, memory_order_acquire);
			if (e->at == e->seen)
				return NULL;
		}
		h = checked_head(e);
		if (!h) {
			e->at = e->seen;
			return NULL;
		}
		if (!h->skip) {
			*size = h->size;
			return h + 1;
		}
		e->at += sizeof(*h) + h->size;
	}
}

void
ring_pop(struct ring_end *e)
{
	struct ring_head *h = checked_head(e);

	e->at = h ? e->at + sizeof(*h) + h->size : e->seen;
}

void
ring_release(struct ring_end *e)
{
	if (atomic_load_explicit(&e->ring->tail, memory_order_relaxed) == e->at)
		return;
	atomic_store_explicit(&e->ring->tail, e->at, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&e->ring->producer_waits, memory_order_relaxed))
		wake(e->peer_fd);
}

uint64_t
ring_promised(const struct ring_end *e)
{
	return atomic_load_explicit(&e->ring->mark, memory_order_acquire);
}

bool
ring_done(struct ring_end *e)
{
	/* closed is read first: once it is seen, every push that came before is too. */
	if (!atomic_load_explicit(&e->ring->closed, memory_order_acquire))
		return false;
	e->seen = atomic_load_explicit(&e->ring->head, memory_order_acquire);
	return e->at == e->seen;
}

bool
ring_will_wait(struct ring_end *e)
{
	atomic_store_explicit(&e->ring->consumer_waits, 1, memory_order_seq_cst);
	if (atomic_load_explicit(&e->ring->head, memory_order_seq_cst) == e->at &&
	    !atomic_load_explicit(&e->ring->closed, memory_order_seq_cst))
		return true;
	ring_unwait(e);
	return false;
}

void
ring_unwait(struct ring_end *e)
{
	atomic_store_explicit(&e->ring->consumer_waits, 0, memory_order_relaxed);
}

void
ring_sleep(struct ring_end *e, int timeout_ms)
{
	if (!ring_will_wait(e))
		return;
	sleep_on(e->own_fd, timeout_ms);
	ring_unwait(e);
}

uint64_t
ring_fill(const struct ring_end *e)
{
	return atomic_load_explicit(&e->ring->head, memory_order_relaxed) -
	       atomic_load_explicit(&e->ring->tail, memory_order_relaxed);
}
