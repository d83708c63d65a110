// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Workers on a queue, with the cleanup handlers that a cancel needs.
//
// One worker waits for work, and its handler unlocks the queue. The other has
// taken a job and waits for data. No handler puts the job back: it is lost.
// See docs/runtime/migration.md.
//
// Build: cc -pthread queue_worker_before.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static int queued, done;
static int data[2]; // a pipe
static sem_t taken;

static void unlock(void *mutex) { pthread_mutex_unlock(mutex); }

static void take_job(void) {
  pthread_mutex_lock(&lock);
  pthread_cleanup_push(unlock, &lock);
  while (queued == 0)
    pthread_cond_wait(&not_empty, &lock);
  --queued;
  pthread_cleanup_pop(1);
}

static void *work(void *argument) {
  char byte;
  for (;;) {
    take_job();
    sem_post(&taken);
    if (read(data[0], &byte, 1) != 1) // the job is lost here
      return argument;
    pthread_mutex_lock(&lock);
    ++done;
    pthread_mutex_unlock(&lock);
  }
}

static int stop(pthread_t thread) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_join(thread, NULL);
}

int main(void) {
  pthread_t workers[2];
  if (pipe(data) != 0 || sem_init(&taken, 0, 0) != 0)
    return 2;
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&workers[i], NULL, work, NULL) != 0)
      return 2;
  pthread_mutex_lock(&lock);
  ++queued;
  pthread_cond_signal(&not_empty);
  pthread_mutex_unlock(&lock);
  sem_wait(&taken); // one worker has the job, the other waits for one
  for (int i = 0; i < 2; ++i)
    if (stop(workers[i]) != 0)
      return 2;
  int locked = pthread_mutex_trylock(&lock) != 0;
  printf("stopped, lock %s, jobs lost: %d\n", locked ? "lost" : "free",
         1 - queued - done);
  return locked || queued + done != 1 ? 1 : 0;
}
