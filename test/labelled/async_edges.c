// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef double (*fn)(double);
static const int type_async = PTHREAD_CANCEL_ASYNCHRONOUS;

static double half(double x) { return x / 2; }
static const fn table[] = { half };
static int depth(int n) { return n <= 0 ? 0 : 1 + depth(n - 1); }
static uint32_t crc(const void *p, size_t n)
{
    const uint8_t *b = p;
    uint32_t c = ~0u;
    for (size_t i = 0; i < n; i++) {
        c ^= b[i];
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xedb88320u & -(c & 1));
    }
    return ~c;
}

// Silent: recursion and loops of one's own.
uint32_t own(const void *p, size_t n)
{
    int old;
    uint32_t r;
    pthread_setcanceltype(type_async, &old);
    r = crc(p, n) + (uint32_t)depth(5);
    pthread_setcanceltype(old, NULL);
    return r;
}

// Fires: the type comes from a constant.
char *by_constant(const char *s)
{
    int old;
    char *r;
    pthread_setcanceltype(type_async, &old);
    r = strdup(s); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    return r;
}

// Silent: one known target, and it computes.
double by_pointer(double x)
{
    int old;
    fn f = half;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    x = f(x);
    pthread_setcanceltype(old, NULL);
    return x;
}

// Silent: the call is made where the state is disabled.
void bracket(int n)
{
    int type, state;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    n = depth(n);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    printf("%d\n", n);
    pthread_setcancelstate(state, NULL);
    pthread_setcanceltype(type, NULL);
}

// Fires: enabled again before the print.
void bracket_short(int n)
{
    int type, state;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    n = depth(n);
    pthread_setcancelstate(state, NULL);
    printf("%d\n", n); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(type, NULL);
}

// Fires: a loop whose second half is unsafe; one finding for the region.
void looped(int n)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    for (int i = 0; i < n; i++) {
        depth(i);
        if (i % 100 == 0)
            fprintf(stderr, "%d\n", i); // expect: thread-stop-async-cancel-unsafe-call
    }
    pthread_setcanceltype(old, NULL);
}

// Fires twice: two regions, two findings.
void twice(void)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    puts("one"); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
    puts("between");
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    puts("two"); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
}

// Silent: only the call of cancel itself, which POSIX allows.
void allowed(pthread_t t)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_setcanceltype(old, NULL);
}

// Silent: unreachable.
void never(void)
{
    int old;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    if (0)
        puts("never");
    (void)sizeof(puts("not evaluated"));
    pthread_setcanceltype(old, NULL);
}
