// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#define pthread_cleanup_push_cast(f, arg) pthread_cleanup_push(((void (*)(void *))&f), (arg))
#define lock_cleanup_pop(l) pthread_cleanup_pop(1)
#define LOCK_GUARDED(l)     \
    lock((l));              \
    pthread_cleanup_push(cleanup_lock, (l))
#define GUARDED_LOCK(l)                     \
    pthread_cleanup_push(cleanup_lock, (l)); \
    lock((l))
#define UNLOCK_GUARDED pthread_cleanup_pop(1)

struct mutex_lock {
    pthread_mutex_t mutex;
    int waiters;
};

struct vectors {
    struct mutex_lock lock;
    pthread_cond_t cond;
    int fd, n, dirty;
};

static inline void lock(struct mutex_lock *a) { pthread_mutex_lock(&a->mutex); }
static inline void unlock(struct mutex_lock *a) { pthread_mutex_unlock(&a->mutex); }
static inline int timedlock(struct mutex_lock *a, struct timespec *t) { return pthread_mutex_timedlock(&a->mutex, t); }

// Silent: the handler of the regions below.
static void cleanup_lock(void *data) { unlock((struct mutex_lock *)data); }

// Silent: an old daemon's order: push the cast handler, lock, block, pop(1) in a macro.
static void reload(struct vectors *v)
{
    pthread_cleanup_push(cleanup_lock, &v->lock);
    lock(&v->lock);
    pthread_testcancel();
    sleep(1);
    v->dirty = 0;
    lock_cleanup_pop(v->lock);
}

// Silent: lock and push stand in one macro, in either order.
static void dump(struct vectors *v)
{
    LOCK_GUARDED(&v->lock);
    write(v->fd, &v->n, sizeof v->n);
    UNLOCK_GUARDED;
    GUARDED_LOCK(&v->lock);
    write(v->fd, &v->dirty, sizeof v->dirty);
    UNLOCK_GUARDED;
}

// Silent: the cast macro hands the wrapper itself over, cond_wait is covered.
static void await_change(struct vectors *v)
{
    lock(&v->lock);
    pthread_cleanup_push_cast(unlock, &v->lock);
    while (!v->dirty)
        pthread_cond_wait(&v->cond, &v->lock.mutex);
    lock_cleanup_pop(v->lock);
}

// Fires: another lock's handler is pushed, this one's is not.
static void await_both(struct vectors *v, struct vectors *other)
{
    LOCK_GUARDED(&other->lock);
    lock(&v->lock);
    while (!v->dirty)
        pthread_cond_wait(&v->cond, &v->lock.mutex); // missed: thread-stop-lock-across-cancellation-point
    unlock(&v->lock);
    UNLOCK_GUARDED;
}

// Silent: timed out is not locked, so the poll in between has no lock.
static void patient(struct vectors *v)
{
    struct timespec t = {.tv_sec = 5};
    while (timedlock(&v->lock, &t) != 0)
        poll(NULL, 0, 20);
    v->n++;
    unlock(&v->lock);
}

// Fires: after the macro region ended, the lock is taken again by hand.
static void relock(struct vectors *v)
{
    LOCK_GUARDED(&v->lock);
    v->n++;
    UNLOCK_GUARDED;
    lock(&v->lock);
    poll(NULL, 0, 100); // expect: thread-stop-lock-across-cancellation-point
    unlock(&v->lock);
}

// Silent: calls the others, holds nothing.
static void *checker(void *ap)
{
    struct vectors *v = ap;
    for (;;) {
        reload(v);
        dump(v);
        await_change(v);
        await_both(v, v + 1);
        patient(v);
        relock(v);
    }
    return NULL;
}

// Fires (pthread-cancel): the daemon's shutdown.
int child(struct vectors *v)
{
    pthread_t thr;
    if (pthread_create(&thr, NULL, checker, v))
        return 1;
    pause();
    pthread_cancel(thr); // expect: thread-stop-pthread-cancel
    return pthread_join(thr, NULL);
}
