// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ringbuf { pthread_mutex_t lk; int16_t *s; size_t n, rd, wr; atomic_int run; };
extern void dsp(int16_t *, size_t);
extern int snd_write(const int16_t *, size_t);

static void rb_unlock(void *p) { pthread_mutex_unlock(&((struct ringbuf *)p)->lk); }
static void rb_free(void *p) { free(*(void **)p); }

// Silent: locals of the shairport kind: several handlers, popped in reverse order.
static void *player(void *arg)
{
    struct ringbuf *rb = arg;
    int16_t *tmp = malloc(4096);
    void *other = NULL;

    pthread_cleanup_push(free, tmp);
    pthread_cleanup_push(rb_free, &other);
    while (atomic_load(&rb->run)) {
        pthread_mutex_lock(&rb->lk);
        pthread_cleanup_push(rb_unlock, rb);
        if (rb->rd == rb->wr) {
            usleep(1000);
        } else {
            memcpy(tmp, rb->s + rb->rd, 64);
            rb->rd++;
        }
        pthread_cleanup_pop(1);
        if (snd_write(tmp, 64) < 0)
            break;
    }
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    pthread_exit(NULL);
}

// Fires: continue in the region within while.
static void *mixer(void *arg)
{
    struct ringbuf *rb = arg;

    while (atomic_load(&rb->run)) {
        pthread_mutex_lock(&rb->lk);
        pthread_cleanup_push(rb_unlock, rb);
        if (rb->rd == rb->wr)
            continue; // expect: thread-stop-unmatched-cleanup
        dsp(rb->s, 3);
        pthread_cleanup_pop(1);
    }
    return NULL;
}

// Fires: async DSP loop that takes the ring's lock (a real bug), state enabled.
static void *render(void *arg)
{
    struct ringbuf *rb = arg;

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        dsp(rb->s, rb->n); // expect: thread-stop-async-cancel-unsafe-call
        if (pthread_mutex_lock(&rb->lk) == 0) { // expect: thread-stop-async-cancel-with-lock
            rb->wr++;
            pthread_mutex_unlock(&rb->lk);
        }
    }
    return NULL;
}

// Silent: the same in deferred mode for the locked part.
static void *render2(void *arg)
{
    struct ringbuf *rb = arg;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        dsp(rb->s, rb->n); // expect: thread-stop-async-cancel-unsafe-call
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
        pthread_mutex_lock(&rb->lk);
        rb->wr++;
        pthread_mutex_unlock(&rb->lk);
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    }
    return NULL;
}

// Silent: condition with lock held in one branch of the loop only, async only after break.
static void *render3(void *arg)
{
    struct ringbuf *rb = arg;

    for (;;) {
        pthread_mutex_lock(&rb->lk);
        if (rb->rd != rb->wr)
            break;
        pthread_mutex_unlock(&rb->lk);
    }
    pthread_mutex_unlock(&rb->lk);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        dsp(rb->s, 1); // expect: thread-stop-async-cancel-unsafe-call
    return NULL;
}

// Fires: the break keeps it locked.
static void *render4(void *arg)
{
    struct ringbuf *rb = arg;

    for (;;) {
        pthread_mutex_lock(&rb->lk);
        if (rb->rd != rb->wr)
            break;
        pthread_mutex_unlock(&rb->lk);
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); // expect: thread-stop-async-cancel-with-lock
    for (;;)
        dsp(rb->s, 1); // expect: thread-stop-async-cancel-unsafe-call
    return NULL;
}

// Silent: starts.
void *(*const threads[])(void *) = { player, mixer, render, render2, render3, render4 };
