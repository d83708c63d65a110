// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

struct plugin { pthread_t thread; pthread_mutex_t lock; pthread_rwlock_t rw; pthread_cond_t cond; bool stop; int frames; mtx_t cm; thrd_t ct; };

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static int stats;

static void count(struct plugin *p)
{
    pthread_mutex_lock(&p->lock);
    p->frames++;
    pthread_mutex_unlock(&p->lock);
}
static void count_global(void)
{
    pthread_mutex_lock(&global);
    stats++;
    pthread_mutex_unlock(&global);
}
static bool must_stop(struct plugin *p)
{
    return __atomic_load_n(&p->stop, __ATOMIC_ACQUIRE);
}

static void *plugin_main(void *arg)
{
    struct plugin *p = arg;
    while (!must_stop(p)) {
        count(p);
        count_global();
        usleep(100);
    }
    return NULL;
}

int plugin_start(struct plugin *p) { return pthread_create(&p->thread, NULL, plugin_main, p); }

// Fires: the field's lock, taken two levels down in the thread.
void plugin_stop_old(struct plugin *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_join(p->thread, NULL); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&p->lock);
}

// Silent: fixed.
void plugin_stop(struct plugin *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
}

// Fires: a global lock, the join is in a helper.
static void wait_for(struct plugin *p)
{
    pthread_join(p->thread, NULL);
}
void plugin_stop_global(struct plugin *p)
{
    pthread_mutex_lock(&global);
    p->stop = true;
    wait_for(p); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&global);
}

// Silent: a lock that the thread never takes.
void plugin_stop_other(struct plugin *p)
{
    pthread_mutex_lock(&other);
    pthread_join(p->thread, NULL);
    pthread_mutex_unlock(&other);
}

// Silent: the lock is given back on the branch that joins.
void plugin_stop_branch(struct plugin *p, bool wait)
{
    pthread_mutex_lock(&p->lock);
    if (wait) {
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
        return;
    }
    p->stop = true;
    pthread_mutex_unlock(&p->lock);
}

// Fires: trylock that succeeded.
void plugin_stop_try(struct plugin *p)
{
    if (pthread_mutex_trylock(&global) != 0)
        return;
    pthread_join(p->thread, NULL); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&global);
}

// Silent: the thread only tries.
static pthread_mutex_t tried = PTHREAD_MUTEX_INITIALIZER;
static pthread_t trier;
static void *try_main(void *arg)
{
    while (pthread_mutex_trylock(&tried) != 0)
        usleep(1);
    pthread_mutex_unlock(&tried);
    return arg;
}
void try_start(void) { pthread_create(&trier, NULL, try_main, NULL); }
void try_stop(void)
{
    pthread_mutex_lock(&tried);
    pthread_join(trier, NULL);
    pthread_mutex_unlock(&tried);
}

// Fires: C11 threads.
static int c11_main(void *arg)
{
    struct plugin *p = arg;
    for (;;) {
        mtx_lock(&p->cm);
        bool stop = p->stop;
        mtx_unlock(&p->cm);
        if (stop)
            return 0;
    }
}
int c11_start(struct plugin *p) { return thrd_create(&p->ct, c11_main, p); }
void c11_stop(struct plugin *p)
{
    mtx_lock(&p->cm);
    p->stop = true;
    thrd_join(p->ct, NULL); // expect: thread-stop-join-under-lock
    mtx_unlock(&p->cm);
}

// Fires: a writer's lock, the thread reads; an array of threads.
static pthread_rwlock_t config = PTHREAD_RWLOCK_INITIALIZER;
static pthread_t readers[4];
static void *config_reader(void *arg)
{
    pthread_rwlock_rdlock(&config);
    stats++;
    pthread_rwlock_unlock(&config);
    return arg;
}
void readers_run(void)
{
    for (int i = 0; i < 4; i++)
        pthread_create(&readers[i], NULL, config_reader, NULL);
    pthread_rwlock_wrlock(&config);
    for (int i = 0; i < 4; i++)
        pthread_join(readers[i], NULL); // expect: thread-stop-join-under-lock
    pthread_rwlock_unlock(&config);
}

// Silent: two readers do not exclude each other.
void readers_run_shared(void)
{
    for (int i = 0; i < 4; i++)
        pthread_create(&readers[i], NULL, config_reader, NULL);
    pthread_rwlock_rdlock(&config);
    for (int i = 0; i < 4; i++)
        pthread_join(readers[i], NULL);
    pthread_rwlock_unlock(&config);
}
