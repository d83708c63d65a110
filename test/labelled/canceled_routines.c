// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct job { pthread_t thread; int fd; void *answer; int rc; };
extern int step(struct job *);
extern void *unknown_step(void *);
extern int running;

// Silent: -1 is its own answer.
static void *own_minus_one(void *arg)
{
    struct job *j = arg;
    if (step(j) < 0)
        return (void *)-1;
    return NULL;
}

// Silent: any number.
static void *own_number(void *arg)
{
    struct job *j = arg;
    int rc = 0;
    while (running)
        rc = step(j);
    return (void *)(intptr_t)rc;
}

// Silent: nothing but NULL and 1.
static void *own_truth(void *arg)
{
    struct job *j = arg;
    return (void *)(intptr_t)(step(j) == 0);
}

static void finish(struct job *j)
{
    if (j->fd < 0)
        pthread_exit((void *)-1);
}

// Silent: ends in a helper, with -1.
static void *exits_in_helper(void *arg)
{
    finish(arg);
    return NULL;
}

// Silent: whatever the helper says.
static void *mapped(struct job *j)
{
    void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, j->fd, 0);
    return p;
}
static void *returns_helper(void *arg) { return mapped(arg); }

// Silent: an answer that the job keeps.
static void *returns_field(void *arg)
{
    struct job *j = arg;
    step(j);
    return j->answer;
}

// Silent: another function, unknown.
static void *returns_unknown(void *arg) { return unknown_step(arg); }

// Silent: memory or NULL.
static void *returns_memory(void *arg)
{
    int *n = malloc(sizeof *n);
    if (n != NULL)
        *n = step(arg);
    return n;
}

// Silent: the name is what it means.
static void *returns_canceled(void *arg)
{
    if (step(arg) == ECANCELED)
        return PTHREAD_CANCELED;
    return arg;
}

static int ask(struct job *j, void *(*routine)(void *))
{
    return pthread_create(&j->thread, NULL, routine, j);
}

// Silent: the routine returns -1 itself.
int join_minus_one(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, own_minus_one, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == (void *)-1;
}

// Silent: the routine may return any number.
int join_number(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, own_number, j) != 0)
        return -1;
    pthread_join(t, &r);
    return (intptr_t)r == -1 || (intptr_t)r < 0;
}

// Silent: nobody cancels the thread, and its answers are numbers, of which -1
// may have been one.
int join_truth(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, own_truth, j) != 0)
        return -1;
    pthread_join(t, &r);
    return (intptr_t)r == -1;
}

// Silent: pthread_exit with -1 in a callee.
int join_helper_exit(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, exits_in_helper, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == (void *)-1;
}

// Silent: MAP_FAILED is handed through.
int join_mapped(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, returns_helper, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == MAP_FAILED;
}

// Silent: nobody knows the field.
int join_field(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, returns_field, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == (void *)-1;
}

// Silent: nobody knows the function.
int join_unknown(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, returns_unknown, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == (void *)-1;
}

// Fires: memory is never at -1.
int join_memory(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, returns_memory, j) != 0)
        return -1;
    pthread_join(t, &r);
    if (r == (void *)-1) // expect: thread-stop-canceled-compare
        return -1;
    free(r);
    return 0;
}

// Fires: an answer of that name is still no -1.
int join_canceled(struct job *j)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, returns_canceled, j) != 0)
        return -1;
    pthread_join(t, &r);
    return r == (void *)-1; // expect: thread-stop-canceled-compare
}

// Silent: an index passes through the thread.
static void *echo(void *arg) { return arg; }
int join_echo(int n)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, echo, (void *)(intptr_t)n) != 0)
        return -1;
    pthread_join(t, &r);
    return (intptr_t)r == -1;
}

// Silent: the routine is whatever the caller gives.
int join_any(struct job *j, void *(*routine)(void *))
{
    void *r;
    if (ask(j, routine) != 0)
        return -1;
    pthread_join(j->thread, &r);
    return r == (void *)-1;
}
