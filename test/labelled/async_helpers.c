// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static long lines;

// Silent: protects itself, the state is disabled while it holds the lock.
static void log_safe(void)
{
    int s;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
    pthread_mutex_lock(&log_lock);
    lines++;
    pthread_mutex_unlock(&log_lock);
    pthread_setcancelstate(s, NULL);
}

// Silent: goes back to deferred while it holds the lock.
static void log_deferred(void)
{
    int t;

    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &t);
    pthread_mutex_lock(&log_lock);
    lines++;
    pthread_mutex_unlock(&log_lock);
    pthread_setcanceltype(t, NULL);
}

// Silent: calls the careful helper.
static void trace(void) { log_safe(); }

// Silent: async all the time but only careful helpers lock.
static void *worker(void *p)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        log_safe();
        log_deferred();
        trace();
    }
    return p;
}

// Silent: a lock loop ends only with the lock, but deferred type here.
static void spin_in(void)
{
    while (pthread_mutex_trylock(&log_lock) != 0)
        sched_yield();
    lines++;
    pthread_mutex_unlock(&log_lock);
}

// Fires: trylock loop then async.
void t1(void)
{
    int old;

    while (pthread_mutex_trylock(&log_lock) != 0)
        sched_yield();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
    lines++;
    pthread_setcanceltype(old, NULL);
    pthread_mutex_unlock(&log_lock);
}

// Silent: lock result kept in a bool; async only where not locked.
void t2(void)
{
    int old;
    bool locked = pthread_mutex_trylock(&log_lock) == 0;

    if (!locked) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
        for (volatile int i = 0; i < 100; i++) ;
        pthread_setcanceltype(old, NULL);
    } else {
        pthread_mutex_unlock(&log_lock);
    }
}

// Fires: the bool says it is locked.
void t3(void)
{
    int old;
    bool locked = pthread_mutex_trylock(&log_lock) == 0;

    if (locked) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
        for (volatile int i = 0; i < 100; i++) ;
        pthread_setcanceltype(old, NULL);
        pthread_mutex_unlock(&log_lock);
    }
}

// Silent: EBUSY branch only.
int t4(void)
{
    int old;

    switch (pthread_mutex_trylock(&log_lock)) {
    case 0:
        lines++;
        pthread_mutex_unlock(&log_lock);
        return 0;
    case EBUSY:
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
        for (volatile int i = 0; i < 100; i++) ;
        pthread_setcanceltype(old, NULL);
        return 1;
    default:
        return -1;
    }
}

// Silent: timed lock that failed.
int t5(void)
{
    struct timespec ts = { 1, 0 };
    int old, rc = pthread_mutex_timedlock(&log_lock, &ts);

    if (rc == ETIMEDOUT) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
        for (volatile int i = 0; i < 100; i++) ;
        pthread_setcanceltype(old, NULL);
        return -1;
    }
    if (rc)
        return -1;
    pthread_mutex_unlock(&log_lock);
    return 0;
}

// Fires: timed lock taken.
int t6(void)
{
    struct timespec ts = { 1, 0 };
    int old, rc = pthread_mutex_timedlock(&log_lock, &ts);

    if (rc != 0)
        return rc;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
    for (volatile int i = 0; i < 100; i++) ;
    pthread_setcanceltype(old, NULL);
    pthread_mutex_unlock(&log_lock);
    return 0;
}

// Silent: starts.
int start(pthread_t *t) { spin_in(); return pthread_create(t, NULL, worker, NULL); }
