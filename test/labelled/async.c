// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <threads.h>
#include <stdio.h>
#include <errno.h>
#include <time.h>

struct acc { pthread_mutex_t m; pthread_rwlock_t rw; mtx_t c11; long v; pthread_cond_t cv; };
extern void must(int);

// Fires: trylock succeeded branch.
int a_try(struct acc *a)
{
    int old, rc = -1;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    if (pthread_mutex_trylock(&a->m) == 0) { // expect: thread-stop-async-cancel-with-lock
        a->v++;
        pthread_mutex_unlock(&a->m);
        rc = 0;
    }
    pthread_setcanceltype(old, NULL);
    return rc;
}

// Fires: checked lock with error branch.
int a_checked(struct acc *a)
{
    int old, rc;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    if ((rc = pthread_mutex_lock(&a->m)) != 0) { // expect: thread-stop-async-cancel-with-lock
        pthread_setcanceltype(old, NULL);
        return rc;
    }
    a->v++;
    pthread_mutex_unlock(&a->m);
    pthread_setcanceltype(old, NULL);
    return 0;
}

// Silent: only the failure branch of the trylock goes async.
int a_tryfail(struct acc *a)
{
    int old;

    if (pthread_mutex_trylock(&a->m) != 0) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
        for (int i = 0; i < 1000; i++)
            a->v ^= i;
        pthread_setcanceltype(old, NULL);
        return EBUSY;
    }
    pthread_mutex_unlock(&a->m);
    return 0;
}

// Fires: C11 mutex, held before.
void a_c11(struct acc *a)
{
    int old;

    mtx_lock(&a->c11);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
    a->v++;
    pthread_setcanceltype(old, NULL);
    mtx_unlock(&a->c11);
}

// Fires: C11 checked result.
void a_c11b(struct acc *a)
{
    int old;

    if (mtx_lock(&a->c11) != thrd_success)
        return;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); // expect: thread-stop-async-cancel-with-lock
    a->v++;
    pthread_setcanceltype(old, NULL);
    mtx_unlock(&a->c11);
}

// Silent: may-held only, two conditions unrelated.
void a_may(struct acc *a, int x)
{
    int old;

    if (x)
        pthread_mutex_lock(&a->m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    for (int i = 0; i < 1000; i++)
        a->v ^= i;
    pthread_setcanceltype(old, NULL);
    if (x)
        pthread_mutex_unlock(&a->m);
}

// Silent: unlocked on both branches before async.
void a_branches(struct acc *a, int x)
{
    int old;

    pthread_rwlock_rdlock(&a->rw);
    if (x) {
        pthread_rwlock_unlock(&a->rw);
    } else {
        a->v = 1;
        pthread_rwlock_unlock(&a->rw);
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    for (int i = 0; i < 1000; i++)
        a->v ^= i;
    pthread_setcanceltype(old, NULL);
}

// Fires: flockfile in the asynchronous part.
void a_file(FILE *f)
{
    int old;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    flockfile(f); // expect: thread-stop-async-cancel-with-lock
    putc_unlocked('x', f); // expect: thread-stop-async-cancel-unsafe-call
    funlockfile(f);
    pthread_setcanceltype(old, NULL);
}

// Silent: state disabled by an outer helper.
static int off(void) { int o; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); return o; }
static void on(int o) { pthread_setcancelstate(o, NULL); }

// Silent.
void a_disabled(struct acc *a)
{
    int s = off(), t;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    pthread_mutex_lock(&a->m);
    a->v++;
    pthread_mutex_unlock(&a->m);
    pthread_setcanceltype(t, NULL);
    on(s);
}

// Silent: a lock wrapper that disables for its caller before it locks.
static int lock_nc(struct acc *a)
{
    int o;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    pthread_mutex_lock(&a->m);
    return o;
}
static void unlock_nc(struct acc *a, int o)
{
    pthread_mutex_unlock(&a->m);
    pthread_setcancelstate(o, NULL);
}

// Silent: start routine, async, uses the wrapper.
static void *a_main(void *p)
{
    struct acc *a = p;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        int o = lock_nc(a);
        a->v++;
        unlock_nc(a, o);
    }
    return NULL;
}

// Fires: wrapper without protection, in a start routine.
static void lock_it(struct acc *a) { pthread_mutex_lock(&a->m); }
static void unlock_it(struct acc *a) { pthread_mutex_unlock(&a->m); }
static void *b_main(void *p)
{
    struct acc *a = p;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        lock_it(a); // expect: thread-stop-async-cancel-with-lock
        a->v++;
        unlock_it(a);
    }
    return NULL;
}

// Silent: starts.
int start(pthread_t *t, struct acc *a)
{
    return pthread_create(t, NULL, a_main, a) || pthread_create(t + 1, NULL, b_main, a);
}
