// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct st { atomic_bool stop; pthread_mutex_t m; bool quit; long n; void *next; };

static pthread_t a, b, c, d, e, f, g, h, cc;
static bool global_done;
static sigjmp_buf env;

static void work(struct st *s) { s->n++; }
static bool finished(struct st *s) { return s->n > 100; }
static void forever(struct st *s)
{
    for (;;) // also-ok: thread-stop-no-cancellation-point
        work(s);
}

// Silent: the flag is read under its lock.
static void *locked_flag(void *arg)
{
    struct st *s = arg;
    for (;;) {
        bool q;
        pthread_mutex_lock(&s->m);
        q = s->quit;
        pthread_mutex_unlock(&s->m);
        if (q)
            break;
        work(s);
    }
    return NULL;
}

// Silent: a plain global flag is somebody's end of it.
static void *plain_flag(void *arg)
{
    while (!global_done)
        work(arg);
    return NULL;
}

// Silent: ends by its own function's result.
static void *by_callee(void *arg)
{
    for (;;) {
        work(arg);
        if (finished(arg))
            pthread_exit(NULL);
    }
}

// Silent: ends the process.
static void *by_exit(void *arg)
{
    struct st *s = arg;
    while (1) {
        work(s);
        if (s->n == 1000)
            exit(0);
    }
}

// Silent: jumps out.
static void *by_jump(void *arg)
{
    struct st *s = arg;
    if (sigsetjmp(env, 0))
        return NULL;
    for (;;) {
        work(s);
        if (s->n < 0)
            siglongjmp(env, 1);
    }
}

// Silent: walks a list.
static void *by_list(void *arg)
{
    for (struct st *s = arg; s; s = s->next)
        work(s);
    return NULL;
}

// Fires: the condition is constant, whatever it looks like.
static void *constant(void *arg)
{
    const int on = 1;
    while (on) // expect: thread-stop-no-cancellation-point
        work(arg);
    return NULL;
}

// Fires: 'break' leaves the switch only.
static void *fake_break(void *arg)
{
    struct st *s = arg;
    for (;;) { // expect: thread-stop-no-cancellation-point
        switch (s->n & 3) {
        case 0:
            work(s);
            break;
        default:
            s->n++;
            break;
        }
    }
}

// Silent here: the endless loop is the callee's (it may be reported there).
static void *in_callee(void *arg)
{
    forever(arg);
    return NULL;
}

int start(struct st *s)
{
    return pthread_create(&a, NULL, locked_flag, s) | pthread_create(&b, NULL, plain_flag, s) | pthread_create(&c, NULL, by_callee, s) |
           pthread_create(&d, NULL, by_exit, s) | pthread_create(&e, NULL, by_jump, s) | pthread_create(&f, NULL, by_list, s) |
           pthread_create(&g, NULL, constant, s) | pthread_create(&h, NULL, fake_break, s) | pthread_create(&cc, NULL, in_callee, s);
}

// Fires (pthread-cancel): each, and each is joined.
void stop(void)
{
    pthread_t *all[] = { &a, &b, &c, &d, &e, &f, &g, &h, &cc };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        pthread_cancel(*all[i]); // expect: thread-stop-pthread-cancel
        pthread_join(*all[i], NULL);
    }
}
