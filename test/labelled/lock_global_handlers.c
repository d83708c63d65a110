// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t small = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static int generation;

extern void release_all(void *what);

// Silent: handlers that know their lock by name.
static void unlock_big(void *unused) { (void)unused; pthread_mutex_unlock(&big); }
static void unlock_small_if(void *flag)
{
    if (*(int *)flag)
        pthread_mutex_unlock(&small);
}
static void unlock_both(void *unused)
{
    pthread_mutex_unlock(&small);
    unlock_big(unused);
}
static void unlock_table(void *unused) { (void)unused; pthread_rwlock_unlock(&table); }

// Silent: the handler ignores its argument and unlocks the global.
void wait_big(int seen)
{
    pthread_cleanup_push(unlock_big, NULL);
    pthread_mutex_lock(&big);
    while (generation == seen)
        pthread_cond_wait(&change, &big);
    pthread_cleanup_pop(1);
}

// Silent: one handler gives both back, the second through another function.
void wait_both(int fd)
{
    pthread_mutex_lock(&big);
    pthread_mutex_lock(&small);
    pthread_cleanup_push(unlock_both, NULL);
    read(fd, &generation, sizeof generation);
    pthread_cleanup_pop(1);
}

// Fires: only the big one is looked after.
void wait_one_of_two(int fd)
{
    pthread_mutex_lock(&big);
    pthread_cleanup_push(unlock_big, NULL);
    pthread_mutex_lock(&small);
    read(fd, &generation, sizeof generation); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&small);
    pthread_cleanup_pop(1);
}

// Silent: the handler unlocks if the flag says so; that is its author's business.
void wait_flagged(int fd)
{
    int locked = 0;
    pthread_cleanup_push(unlock_small_if, &locked);
    pthread_mutex_lock(&small);
    locked = 1;
    read(fd, &generation, sizeof generation);
    pthread_mutex_unlock(&small);
    locked = 0;
    pthread_cleanup_pop(0);
}

// Silent: an unknown function that is given the lock may well release it.
void wait_unknown(int fd)
{
    pthread_mutex_lock(&small);
    pthread_cleanup_push(release_all, &small);
    read(fd, &generation, sizeof generation);
    pthread_cleanup_pop(1);
}

// Silent: a read lock with its handler.
void scan(int fd)
{
    pthread_rwlock_rdlock(&table);
    pthread_cleanup_push(unlock_table, NULL);
    write(fd, &generation, sizeof generation);
    pthread_cleanup_pop(1);
}

// Fires: written under the write lock, the handler's region has ended.
void rewrite(int fd)
{
    pthread_cleanup_push(unlock_table, NULL);
    pthread_rwlock_wrlock(&table);
    generation++;
    pthread_cleanup_pop(1);
    pthread_rwlock_wrlock(&table);
    write(fd, &generation, sizeof generation); // expect: thread-stop-lock-across-cancellation-point
    pthread_rwlock_unlock(&table);
}
