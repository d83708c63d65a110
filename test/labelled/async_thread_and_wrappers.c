// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#define ASYNC_ON(old) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &(old))
#define ASYNC_OFF(old) pthread_setcanceltype((old), NULL)

struct brute { uint64_t from, to, found; };

static pthread_t cracker, counter, talker;

static uint64_t step(uint64_t x) { return x * 6364136223846793005u + 1442695040888963407u; }

// Silent: turned on and off for its caller.
static void async_begin(int *old) { ASYNC_ON(*old); }
static void async_end(int old) { ASYNC_OFF(old); }

// Silent: a start routine may be asynchronous all its life if it only computes.
static void *crack(void *arg)
{
    struct brute *b = arg;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (uint64_t x = b->from; x != b->to; x = step(x))
        if ((x & 0xffff) == 0xbeef)
            b->found = x;
    return NULL;
}

// Fires: this one talks.
static void say(uint64_t n) { syslog(LOG_INFO, "%llu", (unsigned long long)n); }
static void *talk(void *arg)
{
    struct brute *b = arg;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        say(b->found++); // expect: thread-stop-async-cancel-unsafe-call
}

// Fires: a region by wrapper functions, an unsafe call by a wrapper of a wrapper.
static void log2_(uint64_t n) { say(n); }
static void *count(void *arg)
{
    struct brute *b = arg;
    int old;
    for (;;) {
        async_begin(&old);
        b->found = step(b->found);
        log2_(b->found); // expect: thread-stop-async-cancel-unsafe-call
        async_end(old);
        sleep(1);
    }
}

// Silent: wrappers, and only arithmetic between them.
uint64_t burn(uint64_t n)
{
    int old;
    async_begin(&old);
    for (int i = 0; i < 100; i++)
        n = step(n);
    async_end(old);
    printf("%llu\n", (unsigned long long)n);
    return n;
}

// Silent: the type is only tested.
int is_async(void)
{
    int old, ignored;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    pthread_setcanceltype(old, &ignored);
    puts("tested");
    return old == PTHREAD_CANCEL_ASYNCHRONOUS;
}

// Silent: asynchronous only if told so, so not for certain.
void maybe(int fast, uint64_t *n)
{
    int old = 0;
    if (fast)
        ASYNC_ON(old);
    *n = step(*n);
    if (fast)
        ASYNC_OFF(old);
    say(*n);
}

int start(struct brute *b)
{
    return pthread_create(&cracker, NULL, crack, b) | pthread_create(&talker, NULL, talk, b) | pthread_create(&counter, NULL, count, b);
}

// Fires (pthread-cancel): all three.
void stop(void)
{
    pthread_cancel(cracker); // expect: thread-stop-pthread-cancel
    pthread_cancel(talker); // expect: thread-stop-pthread-cancel
    pthread_cancel(counter); // expect: thread-stop-pthread-cancel
    pthread_join(cracker, NULL);
    pthread_join(talker, NULL);
    pthread_join(counter, NULL);
}
