// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_t reader, counter, writer;
static int failed;

static void *read_main(void *arg) { char c; while (read(0, &c, 1) > 0) ; return arg; }
static void *count_main(void *arg) { int *n = arg; for (;;) { sleep(1); if (++*n > 5) return (void *)-1; } }
static void *write_main(void *arg) { write(1, "x", 1); (void)arg; return NULL; }

int start(int *n)
{
    return pthread_create(&reader, NULL, read_main, &failed) || pthread_create(&counter, NULL, count_main, n) ||
           pthread_create(&writer, NULL, write_main, n);
}

// Fires: -1 in several spellings.
int ended_1(void) { void *r; pthread_cancel(reader); pthread_join(reader, &r); return r == (void *)-1; } // expect: thread-stop-pthread-cancel, thread-stop-canceled-compare
int ended_2(void)
{
    void *r;
    if (pthread_join(reader, &r))
        return -1;
    if ((intptr_t)r == -1) // expect: thread-stop-canceled-compare
        return 1;
    return 0;
}
int ended_3(void)
{
    void *r;
    pthread_join(reader, &r);
    long code = (long)r;
    if (code != -1L) // expect: thread-stop-canceled-compare
        return 0;
    return 1;
}
int ended_4(void)
{
    void *r;
    pthread_join(reader, &r);
    switch ((intptr_t)r) {
    case -1: // expect: thread-stop-canceled-compare
        return 1;
    default:
        return 0;
    }
}

// Silent: the right name.
int ended_right(void)
{
    void *r;
    pthread_join(reader, &r);
    return r == PTHREAD_CANCELED;
}

// Silent: this thread answers -1 itself.
int ended_own(void)
{
    void *r;
    pthread_join(counter, &r);
    return r == (void *)-1;
}

// Fires: NULL after a cancel in the same function.
int ended_null(void)
{
    void *r;
    pthread_cancel(reader); // expect: thread-stop-pthread-cancel
    pthread_join(reader, &r);
    if (r == NULL) // expect: thread-stop-canceled-compare
        return 1;
    return 0;
}

// Silent: NULL, no cancel here.
int ended_plain(void)
{
    void *r;
    pthread_join(writer, &r);
    return r == NULL;
}

// Silent: r was never written by the join where it is compared.
int ended_else(void)
{
    void *r = (void *)-1;
    if (!failed)
        pthread_join(reader, &r);
    return r == (void *)-1;
}

// Silent: another variable.
int other(int fd)
{
    void *r;
    long n = read(fd, &r, sizeof r);
    pthread_join(reader, NULL);
    return n == -1;
}

// Fires: a helper that only joins.
static void *result_of(pthread_t t)
{
    void *r = NULL;
    pthread_join(t, &r);
    return r;
}
int by_helper(void)
{
    return result_of(reader) == (void *)-1; // expect: thread-stop-canceled-compare
}
