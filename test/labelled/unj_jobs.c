// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job { int fd; char *name; pthread_mutex_t lock; pthread_cond_t cond; };
struct service { pthread_t thread; bool running; struct job *job; sem_t wake; };

extern void *external_thread(void *arg);
static void *run(void *arg)
{
    struct job *j = arg;
    char c;
    for (;;) {
        if (read(j->fd, &c, 1) <= 0)
            return NULL;
        pthread_mutex_lock(&j->lock);
        j->name[0] = c;
        pthread_cond_broadcast(&j->cond);
        pthread_mutex_unlock(&j->lock);
    }
}

// Fires: the local handle is cancelled and forgotten.
void run_for(struct job *j, unsigned seconds)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    sleep(seconds);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Silent: fixed.
void run_for_and_join(struct job *j, unsigned seconds)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    sleep(seconds);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}

// Silent: created detached.
void run_detached(struct job *j)
{
    pthread_t t;
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&t, &a, run, j) == 0)
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_attr_destroy(&a);
}

// Fires: attributes that are filled in here and say nothing about detaching.
void run_small_stack(struct job *j)
{
    pthread_t t;
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 65536);
    if (pthread_create(&t, &a, run, j) == 0)
        pthread_cancel(t); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
    pthread_attr_destroy(&a);
}

// Fires: the job is freed between the request and the join. Then the fixed one.
void finish_old(struct job *j)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    free(j); // expect: thread-stop-unjoined-cancel
    pthread_join(t, NULL);
}
void finish(struct job *j)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
    free(j);
}

// Fires: the mutex that the thread locks is destroyed before the join.
void destroy_old(struct job *j)
{
    pthread_t t;
    pthread_mutex_init(&j->lock, NULL);
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_mutex_destroy(&j->lock); // expect: thread-stop-unjoined-cancel
    pthread_join(t, NULL);
}

// Silent: destroyed after the join, and another one before it.
void destroy(struct job *j)
{
    pthread_t t;
    pthread_mutex_t own;
    pthread_mutex_init(&own, NULL);
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_mutex_destroy(&own);
    pthread_join(t, NULL);
    pthread_mutex_destroy(&j->lock);
}

// Fires: the handle is used after the join.
void late_kill(struct job *j)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    pthread_join(t, NULL);
    if (pthread_kill(t, 0) == 0) // expect: thread-stop-unjoined-cancel
        j->fd = -1;
}

// Fires: cancel after detach.
void late_cancel(struct job *j)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    pthread_detach(t);
    sleep(3);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Silent: a new thread in the same handle.
void twice(struct job *j)
{
    pthread_t t;
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&t, NULL, run, j) != 0)
            return;
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
        pthread_join(t, NULL);
    }
}

// Silent: timed join, then the second attempt on the failure branch.
void patient(struct job *j, const struct timespec *until)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    if (pthread_tryjoin_np(t, NULL) == EBUSY) {
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
        pthread_join(t, NULL);
    }
    (void)until;
}

// Silent: the member is joined in another function.
static struct service service;
int service_start(struct job *j)
{
    service.job = j;
    int rc = pthread_create(&service.thread, NULL, run, j);
    service.running = rc == 0;
    return rc;
}
void service_cancel(void)
{
    if (service.running)
        pthread_cancel(service.thread); // expect: thread-stop-pthread-cancel
}
void service_wait(void)
{
    pthread_join(service.thread, NULL);
    service.running = false;
    free(service.job);
}

// Fires: a static handle that nobody joins; asked through a wrapper.
static pthread_t beeper;
int beeper_start(void) { return pthread_create(&beeper, NULL, external_thread, NULL); }
void beeper_stop(void)
{
    pthread_cancel(beeper); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Silent: the handle leaves this file.
extern void reap_later(pthread_t t);
void handed_over(struct job *j)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, j) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    reap_later(t);
}

// Silent: cancelling oneself.
void *suicidal(void *arg)
{
    if (arg)
        pthread_cancel(pthread_self()); // expect: thread-stop-pthread-cancel
    pthread_testcancel();
    return NULL;
}

// Silent: an array that is joined in a second loop.
void many(struct job *j, int n)
{
    pthread_t t[16];
    int i;
    for (i = 0; i < n && i < 16; i++)
        if (pthread_create(&t[i], NULL, run, j) != 0)
            break;
    n = i;
    for (i = 0; i < n; i++)
        pthread_cancel(t[i]); // expect: thread-stop-pthread-cancel
    for (i = 0; i < n; i++)
        pthread_join(t[i], NULL);
    free(j->name);
}

// Fires: the name that the job has is freed between the loops.
void many_old(struct job *j, int n)
{
    pthread_t t[16];
    int i;
    for (i = 0; i < n && i < 16; i++)
        if (pthread_create(&t[i], NULL, run, j) != 0)
            return;
    for (i = 0; i < n; i++)
        pthread_cancel(t[i]); // expect: thread-stop-pthread-cancel
    free(j); // missed: thread-stop-unjoined-cancel
    for (i = 0; i < n; i++)
        pthread_join(t[i], NULL);
}

// Silent: freed on the path where creation failed, and where it was joined.
int both_ways(struct job *j)
{
    pthread_t t;
    int rc = pthread_create(&t, NULL, run, j);
    if (rc != 0) {
        free(j);
        return rc;
    }
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    rc = pthread_join(t, NULL);
    if (rc == 0)
        free(j);
    return rc;
}
