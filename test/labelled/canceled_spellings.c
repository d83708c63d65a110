// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static pthread_t ticker;
static const intptr_t gone_number = -1;
static void *const gone_pointer = (void *)-1;
enum { TICKER_GONE = -1 };

// Silent: ticks for ever.
static void *ticker_main(void *arg)
{
    for (;;) {
        write(*(int *)arg, "t", 1);
        sleep(1);
    }
}

// Silent: starts it.
int ticker_start(int *fd) { return pthread_create(&ticker, NULL, ticker_main, fd); }

// Fires: all ones of the pointer's width.
int unsigned_max(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (uintptr_t)r == UINTPTR_MAX; // expect: thread-stop-canceled-compare
}

// Fires: the same, complemented.
int complement(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (unsigned long)r == ~0UL; // expect: thread-stop-canceled-compare
}

// Fires: 32 ones.
int hexadecimal(void)
{
    void *r;
    pthread_join(ticker, &r);
    return r == (void *)0xffffffff; // expect: thread-stop-canceled-compare
}

// Fires: cut to int.
int as_int(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (int)(intptr_t)r == -1; // expect: thread-stop-canceled-compare
}

// Fires: a long variable in between.
long as_long(void)
{
    void *r;
    long code;
    pthread_join(ticker, &r);
    code = (long)r;
    return code != -1L; // expect: thread-stop-canceled-compare
}

// Fires: a constant of the program that is the number.
int by_const(void)
{
    void *r;
    pthread_join(ticker, &r);
    if ((intptr_t)r == gone_number) // expect: thread-stop-canceled-compare
        return 1;
    return r != gone_pointer; // expect: thread-stop-canceled-compare
}

// Fires: an enumerator that is the number.
int by_enumerator(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (int)(long)r == TICKER_GONE; // expect: thread-stop-canceled-compare
}

// Fires: in a conditional expression.
const char *by_ternary(void)
{
    void *r = NULL;
    pthread_join(ticker, &r);
    return r == (void *)-1 ? "cancelled" : "done"; // expect: thread-stop-canceled-compare
}

// Fires: a case label.
const char *by_switch(void)
{
    void *r = NULL;
    pthread_join(ticker, &r);
    switch ((intptr_t)r) {
    case 0:
        return "done";
    case -1: // expect: thread-stop-canceled-compare
        return "cancelled";
    default:
        return "strange";
    }
}

// Fires: the result is assigned within the condition.
int in_condition(void)
{
    void *r;
    intptr_t n;
    if (pthread_join(ticker, &r) == 0 && (n = (intptr_t)r) == -1) // expect: thread-stop-canceled-compare
        return 1;
    return 0;
}

// Silent: one byte of it is no result any more.
int as_byte(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (signed char)(intptr_t)r == -1;
}

// Silent: the right name through an integer.
int by_name(void)
{
    void *r;
    pthread_join(ticker, &r);
    return (intptr_t)r == (intptr_t)PTHREAD_CANCELED;
}

// Silent: the right name in a variable of another type.
int by_name_variable(void)
{
    const intptr_t cancelled = (intptr_t)PTHREAD_CANCELED;
    void *r;
    pthread_join(ticker, &r);
    return (intptr_t)r == cancelled;
}

// Silent: printed, not compared.
void show(void)
{
    void *r;
    pthread_join(ticker, &r);
    printf("%p %d\n", r, r != NULL);
}

// Silent: overwritten before it is compared.
int overwritten(void *other)
{
    void *r;
    pthread_join(ticker, &r);
    r = other;
    return r == (void *)-1;
}

// Silent: -1 is the function's own mark for a join that failed.
int own_mark(void)
{
    void *r = (void *)-1;
    if (pthread_join(ticker, &r) != 0)
        return 2;
    return r == (void *)-1;
}

// Silent: the mark is set where the join fails.
int late_mark(void)
{
    void *r;
    if (pthread_join(ticker, &r) != 0)
        r = (void *)-1;
    return r == (void *)-1;
}
