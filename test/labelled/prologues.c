// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
struct job { int (*fn)(struct job *); int prio; char name[16]; };
extern int run(struct job *);
// Silent: prologue helpers with harmless calls before (name, mask, memset, self).
static void name_thread(const char *n) { prctl(PR_SET_NAME, n, 0, 0, 0); }
static int enter_thread(struct job *j)
{
    sigset_t s;
    name_thread(j->name);
    sigemptyset(&s);
    sigaddset(&s, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &s, NULL) != 0)
        return -1;
    return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); // also-ok: thread-stop-cancel-state-not-restored
}
static void *t1(void *p)
{
    struct job *j = p;
    if (enter_thread(j) != 0)
        return NULL;
    run(j);
    return NULL;
}
// Silent: prologue conditional on configuration.
static void *t2(void *p)
{
    struct job *j = p;
    if (j->prio > 0)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    else
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    run(j);
    return NULL;
}
// Silent: the whole body in a helper that only the start routine calls.
static void body(struct job *j)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    while (run(j) == 0)
        sched_yield();
}
static void *t3(void *p) { body(p); return NULL; }
// Silent: switch of modes.
static void *t4(void *p)
{
    struct job *j = p;
    switch (j->prio) {
    case 0: pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); break;
    case 1: pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); /* fall through */
    default: pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    }
    return (void *)(long)run(j);
}
// Silent: a macro used in all threads of the program.
#define THREAD_PROLOGUE(n) do { pthread_setname_np(pthread_self(), n); pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); } while (0)
static void *t5(void *p) { THREAD_PROLOGUE("t5"); run(p); return NULL; } // expect: thread-stop-async-cancel-unsafe-call
// Silent: a start routine that is also called directly with a null argument by main's fallback without threads.
static void *t6(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    run(p);
    return p;
}
// Silent.
int go(struct job *j, int n)
{
    void *(*const r[])(void *) = { t1, t2, t3, t4, t5 };
    pthread_t t;
    for (int i = 0; i < n; i++)
        if (pthread_create(&t, NULL, r[i % 5], j))
            return -1;
    if (pthread_create(&t, NULL, t6, j) != 0)
        t6(NULL);
    return 0;
}
