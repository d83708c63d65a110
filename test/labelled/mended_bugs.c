// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reduced from bugs that were mended in real projects: `_old` is how it was.
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

extern void resume(void *stub);
extern void log_msg(const char *what);

/* A signer thread that is cancelled when a feature is switched off, and started
   anew when it is switched on. */
struct sign { struct sign *next; void *stub; };
struct signer { pthread_t thread, old_thread; pthread_mutex_t lock; pthread_cond_t cond; struct sign *queue; };

static void unlock(void *lock) { pthread_mutex_unlock(lock); }

// Fires: the new thread waits for the mutex of the old one.
static void *signer_main_old(void *arg)
{
    struct signer *s = arg;
    for (;;) {
        struct sign *first;
        pthread_mutex_lock(&s->lock);
        {
            while (!s->queue)
                pthread_cond_wait(&s->cond, &s->lock); // expect: thread-stop-lock-across-cancellation-point
            first = s->queue;
            s->queue = first->next;
        }
        pthread_mutex_unlock(&s->lock);
        resume(first->stub);
        free(first);
    }
    return NULL;
}

// Silent: pushed, then locked; unlocked, then popped.
static void *signer_main(void *arg)
{
    struct signer *s = arg;
    for (;;) {
        struct sign *first;
        pthread_cleanup_push(unlock, &s->lock);
        pthread_mutex_lock(&s->lock);
        {
            while (!s->queue)
                pthread_cond_wait(&s->cond, &s->lock);
            first = s->queue;
            s->queue = first->next;
        }
        pthread_mutex_unlock(&s->lock);
        pthread_cleanup_pop(0);
        resume(first->stub);
        free(first);
    }
    return NULL;
}

static int xint(pthread_t t)
{
    int rc = pthread_cancel(t); // expect: thread-stop-pthread-cancel
    void *res = NULL;
    if (rc != 0)
        return -1;
    rc = pthread_join(t, &res);
    if (rc != 0 || res != PTHREAD_CANCELED)
        return -1;
    return 0;
}

int signer_switch(struct signer *s, bool on)
{
    if (on)
        return pthread_create(&s->thread, NULL, signer_main, s) ||
               pthread_create(&s->old_thread, NULL, signer_main_old, s);
    return xint(s->thread) || xint(s->old_thread);
}

/* A thread that writes a log back now and then, under the lock of all who write. */
struct change { pthread_mutex_t lock; pthread_t sync, sync_old; int fd, interval; };

static int inject(struct change *c)
{
    int rc;
    pthread_mutex_lock(&c->lock);
    rc = fsync(c->fd); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&c->lock);
    return rc;
}
static int inject_masked(struct change *c)
{
    int rc;
    pthread_mutex_lock(&c->lock);
    rc = fsync(c->fd);
    pthread_mutex_unlock(&c->lock);
    return rc;
}

// Fires (in what it calls): select and fsync are points.
static void *sync_main_old(void *arg)
{
    struct change *c = arg;
    for (;;) {
        struct timeval tv = { .tv_sec = c->interval };
        if (select(0, NULL, NULL, NULL, &tv))
            continue;
        if (inject(c))
            log_msg("failed");
    }
    return NULL;
}

static void mask(void)
{
    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL))
        log_msg("failed to disable");
}
static void unmask(void)
{
    if (pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL))
        log_msg("failed to enable");
}

// Silent: disabled around it.
static void *sync_main(void *arg)
{
    struct change *c = arg;
    for (;;) {
        struct timeval tv = { .tv_sec = c->interval };
        pthread_testcancel();
        if (select(0, NULL, NULL, NULL, &tv))
            continue;
        mask();
        if (inject_masked(c))
            log_msg("failed");
        unmask();
    }
    return NULL;
}

int sync_start(struct change *c)
{
    if (pthread_create(&c->sync, NULL, sync_main, c))
        return -1;
    return pthread_create(&c->sync_old, NULL, sync_main_old, c);
}
void sync_stop(struct change *c)
{
    xint(c->sync);
    xint(c->sync_old);
}

/* A module's main thread that hands its work to others and waits for them. */
static pthread_mutex_t worker_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static int running;
static pthread_t module;

static void wait_old(void)
{
    pthread_mutex_lock(&worker_lock);
    while (running > 0)
        pthread_cond_wait(&idle, &worker_lock); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&worker_lock);
}
static void wait_new(void)
{
    pthread_mutex_lock(&worker_lock);
    pthread_cleanup_push(unlock, &worker_lock);
    while (running > 0)
        pthread_cond_wait(&idle, &worker_lock);
    pthread_cleanup_pop(1);
}
static void *module_main(void *arg)
{
    wait_old();
    wait_new();
    return arg;
}
int module_start(void) { return pthread_create(&module, NULL, module_main, NULL); }
void module_stop(void)
{
    pthread_cancel(module); // expect: thread-stop-pthread-cancel
    pthread_join(module, NULL);
}

/* A portable layer whose handle is freed with the request. */
struct layer { pthread_t t; };
extern void *layer_run(void *);
struct layer *layer_create(void *arg)
{
    struct layer *l = malloc(sizeof *l);
    if (l && pthread_create(&l->t, NULL, layer_run, arg) != 0) {
        free(l);
        return NULL;
    }
    return l;
}
void layer_cancel_old(struct layer *l)
{
    pthread_cancel(l->t); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
    free(l);
}

/* A task scheduler. */
static pthread_t pool[8];
static unsigned pool_size;
extern void *task_loop(void *);
bool pool_start(unsigned n)
{
    for (pool_size = 0; pool_size < n && pool_size < 8; pool_size++)
        if (pthread_create(&pool[pool_size], NULL, task_loop, NULL) != 0)
            return false;
    return true;
}
static bool terminate(pthread_t t) { return pthread_cancel(t) == 0; } // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
void pool_stop(void)
{
    for (unsigned i = 0; i < pool_size; i++)
        terminate(pool[i]);
}

/* A health check that is started anew. */
struct disk { pthread_t health; bool active; };
extern void *health_loop(void *);
int health_restart_old(struct disk *d)
{
    if (d->active) {
        int rc = pthread_cancel(d->health); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
        if (rc != 0)
            return -1;
        d->active = false;
    }
    int rc = pthread_create(&d->health, NULL, health_loop, d);
    d->active = rc == 0;
    return rc;
}

/* Shutdown of a log daemon. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t housekeeper;
static bool stopping;
static void *housekeeper_main(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&log_lock);
        bool stop = stopping;
        pthread_mutex_unlock(&log_lock);
        if (stop)
            return arg;
        usleep(1000);
    }
}
int housekeeper_start(void) { return pthread_create(&housekeeper, NULL, housekeeper_main, NULL); }
void housekeeper_stop_old(void)
{
    pthread_mutex_lock(&log_lock);
    stopping = true;
    pthread_join(housekeeper, NULL); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&log_lock);
}
void housekeeper_stop(void)
{
    pthread_mutex_lock(&log_lock);
    stopping = true;
    pthread_mutex_unlock(&log_lock);
    pthread_join(housekeeper, NULL);
}
