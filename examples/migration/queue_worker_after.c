// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Workers on a queue that are asked to stop. No cleanup handlers are left.
//
// The wait for work fails, and the function unlocks and returns. The wait for
// data fails, and the job goes back into the queue, as after any failure.
// See docs/runtime/migration.md.
//
// Build: cc -pthread queue_worker_after.c -lthread_stop

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <thread_stop.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static int queued, done;
static int data[2]; // a pipe
static sem_t taken;

static bool take_job(void) {
  int error = 0;
  pthread_mutex_lock(&lock);
  while (queued == 0 && error == 0)
    error = thread_stop_cond_wait(&not_empty, &lock);
  if (error == 0)
    --queued;
  pthread_mutex_unlock(&lock);
  return error == 0;
}

static void *work(void *argument) {
  char byte;
  while (take_job()) {
    sem_post(&taken);
    bool ok = thread_stop_read(data[0], &byte, 1) == 1;
    pthread_mutex_lock(&lock);
    ++*(ok ? &done : &queued);
    pthread_mutex_unlock(&lock);
    if (!ok)
      break;
  }
  return argument;
}

static int stop(pthread_t thread) { return thread_stop_join(thread, NULL); }

int main(void) {
  pthread_t workers[2];
  if (pipe(data) != 0 || sem_init(&taken, 0, 0) != 0)
    return 2;
  for (int i = 0; i < 2; ++i)
    if (thread_stop_create(&workers[i], NULL, work, NULL) != 0)
      return 2;
  pthread_mutex_lock(&lock);
  ++queued;
  pthread_cond_signal(&not_empty);
  pthread_mutex_unlock(&lock);
  sem_wait(&taken); // one worker has the job, the other waits for one
  // Both are asked first: a job that goes back is not taken again.
  for (int i = 0; i < 2; ++i)
    if (thread_stop_request(workers[i]) != 0)
      return 2;
  for (int i = 0; i < 2; ++i)
    if (stop(workers[i]) != 0)
      return 2;
  int locked = pthread_mutex_trylock(&lock) != 0;
  printf("stopped, lock %s, jobs lost: %d\n", locked ? "lost" : "free",
         1 - queued - done);
  return locked || queued + done != 1 ? 1 : 0;
}
