// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

struct st { pthread_mutex_t a, b; pthread_cond_t c; int fd, n; };

static void unlock_a(void *p) { pthread_mutex_unlock(&((struct st *)p)->a); }

// Fires: it pushes a handler for one lock, so it reckons with a cancel, and forgets the other.
void reckons(struct st *s)
{
    pthread_mutex_lock(&s->a);
    pthread_cleanup_push(unlock_a, s);
    pthread_mutex_lock(&s->b);
    send(s->fd, "b", 1, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&s->b);
    pthread_cleanup_pop(1);
}

// Fires: it tests for a cancel, so it is cancellable.
void tests(struct st *s)
{
    pthread_testcancel();
    pthread_mutex_lock(&s->a);
    recv(s->fd, &s->n, sizeof s->n, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&s->a);
}

// Fires: it sets the state, and has put it back when it waits.
void sets(struct st *s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    s->n++;
    pthread_setcancelstate(old, NULL);
    pthread_mutex_lock(&s->a);
    recv(s->fd, &s->n, sizeof s->n, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&s->a);
}

// Silent: in it nothing says that anybody cancels; no thread of this file runs it.
void plain(struct st *s)
{
    pthread_mutex_lock(&s->a);
    while (!s->n)
        pthread_cond_wait(&s->c, &s->a);
    pthread_mutex_unlock(&s->a);
}

// Silent: disabled as long as it holds the lock, on both ways out.
int both_ways(struct st *s)
{
    int old, rc;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&s->a);
    if ((rc = (int)recv(s->fd, &s->n, sizeof s->n, 0)) < 0) {
        pthread_mutex_unlock(&s->a);
        pthread_setcancelstate(old, NULL);
        return rc;
    }
    fsync(s->fd);
    pthread_mutex_unlock(&s->a);
    pthread_setcancelstate(old, NULL);
    return send(s->fd, "k", 1, 0) == 1;
}

// Fires: restored too early.
void too_early(struct st *s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&s->a);
    fsync(s->fd);
    pthread_setcancelstate(old, NULL);
    fdatasync(s->fd); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&s->a);
}

// Silent: only a caller that disables ever calls it.
static void inner(struct st *s)
{
    pthread_mutex_lock(&s->b);
    send(s->fd, "i", 1, 0);
    pthread_mutex_unlock(&s->b);
}
void outer(struct st *s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    inner(s);
    inner(s);
    pthread_setcancelstate(old, NULL);
}

// Silent: unreachable or never returning.
void fatal(struct st *s)
{
    pthread_testcancel();
    pthread_mutex_lock(&s->a);
    if (0)
        fsync(s->fd);
    s->n = -1;
    pthread_mutex_unlock(&s->a);
    _exit(3);
    pthread_mutex_lock(&s->a);
    fsync(s->fd);
}
