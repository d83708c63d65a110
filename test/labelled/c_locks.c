// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
struct q { pthread_mutex_t m; pthread_rwlock_t rw; long n; bool locked; };
extern void note(const char *);
// Silent: lock failed branch returns.
int a(struct q *q)
{
    int t, rc = pthread_mutex_lock(&q->m);
    if (rc) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
        for (volatile int i = 0; i < 9; i++) ;
        pthread_setcanceltype(t, NULL);
        return rc;
    }
    pthread_mutex_unlock(&q->m);
    return 0;
}
// Silent: flag-correlated lock/unlock, then async.
void b(struct q *q, bool lock)
{
    int t;
    if (lock)
        pthread_mutex_lock(&q->m);
    q->n++;
    if (lock)
        pthread_mutex_unlock(&q->m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 9; i++) ;
    pthread_setcanceltype(t, NULL);
}
// Silent: a flag in the object says it is locked.
void c(struct q *q)
{
    int t;
    if (!q->locked) {
        pthread_mutex_lock(&q->m);
        q->locked = true;
    }
    q->n++;
    if (q->locked) {
        q->locked = false;
        pthread_mutex_unlock(&q->m);
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 9; i++) ;
    pthread_setcanceltype(t, NULL);
}
// Silent: lock in a loop, unlocked at each turn's end, with continue after the unlock.
void d(struct q *q, int n)
{
    int t;
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&q->m);
        if (q->n == i) {
            pthread_mutex_unlock(&q->m);
            continue;
        }
        q->n++;
        pthread_mutex_unlock(&q->m);
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 9; i++) ;
    pthread_setcanceltype(t, NULL);
}
// Fires: read lock with tryrdlock == 0.
void e(struct q *q)
{
    int t;
    if (pthread_rwlock_tryrdlock(&q->rw))
        return;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    q->n++;
    pthread_setcanceltype(t, NULL);
    pthread_rwlock_unlock(&q->rw);
}
// Silent: the async type is set inside a `state disabled` part and undone before the restore.
void f(struct q *q)
{
    int s, t;
    pthread_mutex_lock(&q->m);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    q->n++;
    pthread_setcanceltype(t, NULL);
    pthread_setcancelstate(s, NULL);
    pthread_mutex_unlock(&q->m);
}
// Silent: destroy and init are no locks; barrier and semaphores neither.
void g(struct q *q)
{
    int t;
    pthread_mutex_init(&q->m, NULL);
    pthread_mutex_destroy(&q->m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 9; i++) ;
    pthread_setcanceltype(t, NULL);
}
// Fires: stdio lock held by flockfile, then async.
void h(FILE *f)
{
    int t;
    flockfile(f);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    putc_unlocked('x', f); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(t, NULL);
    funlockfile(f);
}
