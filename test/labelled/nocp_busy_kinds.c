// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct chan { pthread_mutex_t m; pthread_spinlock_t spin; uint32_t *regs; volatile uint32_t status; atomic_int ready; long n; void (*hook)(long); };

enum { T = 12 };
static pthread_t t_yield, t_mutex, t_spin, t_regs, t_ret, t_brk, t_cond, t_hook, t_async, t_print, t_alloc, t_call, t_one;

// Fires: sched_yield and clock_gettime are no points.
static void *yielding(void *arg)
{
    struct timespec ts;
    while (true) { // expect: thread-stop-no-cancellation-point
        sched_yield();
        clock_gettime(CLOCK_MONOTONIC, &ts);
        ((struct chan *)arg)->n = ts.tv_nsec;
    }
    return NULL;
}

// Fires: pthread_mutex_lock is none either.
static void *locking(void *arg)
{
    struct chan *c = arg;
    for (;;) { // expect: thread-stop-no-cancellation-point
        pthread_mutex_lock(&c->m);
        c->n++;
        pthread_mutex_unlock(&c->m);
    }
}

// Fires: nor is a spin lock; do-while has its head at the do.
static void *spinning(void *arg)
{
    struct chan *c = arg;
    do { // expect: thread-stop-no-cancellation-point
        pthread_spin_lock(&c->spin);
        c->n += atomic_load(&c->ready);
        pthread_spin_unlock(&c->spin);
    } while (1);
}

// Silent: polls a register and ends when it says so.
static void *polling(void *arg)
{
    struct chan *c = arg;
    while (!(c->status & 1u))
        c->n++;
    return NULL;
}

// Silent: a return in the middle.
static void *returning(void *arg)
{
    struct chan *c = arg;
    for (;;) {
        if (atomic_load(&c->ready))
            return NULL;
        c->n++;
    }
}

// Silent: breaks.
static void *breaking(void *arg)
{
    struct chan *c = arg;
    while (1) {
        if (++c->n > 1000)
            break;
    }
    return arg;
}

// Silent: a point on one path is enough.
static void *sometimes(void *arg)
{
    struct chan *c = arg;
    for (;;)
        if (++c->n % 1024 == 0)
            pthread_testcancel();
}

// Silent: nobody knows what the hook does.
static void *hooking(void *arg)
{
    struct chan *c = arg;
    for (;;)
        c->hook(c->n++);
}

// Silent: with the asynchronous type a cancel acts anywhere.
static void *asynchronous(void *arg)
{
    struct chan *c = arg;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        c->n++;
}

// Silent: printing may be a point.
static void *printing(void *arg)
{
    struct chan *c = arg;
    for (;;)
        printf("%ld\n", c->n++);
}

// Fires: malloc, memset and free are none.
static void *allocating(void *arg)
{
    struct chan *c = arg;
    for (;;) { // expect: thread-stop-no-cancellation-point
        char *p = malloc(64);
        if (p != NULL)
            memset(p, 0, 64);
        free(p);
        c->n++;
    }
}

// Silent: endless by a callee that leaves.
static void leave_if(struct chan *c) { if (c->n < 0) pthread_exit(NULL); }
static void *calling(void *arg)
{
    struct chan *c = arg;
    for (;; c->n++)
        leave_if(c);
}

// Silent: reads before and after, and the loop ends.
static void *bounded(void *arg)
{
    struct chan *c = arg;
    char b;
    read(0, &b, 1);
    for (int i = 0; i < 1000000; i++)
        c->n += i;
    read(0, &b, 1);
    return NULL;
}

// Silent: starts all.
int start(struct chan *c)
{
    return pthread_create(&t_yield, NULL, yielding, c) | pthread_create(&t_mutex, NULL, locking, c) |
           pthread_create(&t_spin, NULL, spinning, c) | pthread_create(&t_regs, NULL, polling, c) |
           pthread_create(&t_ret, NULL, returning, c) | pthread_create(&t_brk, NULL, breaking, c) |
           pthread_create(&t_cond, NULL, sometimes, c) | pthread_create(&t_hook, NULL, hooking, c) |
           pthread_create(&t_async, NULL, asynchronous, c) | pthread_create(&t_print, NULL, printing, c) |
           pthread_create(&t_alloc, NULL, allocating, c) | pthread_create(&t_call, NULL, calling, c) |
           pthread_create(&t_one, NULL, bounded, c);
}

// Fires (pthread-cancel): all of them.
void stop(void)
{
    pthread_t all[T + 1] = { t_yield, t_mutex, t_spin, t_regs, t_ret, t_brk, t_cond, t_hook, t_async, t_print, t_alloc, t_call, t_one };
    for (int i = 0; i <= T; i++) {
        pthread_cancel(all[i]); // expect: thread-stop-pthread-cancel
        pthread_join(all[i], NULL);
    }
}
