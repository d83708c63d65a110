// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define IS_GONE(r) ((r) == (void *)-1)
#define WAS(r, what) ((r) == (what))
#define CANCELLED ((intptr_t)PTHREAD_CANCELED)

struct task { pthread_t id; };

static void *task_main(void *arg)
{
    pause();
    return arg;
}

int task_start(struct task *t) { return pthread_create(&t->id, NULL, task_main, t); }

// Silent: hands the result on.
static void *task_wait(struct task *t)
{
    void *r = NULL;
    if (pthread_join(t->id, &r) != 0)
        return NULL;
    return r;
}

// Silent: the same, through a pointer.
static int task_result(pthread_t id, void **out)
{
    return pthread_join(id, out);
}

// Fires: what the wrapper returns is a result.
int task_stop(struct task *t)
{
    pthread_cancel(t->id); // expect: thread-stop-pthread-cancel
    return task_wait(t) == (void *)-1; // expect: thread-stop-canceled-compare
}

// Fires: what the wrapper stores is one.
int task_stopped(struct task *t)
{
    void *r;
    if (task_result(t->id, &r) != 0)
        return 0;
    return (intptr_t)r == -1; // expect: thread-stop-canceled-compare
}

// Fires: in a macro of the program.
int task_gone(struct task *t)
{
    void *r;
    pthread_join(t->id, &r);
    return IS_GONE(r); // expect: thread-stop-canceled-compare
}

// Fires: the number is handed to a macro.
int task_was(struct task *t)
{
    void *r;
    pthread_join(t->id, &r);
    return WAS(r, (void *)-1); // expect: thread-stop-canceled-compare
}

// Fires: in an assertion.
void task_check(struct task *t)
{
    void *r;
    pthread_join(t->id, &r);
    assert(r == (void *)-1); // expect: thread-stop-canceled-compare
}

// Silent: the name, in a macro of a macro.
int task_named(struct task *t)
{
    void *r;
    pthread_join(t->id, &r);
    return WAS((intptr_t)r, CANCELLED);
}

// Silent: the return value of the join.
int task_failed(struct task *t)
{
    void *r;
    int rc = task_result(t->id, &r);
    return rc == -1 || pthread_join(t->id, NULL) == -1;
}
