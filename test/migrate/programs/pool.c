// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several threads in an array, in a structure that a function gets a pointer
// to. They wait for a semaphore, work with cancellation disabled, and sleep.

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4

struct pool {
  pthread_t threads[THREADS];
  sem_t jobs;
  int started, done;
};

static void pause_for(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    ;
}

// Not torn apart: what is begun is also done.
static void work(struct pool *pool) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  __atomic_add_fetch(&pool->started, 1, __ATOMIC_SEQ_CST);
  usleep(1000);
  __atomic_add_fetch(&pool->done, 1, __ATOMIC_SEQ_CST);
  pthread_setcancelstate(old, NULL);
}

static void *run(void *argument) {
  struct pool *pool = argument;
  char *scratch = malloc(100);
  if (!scratch)
    return NULL;
  pthread_cleanup_push(free, scratch);
  for (;;) {
    if (sem_wait(&pool->jobs) != 0)
      continue;
    memset(scratch, 1, 100);
    work(pool);
    pause_for(scratch[0]);
  }
  pthread_cleanup_pop(1);
  return NULL;
}

static int start(struct pool *pool) {
  sem_init(&pool->jobs, 0, 0);
  pool->started = pool->done = 0;
  for (int i = 0; i < THREADS; ++i)
    if (pthread_create(&pool->threads[i], NULL, run, pool) != 0)
      return -1;
  return 0;
}

static void stop(struct pool *pool) {
  for (pthread_t *thread = pool->threads; thread < pool->threads + THREADS;
       ++thread)
    pthread_cancel(*thread);
  for (int i = 0; i < THREADS; ++i)
    pthread_join(pool->threads[i], NULL);
  sem_destroy(&pool->jobs);
}

int main(void) {
  struct pool pool;
  if (start(&pool) != 0)
    return 1;
  for (int i = 0; i < 20; ++i)
    sem_post(&pool.jobs);
  while (__atomic_load_n(&pool.done, __ATOMIC_SEQ_CST) < 10)
    usleep(1000);
  stop(&pool);
  printf("started %d, done %d\n", pool.started, pool.done);
  return pool.started != pool.done;
}
