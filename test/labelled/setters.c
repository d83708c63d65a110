// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>
extern int busy(void);

// Silent: a plain setter with a value that comes from outside.
int thr_set_cancel(int state) { return pthread_setcancelstate(state, NULL); }

// Silent: ternary of an unknown flag is not certain.
void thr_cancelable(bool on) { pthread_setcancelstate(on ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, NULL); }

// Silent: deferred set outright without async before.
void thr_deferred(void) { pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL); }

// Fires: the async type set by a library function for good.
void thr_async(void) { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); } // missed: thread-stop-cancel-state-not-restored

// Silent: saved type restored on every path incl. loop.
long thr_sum(const long *v, size_t n)
{
    int t;
    long s = 0;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (size_t i = 0; i < n; i++) {
        if (v[i] < 0)
            goto out;
        s += v[i];
    }
out:
    pthread_setcanceltype(t, NULL);
    return s;
}

// Fires: (d) async, one case of a switch closes with the literal.
long thr_sum2(const long *v, int how)
{
    int t;
    long s = 0;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    s = v[0];
    switch (how) {
    case 0:
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL); // expect: thread-stop-cancel-state-not-restored
        return s;
    default:
        pthread_setcanceltype(t, NULL);
        break;
    }
    return s;
}

// Fires: (e) for the type: two saves crossed.
long thr_cross(const long *v)
{
    int t1, t2;
    long s;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t1);
    s = v[0];
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t2);
    s += v[1];
    pthread_setcanceltype(t2, NULL);
    pthread_setcanceltype(t2, NULL); // expect: thread-stop-cancel-state-not-restored
    return s;
}

// Silent: async window around one call, in a thread routine with literals.
static void *w1(void *p)
{
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    while (busy()) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
        for (volatile int i = 0; i < 1000; i++) ;
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
        usleep(10);
    }
    return p;
}

// Silent: disable/enable literal around a critical part, in a start routine: it knows its own state.
static void *w2(void *p)
{
    while (busy()) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        busy();
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        pthread_testcancel();
    }
    return p;
}

// Silent: static helper only called from the start routine below, whose state is known to be disabled; the window leaves it disabled.
static int w3_wait(int fd)
{
    char c;
    int n;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    n = (int)read(fd, &c, 1);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return n;
}
static void *w3(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    while (w3_wait(*(int *)p) > 0)
        busy();
    return p;
}

// Silent: saves in the helper window.
static int w4_wait(int fd)
{
    char c;
    int n, o;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &o);
    n = (int)read(fd, &c, 1);
    pthread_setcancelstate(o, NULL);
    return n;
}

// Silent: starts.
int go(pthread_t *t, int *fd)
{
    w4_wait(*fd);
    return pthread_create(t, 0, w1, 0) | pthread_create(t, 0, w2, 0) | pthread_create(t, 0, w3, fd);
}
