// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>
#include <stdio.h>
extern void work(void *);

struct thr { pthread_t id; void *(*fn)(void *); void *arg; };
typedef void *(*entry_t)(void *);

// Silent: an indirect start routine by a table.
static void *audio(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    work(p); // expect: thread-stop-async-cancel-unsafe-call
    return p;
}
static void *video(void *p)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    work(p);
    return p;
}
static struct thr table[] = { { 0, audio, NULL }, { .fn = video } };

// Silent: trampolines.
static void *tramp(void *p)
{
    struct thr *t = p;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    return t->fn(t->arg);
}

// Silent: C11 thread.
static int c11main(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    work(p);
    return 0;
}

// Silent: external start routine by its type, created in another file.
void *gui_thread(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    work(p);
    return NULL;
}

// Silent: with unused-result casts, checks and messages first.
static void *checked(void *p)
{
    int rc, old;

    rc = pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    if (rc != 0) {
        fprintf(stderr, "setcancelstate %d\n", rc);
        return NULL;
    }
    rc = pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    if (rc)
        exit(EXIT_FAILURE);
    work(p); // expect: thread-stop-async-cancel-unsafe-call
    return NULL;
}

// Silent: cast at creation, a function with another signature.
static void *odd(struct thr *t)
{
    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    work(t);
    return NULL;
}
static void oddvoid(void)
{
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    work(NULL);
}

// Silent: setting the signal mask before: still at its beginning.
static void *sigthread(void *p)
{
    sigset_t s;
    sigfillset(&s);
    pthread_sigmask(SIG_BLOCK, &s, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    work(p);
    return p;
}

// Silent: a set-up helper shared by several start routines, after a name call.
static void setup(const char *name)
{
    pthread_setname_np(pthread_self(), name);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}
static void *s1(void *p) { setup("s1"); work(p); return p; }
static void *s2(void *p) { struct thr *t = p; setup("s2"); work(t->arg); return p; }

// Silent: at the end of a start routine the window closes with literal ENABLE.
static void *s3(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    work(p);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return NULL;
}

// Silent: handing over.
int start(pthread_t *t, thrd_t *c)
{
    int rc = 0;
    for (unsigned i = 0; i < 2; i++)
        rc |= pthread_create(&table[i].id, NULL, tramp, &table[i]);
    rc |= pthread_create(t, NULL, (entry_t)odd, NULL);
    rc |= pthread_create(t, NULL, (void *(*)(void *))oddvoid, NULL);
    rc |= pthread_create(t, NULL, &checked, NULL) | pthread_create(t, NULL, sigthread, NULL);
    rc |= pthread_create(t, 0, s1, 0) | pthread_create(t, 0, s2, 0) | pthread_create(t, 0, s3, 0);
    return rc | thrd_create(c, c11main, NULL);
}
