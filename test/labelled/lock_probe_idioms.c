// options: thread-stop-lock-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

struct lockops { void (*lock)(void *); void (*unlock)(void *); };
struct ent { pthread_mutex_t m; int n, fd; struct ent *up; const struct lockops *ops; };
enum how { SHARED, EXCL };
static struct ent ents[4];
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static bool threaded;
static jmp_buf env;
static mtx_t c11;

extern void ent_unlock_all(void);
extern struct ent *ent_find(int id);
extern void vlog(const char *f, va_list ap);

#define LOCK_IF() do { if (threaded) pthread_mutex_lock(&big); } while (0)
#define UNLOCK_IF() do { if (threaded) pthread_mutex_unlock(&big); } while (0)

// Silent: locked and unlocked if the process has threads; then waits.
void optional(int fd)
{
    LOCK_IF();
    ents[0].n++;
    UNLOCK_IF();
    fsync(fd);
}

// Silent: the same with a parameter, in helpers.
static void rw_get(enum how h)
{
    if (h == EXCL)
        pthread_rwlock_wrlock(&rw);
    else
        pthread_rwlock_rdlock(&rw);
}
static void rw_put(void) { pthread_rwlock_unlock(&rw); }
void helper(int fd, enum how h)
{
    rw_get(h);
    ents[1].n++;
    rw_put();
    fsync(fd);
}

// Fires: whichever it was, it is held.
void helper_held(int fd, enum how h)
{
    rw_get(h);
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    rw_put();
}

// Silent: through tables of functions nobody knows what is locked.
void by_ops(struct ent *e)
{
    e->ops->lock(e);
    fsync(e->fd);
    e->ops->unlock(e);
}

// Silent: found twice by number: locked and unlocked.
void found(int id)
{
    pthread_mutex_lock(&ent_find(id)->m);
    ent_find(id)->n++;
    pthread_mutex_unlock(&ent_find(id)->m);
    fsync(0);
}

// Silent: by index, the index moves in between.
void indexed(int fd)
{
    int i = 0;
    pthread_mutex_lock(&ents[i].m);
    ents[i].n++;
    pthread_mutex_unlock(&ents[i++].m);
    pthread_mutex_lock(&ents[i].m);
    pthread_mutex_unlock(&ents[i].m);
    fsync(fd);
}

// Silent: climbs up, locking the parent before it lets the child go.
void climb(struct ent *e)
{
    pthread_mutex_lock(&e->m);
    while (e->up) {
        struct ent *up = e->up;
        pthread_mutex_lock(&up->m);
        pthread_mutex_unlock(&e->m);
        e = up;
    }
    pthread_mutex_unlock(&e->m);
    fsync(e->fd);
}

// Silent: a loop that may end with or without it, told by a flag.
int until(struct ent *e)
{
    bool held = false;
    for (int i = 0; i < 10; i++) {
        if (pthread_mutex_trylock(&e->m) == 0) {
            held = true;
            break;
        }
        usleep(10);
    }
    if (!held)
        return fsync(e->fd);
    e->n++;
    pthread_mutex_unlock(&e->m);
    return fsync(e->fd);
}

// Silent: unlocked before the jump, or never taken.
void jumps(struct ent *e)
{
    if (setjmp(env))
        fsync(e->fd);
    pthread_mutex_lock(&e->m);
    e->n--;
    pthread_mutex_unlock(&e->m);
    if (e->n < 0)
        longjmp(env, 1);
}

// Silent: destroyed and made anew is not held.
void renewed(struct ent *e)
{
    pthread_mutex_lock(&e->m);
    e->n = 0;
    pthread_mutex_unlock(&e->m);
    pthread_mutex_destroy(&e->m);
    pthread_mutex_init(&e->m, NULL);
    fsync(e->fd);
}

// Silent: recursive lock, both given back.
void recursive(struct ent *e)
{
    pthread_mutex_lock(&e->m);
    pthread_mutex_lock(&e->m);
    e->n++;
    pthread_mutex_unlock(&e->m);
    pthread_mutex_unlock(&e->m);
    fsync(e->fd);
}

// Silent: locked in order of addresses, given back in any.
void both(struct ent *a, struct ent *b)
{
    if (a < b) {
        pthread_mutex_lock(&a->m);
        pthread_mutex_lock(&b->m);
    } else {
        pthread_mutex_lock(&b->m);
        pthread_mutex_lock(&a->m);
    }
    a->n = b->n;
    pthread_mutex_unlock(&a->m);
    pthread_mutex_unlock(&b->m);
    fsync(a->fd);
}

// Silent: logging under flockfile, and stdio does not count.
void logf_(const char *f, ...)
{
    va_list ap;
    va_start(ap, f);
    flockfile(stderr);
    vlog(f, ap);
    fputs("\n", stderr);
    funlockfile(stderr);
    va_end(ap);
    usleep(1);
}

// Fires: the C11 kind, timed, and got.
int c11_timed(int fd)
{
    struct timespec ts = { 0, 0 };
    if (mtx_timedlock(&c11, &ts) != thrd_success)
        return -1;
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    mtx_unlock(&c11);
    return 0;
}

// Silent: switch over how it ended; only the good arm has it, and gives it back.
int c11_switch(int fd)
{
    switch (mtx_trylock(&c11)) {
    case thrd_success:
        mtx_unlock(&c11);
        break;
    case thrd_busy:
        usleep(1);
        break;
    default:
        return fsync(fd);
    }
    return fsync(fd);
}
