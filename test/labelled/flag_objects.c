// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Members of objects that only one thread has, and of those that two have.
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct parser {
    bool done;
    int depth;
};

void step(struct parser *p);

static void token(struct parser *p)
{
    step(p);
    if (p->depth == 0) p->done = true;
}

// Silent: it is on the thread's own stack.
static void *parse_there(void *arg)
{
    struct parser mine = {.depth = *(int *)arg};
    while (!mine.done)
        token(&mine);
    return NULL;
}

static void run(struct parser *p)
{
    while (!p->done)
        token(p);
}

// Silent: so it is in the function that gets it.
static void *parse_in_helper(void *arg)
{
    struct parser mine = {.depth = *(int *)arg};
    run(&mine);
    return NULL;
}

// Silent: nobody else knows what was allocated.
static void *parse_on_heap(void *arg)
{
    struct parser *mine = calloc(1, sizeof *mine);
    while (!mine->done)
        token(mine);
    free(mine);
    return arg;
}

// The same member of other objects.
void parse_here(struct parser *p)
{
    step(p);
    p->done = true;
}

void start(pthread_t *threads, int *depth)
{
    pthread_create(&threads[0], NULL, parse_there, depth);
    pthread_create(&threads[1], NULL, parse_in_helper, depth);
    pthread_create(&threads[2], NULL, parse_on_heap, depth);
}

struct control {
    bool stopped;
    int work;
};

void work(struct control *c);

// Fires: the object is that of the function that made the thread.
static void *given(void *arg)
{
    struct control *c = arg;
    while (!c->stopped) // expect: thread-stop-nonatomic-flag
        work(c);
    return NULL;
}

int give(void)
{
    struct control here = {0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, given, &here) != 0) return 1;
    sleep(1);
    here.stopped = true;
    return pthread_join(thread, NULL);
}

struct scan {
    bool end;
    int at;
};

int look(struct scan *s);

// Silent: what is written is an object of the writer's.
static void *scan_for_ever(void *arg)
{
    struct scan *s = arg;
    while (!s->end)
        look(s);
    return NULL;
}

int scan_once(void)
{
    struct scan mine = {0};
    while (look(&mine))
        if (mine.at > 9) mine.end = true;
    return mine.end;
}

void start_scan(pthread_t *thread, struct scan *s)
{
    pthread_create(thread, NULL, scan_for_ever, s);
}
