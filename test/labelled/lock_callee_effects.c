// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

struct q { pthread_mutex_t m; pthread_cond_t c; int n, fd; struct q *next; };

extern void q_release(struct q *q);
extern void q_trace(const struct q *q);
extern void tick(void);

static void q_unlock_cb(void *p) { pthread_mutex_unlock(&((struct q *)p)->m); }

// Silent: gives the caller's lock back while it waits, and takes it again.
static int wait_outside(struct q *q)
{
    int rc;
    pthread_mutex_unlock(&q->m);
    rc = (int)send(q->fd, "w", 1, 0);
    pthread_mutex_lock(&q->m);
    return rc;
}

// Silent: the only wait in the callee is where the lock is off.
static void with_break(struct q *q)
{
    pthread_mutex_lock(&q->m);
    while (q->n == 0)
        wait_outside(q);
    q->n--;
    pthread_mutex_unlock(&q->m);
}

// Silent: unlocks for its caller, then waits.
static void unlock_and_nap(struct q *q)
{
    pthread_mutex_unlock(&q->m);
    usleep(100);
}
static void nap(struct q *q)
{
    pthread_mutex_lock(&q->m);
    q->n++;
    unlock_and_nap(q);
}

// Silent: waits on the caller's lock, and the caller has the handler.
static void wait_ready(struct q *q)
{
    while (q->n == 0)
        pthread_cond_wait(&q->c, &q->m);
}
static void take_guarded(struct q *q)
{
    pthread_mutex_lock(&q->m);
    pthread_cleanup_push(q_unlock_cb, q);
    wait_ready(q);
    q->n--;
    pthread_cleanup_pop(1);
}

// Fires: the same callee without a handler.
static void take_bare(struct q *q)
{
    pthread_mutex_lock(&q->m);
    wait_ready(q); // expect: thread-stop-lock-across-cancellation-point
    q->n--;
    pthread_mutex_unlock(&q->m);
}

// Silent: a function that nobody sees gets the object; perhaps it unlocks.
static void release_elsewhere(struct q *q)
{
    pthread_mutex_lock(&q->m);
    q->n++;
    q_release(q);
    usleep(10);
}

// Fires: one that only looks at it, and one that does not get it, cannot.
static void traced(struct q *q)
{
    pthread_mutex_lock(&q->m);
    q_trace(q);
    tick();
    usleep(10); // missed: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&q->m);
}

// Silent: hand over hand, and nothing held at the end.
static int walk(struct q *head)
{
    struct q *cur = head, *next;
    int n = 0;
    pthread_mutex_lock(&cur->m);
    while ((next = cur->next) != NULL) {
        pthread_mutex_lock(&next->m);
        pthread_mutex_unlock(&cur->m);
        cur = next;
        n++;
    }
    pthread_mutex_unlock(&cur->m);
    usleep(1);
    return n;
}

// Silent: locks all, unlocks all, then sleeps.
static void all(struct q *v, int n)
{
    for (int i = 0; i < n; i++)
        pthread_mutex_lock(&v[i].m);
    for (int i = n; i-- > 0;)
        pthread_mutex_unlock(&v[i].m);
    sleep(1);
}

// Silent: lock and unlock through different names of the same thing.
static void alias(struct q *q)
{
    pthread_mutex_t *m = &q->m;
    struct q *same = q;
    pthread_mutex_lock(m);
    q->n = 0;
    pthread_mutex_unlock(&same->m);
    sleep(1);
}

// Silent: chosen by a condition, released through the same pointer.
static void chosen(struct q *a, struct q *b, int first)
{
    pthread_mutex_t *m = first ? &a->m : &b->m;
    pthread_mutex_lock(m);
    a->n = b->n;
    pthread_mutex_unlock(m);
    sleep(1);
}

static void *loop(void *arg)
{
    for (;;) {
        with_break(arg);
        nap(arg);
        take_guarded(arg);
        take_bare(arg);
        release_elsewhere(arg);
        traced(arg);
        walk(arg);
        all(arg, 3);
        alias(arg);
        chosen(arg, ((struct q *)arg)->next, 1);
    }
}

// Fires (pthread-cancel): stop.
void run(struct q *q)
{
    pthread_t t;
    if (pthread_create(&t, NULL, loop, q))
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
