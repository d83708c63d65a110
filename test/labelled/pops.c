// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct obj { pthread_mutex_t m; pthread_rwlock_t rw; pthread_cond_t c; int n; bool owned; };
static void um(void *p) { pthread_mutex_unlock(p); }
static void urw(void *p) { pthread_rwlock_unlock(p); }
static void uobj(void *p) { struct obj *o = p; o->owned = false; pthread_mutex_unlock(&o->m); }
extern int fill(struct obj *);
extern void obj_release(struct obj *);

// Silent: the unlock is on each path after pop(0).
int p1(struct obj *o)
{
    int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(um, &o->m);
    r = fill(o);
    pthread_cleanup_pop(0);
    if (r)
        goto out;
    r = 3;
out:
    pthread_mutex_unlock(&o->m);
    return r;
}

// Fires: rwlock forgotten.
int p2(struct obj *o)
{
    int r;
    pthread_rwlock_wrlock(&o->rw);
    pthread_cleanup_push(urw, &o->rw);
    r = fill(o);
    pthread_cleanup_pop(0); // expect: thread-stop-unmatched-cleanup
    return r;
}

// Silent: an unknown function may release it.
int p3(struct obj *o)
{
    int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(uobj, o);
    r = fill(o);
    pthread_cleanup_pop(0);
    obj_release(o);
    return r;
}

// Silent: a wrapper of the TU unlocks.
static void done(struct obj *o) { o->n = 0; pthread_mutex_unlock(&o->m); }
int p4(struct obj *o)
{
    int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(uobj, o);
    r = fill(o);
    pthread_cleanup_pop(0);
    done(o);
    return r;
}

// Silent: only on one path it stays (error: released), not certain -> an outcome "trylock" style API.
int p5(struct obj *o)
{
    int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(uobj, o);
    r = fill(o);
    pthread_cleanup_pop(0);
    if (r < 0) {
        pthread_mutex_unlock(&o->m);
        return r;
    }
    return 0;
}

// Silent: pop(r) depends.
int p6(struct obj *o)
{
    volatile int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(uobj, o);
    r = fill(o);
    pthread_cleanup_pop(r < 0);
    return r;
}

// Silent: two regions on the same lock, inner pop(0) is covered by the outer.
int p7(struct obj *o)
{
    int r;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(um, &o->m);
    pthread_cleanup_push(uobj, o);
    r = fill(o);
    pthread_cleanup_pop(0);
    r += fill(o);
    pthread_cleanup_pop(1);
    return r;
}

// Silent: the thread ends.
static void *p8(void *a)
{
    struct obj *o = a;
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(uobj, o);
    while (o->n < 100)
        pthread_cond_wait(&o->c, &o->m);
    pthread_mutex_unlock(&o->m);
    pthread_cleanup_pop(0);
    return NULL;
}

// Silent: unlock before the pop(0).
int p9(struct obj *o)
{
    pthread_mutex_lock(&o->m);
    pthread_cleanup_push(um, &o->m);
    while (!o->n)
        pthread_cond_wait(&o->c, &o->m);
    pthread_mutex_unlock(&o->m);
    pthread_cleanup_pop(false);
    return 0;
}

// Silent.
int start(pthread_t *t, struct obj *o) { return pthread_create(t, NULL, p8, o); }
