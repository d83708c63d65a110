// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that reads with a lock held, and is asked to stop.
//
// The read fails, and the thread unlocks as after any failure.
// See docs/runtime/migration.md.
//
// Build: cc -pthread lock_held_after.c -lthread_stop

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <thread_stop.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int balance;
static int updates[2]; // a pipe
static sem_t locked;

static void *update(void *argument) {
  int amount;
  for (;;) {
    pthread_mutex_lock(&lock);
    sem_post(&locked);
    ssize_t size = thread_stop_read(updates[0], &amount, sizeof amount);
    if (size == sizeof amount)
      balance += amount;
    pthread_mutex_unlock(&lock);
    if (size != sizeof amount)
      return argument;
  }
}

static int stop(pthread_t thread) { return thread_stop_join(thread, NULL); }

int main(void) {
  pthread_t thread;
  if (pipe(updates) != 0 || sem_init(&locked, 0, 0) != 0 ||
      thread_stop_create(&thread, NULL, update, NULL) != 0)
    return 2;
  sem_wait(&locked);
  if (stop(thread) != 0)
    return 2;
  int lost = pthread_mutex_trylock(&lock) != 0; // EBUSY
  printf("stopped, lock %s\n", lost ? "lost" : "free");
  return lost ? 1 : 0;
}
