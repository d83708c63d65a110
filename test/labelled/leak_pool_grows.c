// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pools whose workers start further workers. The function that starts one is
// called by the workers themselves, and by the thread that fills the pool,
// which nobody cancels.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
    volatile int done;
    pthread_t threads[16];
    int used;
};

struct worker {
    struct pool *pool;
    int channel;
    pthread_t thread;
};

extern int next_request(struct pool *pool);
extern void serve(struct pool *pool, int request);

//===--- Disabled around all but the wait ---------------------------------===//

static int grow_shielded(struct pool *pool);

static void *shielded(void *arg)
{
    struct worker *self = arg;

    while (!self->pool->done) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        int request = next_request(self->pool);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        if (request < 0)
            break;
        if (request > 3)
            grow_shielded(self->pool);
        serve(self->pool, request);
    }
    return NULL;
}

static int grow_shielded(struct pool *pool)
{
    struct worker *worker = malloc(sizeof *worker);

    if (!worker)
        return -1;
    worker->pool = pool;
    worker->channel = open("/dev/null", O_RDWR);
    if (pthread_create(&worker->thread, NULL, shielded, worker) != 0) {
        close(worker->channel);
        free(worker);
        return -1;
    }
    pool->threads[pool->used++] = worker->thread;
    return 0;
}

int run_shielded(struct pool *pool)
{
    if (grow_shielded(pool) != 0)
        return -1;
    while (!pool->done)
        sleep(1);
    for (int i = 0; i < pool->used; i++)
        pthread_cancel(pool->threads[i]); // expect: thread-stop-pthread-cancel
    for (int i = 0; i < pool->used; i++)
        pthread_join(pool->threads[i], NULL);
    return 0;
}

//===--- Not disabled -----------------------------------------------------===//

static int grow_open(struct pool *pool);

static void *open_worker(void *arg)
{
    struct worker *self = arg;

    while (!self->pool->done) {
        int request = next_request(self->pool);
        if (request < 0)
            break;
        if (request > 3)
            grow_open(self->pool);
        serve(self->pool, request);
    }
    return NULL;
}

static int grow_open(struct pool *pool)
{
    struct worker *worker = malloc(sizeof *worker);

    if (!worker)
        return -1;
    worker->pool = pool;
    worker->channel = open("/dev/null", O_RDWR); // expect: thread-stop-leak-across-cancellation-point
    if (pthread_create(&worker->thread, NULL, open_worker, worker) != 0) {
        close(worker->channel);
        free(worker);
        return -1;
    }
    pool->threads[pool->used++] = worker->thread;
    return 0;
}

int run_open(struct pool *pool)
{
    if (grow_open(pool) != 0)
        return -1;
    for (int i = 0; i < pool->used; i++)
        pthread_cancel(pool->threads[i]); // expect: thread-stop-pthread-cancel
    for (int i = 0; i < pool->used; i++)
        pthread_join(pool->threads[i], NULL);
    return 0;
}

//===--- Recursion --------------------------------------------------------===//

struct tree {
    struct tree *left, *right;
    const char *name;
};

// Silent: always entered with cancellation disabled, from itself too.
static int visit_shielded(const struct tree *tree)
{
    char *copy = malloc(64);
    if (!copy)
        return -1;
    int fd = open(tree->name, O_RDONLY);
    if (fd >= 0)
        close(fd);
    free(copy);
    if (tree->left)
        visit_shielded(tree->left);
    return 0;
}

static int visit_open(const struct tree *tree, int depth);

// One of the two lets a cancel in before it goes deeper.
static int descend(const struct tree *tree, int depth)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    int result = visit_open(tree, depth + 1);
    pthread_setcancelstate(old, NULL);
    return result;
}

static int visit_open(const struct tree *tree, int depth)
{
    char *copy = malloc(64);
    if (!copy)
        return -1;
    int fd = open(tree->name, O_RDONLY); // expect: thread-stop-leak-across-cancellation-point
    if (fd >= 0)
        close(fd);
    free(copy);
    if (tree->left && depth < 100)
        descend(tree->left, depth);
    return 0;
}

static void *walker(void *arg)
{
    int old;
    for (;;) {
        pause();
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        visit_shielded(arg);
        visit_open(arg, 0);
        pthread_setcancelstate(old, NULL);
    }
}

int walk(struct tree *tree)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, walker, tree) != 0)
        return -1;
    sleep(10);
    pthread_cancel(thread); // expect: thread-stop-pthread-cancel
    return pthread_join(thread, NULL);
}
