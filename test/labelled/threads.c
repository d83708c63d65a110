// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>

struct worker { pthread_t t; int fd; int quit; };
extern void job(int);

// Silent: only called by the start routine as its first statement.
static void thread_setup(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

// Silent: only reached from the start routine before it blocks.
static void thread_setup_async(void)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
}

// Silent: start routine that configures itself by a helper.
static void *worker_main(void *p)
{
    struct worker *w = p;

    thread_setup();
    while (!w->quit)
        job(w->fd);
    return NULL;
}

// Silent: two-level helper.
static void thread_init_all(void)
{
    thread_setup_async();
}

// Silent: computation thread.
static void *compute_main(void *p)
{
    thread_init_all();
    for (volatile long *l = p; ; ++*l) ;
    return NULL;
}

// Silent: window idiom, disable in the beginning, enable around read.
static void *reader_main(void *p)
{
    struct worker *w = p;
    char b[64];
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    for (;;) {
        ssize_t n;
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
        n = read(w->fd, b, sizeof b);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        if (n <= 0)
            break;
        job(b[0]);
    }
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    return NULL;
}

// Silent: disable during a job only, in a start routine; the thread's default state is known to be enabled.
static void *loop_main(void *p)
{
    struct worker *w = p;

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    while (recv(w->fd, &w->quit, sizeof w->quit, 0) > 0) {
        int old;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        job(w->fd);
        pthread_setcancelstate(old, NULL);
    }
    return NULL;
}

// Silent: starts the threads.
int workers_start(struct worker *w)
{
    pthread_attr_t a;

    pthread_attr_init(&a);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    return pthread_create(&w[0].t, &a, worker_main, &w[0]) || pthread_create(&w[1].t, &a, compute_main, &w[1])
        || pthread_create(&w[2].t, &a, reader_main, &w[2]) || pthread_create(&w[3].t, &a, loop_main, &w[3]);
}
