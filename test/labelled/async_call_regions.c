// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sum;
static double table[64];
extern void report(double x);
static void (*hook)(void);

static double poly(double x) { return x * x + 3 * x; }
static double poly2(double x) { return poly(poly(x)); }
static void store(int i, double x) { table[i & 63] = poly2(x); }
static void tell(const char *s) { fputs(s, stderr); }
static void tell_twice(const char *s) { tell(s); tell(s); }

// Silent: plain computation through three levels.
void *compute(void *arg)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (int i = 0;; i++)
        store(i, i);
    return arg;
}

// Fires: malloc in the region.
void *allocate(void *arg)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    char *p = malloc(10); // expect: thread-stop-async-cancel-unsafe-call
    memset(p, 0, 10);
    free(p);
    return arg;
}

// Fires: a callee two levels deep prints.
void *deep(void *arg)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sum++;
    tell_twice("x"); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    tell("y");
    return arg;
}

// Fires: an unknown callee.
void *unknown(void *arg)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    report(poly(1)); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    return arg;
}

// Fires: a call through a pointer is unknown too.
void *through_pointer(void *arg)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    hook(); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    return arg;
}

// Silent: back to deferred, or disabled, before the call.
void *closed(void *arg)
{
    int old, state;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sum += (uint64_t)poly(2);
    pthread_setcanceltype(old, NULL);
    printf("%d\n", (int)sum);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    free(malloc(3));
    pthread_setcancelstate(state, NULL);
    return arg;
}

// Silent: the three functions that POSIX names; testcancel.
void *posix_three(void *arg)
{
    int old, state;
    pthread_t *other = arg;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_cancel(*other); // expect: thread-stop-pthread-cancel
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    report(1);
    pthread_setcancelstate(state, NULL);
    pthread_setcanceltype(old, NULL);
    return arg;
}

// Silent: async only on one of the paths.
void *maybe(void *arg)
{
    int old = PTHREAD_CANCEL_DEFERRED;
    if (arg)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    printf("x\n");
    pthread_setcanceltype(old, NULL);
    return arg;
}

static void go_async(int *old) { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, old); }
static void go_back(int old) { pthread_setcanceltype(old, NULL); }
static int set_async(int on)
{
    int old;
    pthread_setcanceltype(on ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED, &old);
    return old;
}

// Fires: by helpers.
void *helpers(void *arg)
{
    int old;
    go_async(&old);
    sum++;
    puts("busy"); // expect: thread-stop-async-cancel-unsafe-call
    go_back(old);
    puts("idle");
    return arg;
}

// Fires: a helper that gets what to do as a constant.
void *by_argument(void *arg)
{
    set_async(1);
    puts("busy"); // expect: thread-stop-async-cancel-unsafe-call
    set_async(0);
    puts("idle");
    return arg;
}

// Fires once: one region, the rest are notes. A lock call belongs to another check.
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
void *several(void *arg)
{
    int old;
    struct tm tm;
    time_t t = 0;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_mutex_lock(&m); // expect: thread-stop-async-cancel-with-lock
    pthread_mutex_unlock(&m);
    localtime_r(&t, &tm); // expect: thread-stop-async-cancel-unsafe-call
    fflush(stdout);
    free(arg);
    pthread_setcanceltype(old, NULL);
    return NULL;
}

// Silent by default: the manual calls these AC-Safe.
void *manual_safe(void *arg)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sum += strlen(arg);
    memcpy(table, arg, 8);
    sum += (uint64_t)read(0, table, 8);
    pthread_setcanceltype(old, NULL);
    return arg;
}

// Fires twice: two regions.
void *two(void *arg)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    puts("a"); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    pthread_testcancel();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    puts("b"); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    return arg;
}

// Silent: if (0), and what comes after abort.
void *dead(void *arg)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    if (0)
        puts("never");
    for (;;)
        sum++;
    puts("never");
    return arg;
}
