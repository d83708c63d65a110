// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
    pthread_mutex_t lock;
    pthread_mutex_t admin;
    pthread_cond_t work;
    pthread_t tid[4];
    bool stop;
    int jobs;
};

struct one { pthread_mutex_t lock; pthread_t t; struct pool *pool; int state; };

static pthread_rwlock_t names = PTHREAD_RWLOCK_INITIALIZER;
static pthread_t scanner, trier;
static pthread_mutex_t stats = PTHREAD_MUTEX_INITIALIZER;
static int nstats;

// Silent: the pool's loop takes the pool's lock.
static void *pool_main(void *arg)
{
    struct pool *p = arg;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        while (!p->jobs && !p->stop)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->jobs)
            p->jobs--;
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

int pool_start(struct pool *p)
{
    for (int i = 0; i < 4; i++)
        if (pthread_create(&p->tid[i], NULL, pool_main, p))
            return -1;
    return 0;
}

// Fires: joined in a loop with the workers' lock.
void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    for (int i = 0; i < 4; i++)
        pthread_join(p->tid[i], NULL); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&p->lock);
}

// Silent: a lock that is not the workers'; theirs is given back first.
void pool_stop_well(struct pool *p)
{
    pthread_mutex_lock(&p->admin);
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < 4; i++)
        pthread_join(p->tid[i], NULL);
    pthread_mutex_unlock(&p->admin);
}

// Silent: same member, another struct: the one's lock is not the pool's.
void one_close(struct one *o)
{
    pthread_mutex_lock(&o->lock);
    pthread_join(o->pool->tid[0], NULL);
    o->state = 0;
    pthread_mutex_unlock(&o->lock);
}

// Silent: reads the table under a read lock.
static void *scan(void *arg)
{
    pthread_rwlock_rdlock(&names);
    *(int *)arg += 1;
    pthread_rwlock_unlock(&names);
    return NULL;
}

// Silent: only tries the lock, it never waits for it.
static void *try(void *arg)
{
    for (int i = 0; i < 100; i++) {
        if (pthread_mutex_trylock(&stats) == 0) {
            nstats += *(int *)arg;
            pthread_mutex_unlock(&stats);
        }
        usleep(10);
    }
    return NULL;
}

int aux_start(int *n) { return pthread_create(&scanner, NULL, scan, n) | pthread_create(&trier, NULL, try, n); }

// Fires: a reader waits for the writer that joins it.
void scanner_end(void)
{
    pthread_rwlock_wrlock(&names);
    pthread_join(scanner, NULL); // expect: thread-stop-join-under-lock
    pthread_rwlock_unlock(&names);
}

// Silent: two readers share the lock.
void scanner_end_shared(void)
{
    pthread_rwlock_rdlock(&names);
    pthread_join(scanner, NULL);
    pthread_rwlock_unlock(&names);
}

// Silent: the thread gives up when the lock is taken.
void trier_end(void)
{
    pthread_mutex_lock(&stats);
    pthread_join(trier, NULL);
    pthread_mutex_unlock(&stats);
}

// Fires: joined by a helper that is called under the lock.
static void join_all(struct pool *p)
{
    for (int i = 0; i < 4; i++)
        pthread_join(p->tid[i], NULL);
}
void pool_stop_helper(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    join_all(p); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&p->lock);
}
