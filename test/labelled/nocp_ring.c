// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct ring { unsigned head, tail; int slots[256]; pthread_mutex_t lock; pthread_spinlock_t spin; int fd; atomic_int stop; };

extern void handle(int slot);
static int drop(struct ring *r) { return r->slots[r->tail++ & 255]; }
static int drop_locked(struct ring *r)
{
    int v;
    pthread_mutex_lock(&r->lock);
    v = drop(r);
    pthread_mutex_unlock(&r->lock);
    return v;
}
static void nap(void) { usleep(10); }

// Fires: only a mutex.
static void *drain(void *arg)
{
    struct ring *r = arg;
    for (;;) // expect: thread-stop-no-cancellation-point
        r->head += (unsigned)drop_locked(r);
    return NULL;
}

// Silent: fixed by testcancel.
static void *drain_fixed(void *arg)
{
    struct ring *r = arg;
    for (;;) {
        pthread_testcancel();
        r->head += (unsigned)drop_locked(r);
    }
    return NULL;
}

// Silent: a helper sleeps.
static void *drain_nap(void *arg)
{
    struct ring *r = arg;
    while (1) {
        if (drop_locked(r) == 0)
            nap();
    }
    return NULL;
}

// Silent: an unknown call.
static void *drain_unknown(void *arg)
{
    struct ring *r = arg;
    while (1)
        handle(drop(r));
    return NULL;
}

// Fires: a yielding busy loop.
static void *spin(void *arg)
{
    struct ring *r = arg;
    while (1) { // expect: thread-stop-no-cancellation-point
        pthread_spin_lock(&r->spin);
        r->tail = r->head;
        pthread_spin_unlock(&r->spin);
        sched_yield();
    }
}

// Silent: another means of stopping.
static void *until_stop(void *arg)
{
    struct ring *r = arg;
    while (!atomic_load(&r->stop))
        r->tail++;
    return NULL;
}

// Fires: flock waits for ever and never acts. Silent with LOCK_NB.
static void *file_lock(void *arg)
{
    struct ring *r = arg;
    flock(r->fd, LOCK_EX); // expect: thread-stop-no-cancellation-point
    drop(r);
    flock(r->fd, LOCK_UN);
    while (flock(r->fd, LOCK_SH | LOCK_NB) != 0)
        nap();
    return NULL;
}

// Fires: the inner loop ends, the outer does not.
static void *nested(void *arg)
{
    struct ring *r = arg;
    do { // expect: thread-stop-no-cancellation-point
        for (unsigned i = 0; i < 256; i++)
            r->slots[i] ^= (int)i;
    } while (1);
}

// Fires: a goto loop.
static void *backward(void *arg)
{
    struct ring *r = arg;
again: // expect: thread-stop-no-cancellation-point
    drop(r);
    memset(r->slots, 0, 16);
    goto again;
}

// Silent: disabled for good on purpose.
static void *immune(void *arg)
{
    struct ring *r = arg;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (;;)
        drop(r);
}

// Silent: asynchronous acts anywhere.
static void *asynchronous(void *arg)
{
    struct ring *r = arg;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        drop(r);
}

// Silent: it ends by a return in the middle.
static void *returns(void *arg)
{
    struct ring *r = arg;
    for (;;) {
        if (drop(r) == -1)
            return NULL;
    }
}

// Silent: stdio may act.
static void *prints(void *arg)
{
    struct ring *r = arg;
    for (;;)
        printf("%d\n", drop(r));
}

// Fires: the endless loop is in a callee.
static void forever(struct ring *r)
{
    for (;;) // expect: thread-stop-no-cancellation-point
        ioctl(r->fd, FIONREAD, &r->slots[0]);
}
static void *callee(void *arg)
{
    forever(arg);
    return NULL;
}

// Silent: nobody cancels this one.
static void *not_cancelled(void *arg)
{
    struct ring *r = arg;
    for (;;)
        drop(r);
}

typedef void *routine(void *);
static routine *const routines[] = { drain, drain_fixed, drain_nap, drain_unknown, spin, until_stop, file_lock, nested, backward, immune, asynchronous, returns, prints, callee };
static pthread_t threads[14], other;

int start_all(struct ring *r)
{
    pthread_create(&other, NULL, not_cancelled, r);
    for (unsigned i = 0; i < 14; i++)
        pthread_create(&threads[i], NULL, routines[i], r);
    return 0;
}

void stop_all(void)
{
    for (unsigned i = 0; i < 14; i++) {
        pthread_cancel(threads[i]); // expect: thread-stop-pthread-cancel
        pthread_join(threads[i], NULL);
    }
}
