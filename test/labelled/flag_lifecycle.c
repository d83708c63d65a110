// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When a plain flag is written: before the thread is there, after it is gone,
// while it runs.
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

extern void step(void);

struct task {
    pthread_t thread;
    bool run;
    int state;
};

enum { IDLE, BUSY, LEAVING };

static bool running, started;
static int phase;
static pthread_t worker, phased;

static void *worker_main(void *arg)
{
    while (running) // expect: thread-stop-nonatomic-flag
        step();
    return arg;
}

// Silent here: the value that ends the loop is written before the creation, or
// when that failed.
int worker_start(void)
{
    running = false;
    started = false;
    running = true;
    if (pthread_create(&worker, NULL, worker_main, NULL) != 0) {
        running = false;
        return -1;
    }
    return 0;
}

void worker_stop(void)
{
    running = false;
    pthread_join(worker, NULL);
}

// Silent: only its own creator touches it, before and after.
static void *once_main(void *arg)
{
    struct task *t = arg;
    while (t->run)
        step();
    return NULL;
}

int once(struct task *t)
{
    t->run = true;
    if (pthread_create(&t->thread, NULL, once_main, t) != 0) {
        t->run = false;
        return -1;
    }
    pthread_join(t->thread, NULL);
    t->run = false;
    return 0;
}

// Fires: an enum of phases is a flag as well.
static void *phased_main(void *arg)
{
    for (;;) {
        if (phase == LEAVING) { // expect: thread-stop-nonatomic-flag
            step();
            return arg;
        }
        step();
    }
}

int phased_start(void) { return pthread_create(&phased, NULL, phased_main, NULL); }

void phased_stop(void)
{
    phase = LEAVING;
    pthread_join(phased, NULL);
}

// Silent: set by the thread itself.
static int own_done;
static void *own_main(void *arg)
{
    while (!own_done) {
        step();
        own_done = 1;
    }
    return arg;
}

int own_start(pthread_t *t) { return pthread_create(t, NULL, own_main, NULL); }
