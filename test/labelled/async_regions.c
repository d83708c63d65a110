// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct frame { double v[1024]; uint8_t bytes[4096]; atomic_ulong seq; double (*kernel)(double); };

extern double smooth(double x);
extern int cmp(const void *a, const void *b);
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static inline uint32_t rotl(uint32_t x, int n) { return x << n | x >> (32 - n); }
static uint32_t mix(const uint8_t *p, size_t n)
{
    uint32_t h = 2166136261u;
    while (n--)
        h = rotl(h ^ *p++, 5) * 16777619u;
    return h;
}

// Silent: arithmetic, builtins and atomics.
uint32_t compute(struct frame *f)
{
    int old;
    uint32_t h;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    h = mix(f->bytes, sizeof f->bytes);
    h += (uint32_t)__builtin_popcount(h);
    atomic_fetch_add(&f->seq, 1);
    f->v[0] = sqrt(f->v[1]) + fabs(f->v[2]);
    memset(f->bytes, 0, sizeof f->bytes);
    pthread_setcanceltype(old, NULL);
    return h;
}

// Fires: malloc may be left with its locks taken.
void *grow(size_t n)
{
    int old;
    void *p;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    p = malloc(n); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    return p;
}

// Fires once: at the first of three.
void chatty(struct frame *f)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    f->v[0] += 1;
    printf("%f\n", f->v[0]); // expect: thread-stop-async-cancel-unsafe-call
    fflush(stdout);
    free(NULL);
    pthread_setcanceltype(old, NULL);
}

// Fires: an unknown function, and an unknown pointer is no better; one region, one finding.
void unknown(struct frame *f)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    f->v[0] = smooth(f->v[0]); // expect: thread-stop-async-cancel-unsafe-call
    f->v[1] = f->kernel(f->v[1]);
    pthread_setcanceltype(old, NULL);
}

// Silent: disabled first, so the type does not matter.
void disabled(void)
{
    int old, type;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    puts("x");
    pthread_setcanceltype(type, NULL);
    pthread_setcancelstate(old, NULL);
}

// Silent: deferred again for the call, then asynchronous, then back.
void windows(struct frame *f)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    f->v[0] = 1;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    puts("checkpoint");
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    f->v[1] = 2;
    pthread_setcanceltype(old, NULL);
}

// Silent: AC-safe calls of the table.
ssize_t one_read(int fd, char *b)
{
    int old;
    ssize_t n;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    n = read(fd, b, 1);
    pthread_setcanceltype(old, NULL);
    return n;
}

// Fires: the lock belongs to the other check, the sort is this one's.
void sorted(struct frame *f)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    qsort(f->v, 1024, sizeof f->v[0], cmp); // expect: thread-stop-async-cancel-unsafe-call
    pthread_mutex_lock(&m); // expect: thread-stop-async-cancel-with-lock
    f->v[0] = 0;
    pthread_mutex_unlock(&m);
    pthread_setcanceltype(old, NULL);
}

// Silent: the region has ended on the path that prints.
void either(struct frame *f, int loud)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    f->v[0] *= 2;
    if (loud) {
        pthread_setcanceltype(old, NULL);
        puts("doubled");
        return;
    }
    pthread_setcanceltype(old, NULL);
}
