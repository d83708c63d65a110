// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct task { void (*fn)(void *); void *arg; struct task *next; };
struct pool { pthread_mutex_t lk; pthread_cond_t cv; struct task *head; int n, idle; bool down; pthread_t *t; };

static void pool_unlock(void *p) { pthread_mutex_unlock(&((struct pool *)p)->lk); }
static void idle_dec(void *p) { --*(int *)p; }

// Silent: a worker with nested regions and inner loop.
static void *pool_worker(void *arg)
{
    struct pool *p = arg;

    for (;;) {
        struct task *t = NULL;
        bool quit = false;

        pthread_mutex_lock(&p->lk);
        pthread_cleanup_push(pool_unlock, p);
        p->idle++;
        pthread_cleanup_push(idle_dec, &p->idle);
        while (!p->head && !p->down) {
            struct timespec ts;
            clock_gettime(CLOCK_REALTIME, &ts);
            ts.tv_sec += 5;
            if (pthread_cond_timedwait(&p->cv, &p->lk, &ts) == ETIMEDOUT) {
                quit = true;
                break;
            }
        }
        pthread_cleanup_pop(1);
        if (!quit && p->head) {
            t = p->head;
            p->head = t->next;
        }
        pthread_cleanup_pop(1);
        if (quit)
            break;
        if (t) {
            int old;
            pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
            t->fn(t->arg);
            free(t);
            pthread_setcancelstate(old, NULL);
        }
    }
    return NULL;
}

// Fires: a bug: break in the inner if of the region, no loop inside.
static void *pool_worker_bad(void *arg)
{
    struct pool *p = arg;

    for (;;) {
        struct task *t;

        pthread_mutex_lock(&p->lk);
        pthread_cleanup_push(pool_unlock, p);
        while (!p->head && !p->down)
            pthread_cond_wait(&p->cv, &p->lk);
        if (p->down)
            break; // expect: thread-stop-unmatched-cleanup
        t = p->head;
        p->head = t->next;
        t->fn(t->arg);
        pthread_cleanup_pop(1);
    }
    return NULL;
}

// Silent: init with error gotos, no cancellation.
int pool_init(struct pool *p, int n, bool bad)
{
    int i = 0, rc = -1;

    memset(p, 0, sizeof *p);
    if (pthread_mutex_init(&p->lk, NULL))
        return -1;
    if (pthread_cond_init(&p->cv, NULL))
        goto err_lk;
    p->t = calloc((size_t)n, sizeof *p->t);
    if (!p->t)
        goto err_cv;
    for (; i < n; i++)
        if (pthread_create(&p->t[i], NULL, bad ? pool_worker_bad : pool_worker, p))
            goto err_t;
    return 0;
err_t:
    rc = -2;
    while (i--) {
        pthread_cancel(p->t[i]); // expect: thread-stop-pthread-cancel
        pthread_join(p->t[i], NULL);
    }
    free(p->t);
err_cv:
    pthread_cond_destroy(&p->cv);
err_lk:
    pthread_mutex_destroy(&p->lk);
    return rc;
}

// Fires: submit closes with a literal in the error path only.
int pool_submit(struct pool *p, void (*fn)(void *), void *arg)
{
    struct task *t;
    int old, rc = 0;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    t = malloc(sizeof *t);
    if (t == NULL) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
        return -ENOMEM;
    }
    *t = (struct task){ fn, arg, NULL };
    pthread_mutex_lock(&p->lk);
    t->next = p->head;
    p->head = t;
    if (p->idle)
        rc = pthread_cond_signal(&p->cv);
    pthread_mutex_unlock(&p->lk);
    pthread_setcancelstate(old, NULL);
    return rc;
}
