// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern int healthy(void);
static pthread_t poller, watcher;
static int watching;

static void *poll_main(void *arg)
{
    for (;;)
        sleep(*(unsigned *)arg);
}

// Silent (but for the cancel itself): each round creates, cancels, joins.
void supervise(unsigned *secs)
{
    for (;;) {
        if (pthread_create(&poller, NULL, poll_main, secs) != 0)
            return;
        while (healthy())
            sleep(1);
        pthread_cancel(poller); // expect: thread-stop-pthread-cancel
        pthread_join(poller, NULL);
    }
}

// Silent (but for the cancel itself): joined or, if that times out, detached.
void stop_or_leave(const struct timespec *until)
{
    pthread_cancel(watcher); // expect: thread-stop-pthread-cancel
    if (pthread_timedjoin_np(watcher, NULL, until) == ETIMEDOUT)
        pthread_detach(watcher);
}

// Silent: a failed tryjoin leaves the handle as it was.
int reap(void)
{
    if (!watching)
        return 0;
    while (pthread_tryjoin_np(watcher, NULL) == EBUSY) {
        pthread_kill(watcher, 0);
        usleep(10);
    }
    watching = 0;
    return 1;
}

// Fires: joined, then cancelled; the order was mixed up.
void mixed_up(unsigned *secs)
{
    pthread_t t;
    if (pthread_create(&t, NULL, poll_main, secs) != 0)
        return;
    pthread_join(t, NULL);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Fires: detached and then joined.
int detached_join(unsigned *secs)
{
    pthread_t t;
    if (pthread_create(&t, NULL, poll_main, secs) != 0)
        return -1;
    pthread_detach(t);
    return pthread_join(t, NULL); // expect: thread-stop-unjoined-cancel
}

// Silent: the first join failed on that path.
int join_again(pthread_t t)
{
    int rc = pthread_join(t, NULL);
    if (rc == EINTR || rc == EDEADLK)
        rc = pthread_join(t, NULL);
    return rc;
}

// Silent: different elements.
void join_two(pthread_t t[2])
{
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
}

// Silent: a different one in each round.
void join_list(pthread_t *t, int n)
{
    while (n-- > 0)
        pthread_join(*t++, NULL);
}

// Silent: cancelling oneself needs no join here.
void leave(void)
{
    pthread_cancel(pthread_self()); // expect: thread-stop-pthread-cancel
    pthread_testcancel();
}

// Silent: the variable got a new handle in between.
int swap(unsigned *secs)
{
    pthread_t old = watcher;
    if (pthread_create(&watcher, NULL, poll_main, secs) != 0)
        return -1;
    pthread_join(old, NULL);
    watching = 1;
    return pthread_kill(watcher, SIGURG);
}
