// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct srv { int fd, run; pthread_t t; pthread_mutex_t m; pthread_cond_t c; int q; };
extern void serve(struct srv *, int);

// Silent: window with its own saved variable in a start routine.
static void *accept_main(void *a)
{
    struct srv *s = a;
    int cs;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cs);
    while (s->run) {
        int c;
        pthread_setcancelstate(cs, NULL);
        c = accept(s->fd, NULL, NULL);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        if (c < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        serve(s, c);
    }
    pthread_setcancelstate(cs, NULL);
    return NULL;
}

// Silent: the window in a start routine, several exits.
static void *poll_main(void *a)
{
    struct srv *s = a;
    struct pollfd p = { s->fd, POLLIN, 0 };

    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL))
        return NULL;
    do {
        int n;
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        pthread_testcancel();
        n = poll(&p, 1, 1000);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        switch (n) {
        case -1:
            if (errno != EINTR)
                return (void *)-1;
            break;
        case 0:
            continue;
        default:
            serve(s, p.fd);
        }
    } while (s->run);
    return NULL;
}

// Silent: in a function that is a window of its caller's state with save.
static int timed_wait(struct srv *s, int ms)
{
    struct timespec ts;
    int o, rc;

    clock_gettime(CLOCK_REALTIME, &ts);
    ts.tv_sec += ms / 1000;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &o);
    pthread_mutex_lock(&s->m);
    rc = pthread_cond_timedwait(&s->c, &s->m, &ts); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&s->m);
    pthread_setcancelstate(o, &o);
    return rc;
}

// Fires: literal both ways in an API function.
int srv_send(struct srv *s, const void *p, size_t n)
{
    ssize_t r;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    do
        r = send(s->fd, p, n, MSG_NOSIGNAL);
    while (r < 0 && errno == EINTR);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    return (int)r;
}

// Fires twice: two literal closes, one per way out.
int srv_send2(struct srv *s, const void *p, size_t n)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (send(s->fd, p, n, 0) < 0) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
        return -1;
    }
    serve(s, 1);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old); // expect: thread-stop-cancel-state-not-restored
    return 0;
}

// Fires: restore on one way, nothing on two others: one finding.
int srv_send3(struct srv *s, const void *p, size_t n)
{
    int old;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    if (!n)
        return 0;
    if (send(s->fd, p, n, 0) < 0)
        return -1;
    serve(s, 1);
    (void)pthread_setcancelstate(old, NULL);
    return 1;
}

// Fires: opened only inside the branch, closed nowhere.
void srv_quiet(struct srv *s, int q)
{
    if (q)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->q); // missed: thread-stop-cancel-state-not-restored
    serve(s, q);
}

// Fires (pthread-cancel).
void srv_stop(struct srv *s)
{
    timed_wait(s, 3);
    if (pthread_cancel(s->t) == 0) // expect: thread-stop-pthread-cancel
        pthread_join(s->t, NULL);
}

// Silent: start.
int srv_start(struct srv *s, int p) { return pthread_create(&s->t, NULL, p ? poll_main : accept_main, s); }
