// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define N 4
struct pool { pthread_t threads[N]; void *results[N]; };
struct outcome { int rc; void *result; };
static pthread_t threads[N];
static void *last_result;
extern void report(struct pool *);
extern void remember(void **);

// Silent: sleeps.
static void *sleeper(void *arg)
{
    sleep(*(unsigned *)arg);
    return arg;
}

// Silent: starts all.
int pool_start(struct pool *p, unsigned *s)
{
    for (int i = 0; i < N; i++)
        if (pthread_create(&p->threads[i], NULL, sleeper, s) ||
            pthread_create(&threads[i], NULL, sleeper, s))
            return -1;
    return 0;
}

// Fires: an element of an array, joined in a loop.
int pool_stop(void)
{
    void *results[N];
    int n = 0;
    for (int i = 0; i < N; i++)
        pthread_cancel(threads[i]); // expect: thread-stop-pthread-cancel
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], &results[i]);
    for (int i = 0; i < N; i++)
        if (results[i] == (void *)-1) // expect: thread-stop-canceled-compare
            n++;
    return n;
}

// Fires: one variable for all of them.
int pool_count(struct pool *p)
{
    void *r = NULL;
    int n = 0;
    for (int i = 0; i < N; i++) {
        if (pthread_join(p->threads[i], &r) != 0)
            continue;
        if ((intptr_t)r == -1) // expect: thread-stop-canceled-compare
            n++;
    }
    return n;
}

// Fires: a field of a local object.
int in_field(void)
{
    struct outcome o = {0};
    o.rc = pthread_join(threads[0], &o.result);
    return o.rc == 0 && o.result == (void *)-1; // expect: thread-stop-canceled-compare
}

// Fires: a field of the caller's object.
int in_object(struct pool *p)
{
    pthread_join(p->threads[0], &p->results[0]);
    return p->results[0] == (void *)-1; // expect: thread-stop-canceled-compare
}

// Silent: another function may have changed it.
int in_object_reported(struct pool *p)
{
    pthread_join(p->threads[0], &p->results[0]);
    report(p);
    return p->results[0] == (void *)-1;
}

// Fires: behind a parameter.
int behind_parameter(void **r)
{
    if (pthread_join(threads[1], r) != 0)
        return 0;
    return *r == (void *)-1; // expect: thread-stop-canceled-compare
}

// Fires: a static variable.
int in_static(void)
{
    pthread_join(threads[1], &last_result);
    printf("joined\n");
    return last_result == (void *)-1; // expect: thread-stop-canceled-compare
}

// Fires: with a time limit.
int timed(const struct timespec *until)
{
    void *r;
    if (pthread_timedjoin_np(threads[2], &r, until) != 0)
        return 0;
    return r == (void *)-1; // expect: thread-stop-canceled-compare
}

// Fires: only if it is over.
int tried(void)
{
    void *r;
    if (pthread_tryjoin_np(threads[2], &r) == 0)
        return r == (void *)-1; // expect: thread-stop-canceled-compare
    return 0;
}

// Silent: its address is kept elsewhere.
int remembered(void)
{
    void *r;
    void **keep[1] = {&r};
    pthread_join(threads[3], &r);
    remember(keep[0]);
    return r == (void *)-1;
}

// Fires: joined on one of two paths.
int maybe_joined(int also)
{
    void *r = NULL;
    if (also)
        pthread_join(threads[3], &r);
    return r == (void *)-1; // expect: thread-stop-canceled-compare
}

// Silent: a value of another kind on the other path.
int maybe_mapped(int also, void *base)
{
    void *r = base;
    if (also)
        pthread_join(threads[3], &r);
    else
        r = base;
    return r == (void *)-1;
}

// Silent: unreachable.
int never(void)
{
    void *r;
    pthread_join(threads[3], &r);
    return 0;
    return r == (void *)-1;
}

// Fires: read into a number at once.
int as_number(void)
{
    long status;
    if (pthread_join(threads[0], (void **)&status) != 0)
        return 0;
    return status == -1; // expect: thread-stop-canceled-compare
}

// Silent: what the result points to.
int pointed_to(void)
{
    int *status;
    pthread_join(threads[0], (void **)&status);
    return *status == -1;
}
