// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that reads with a lock held, and is cancelled.
//
// It ends in read, and the lock stays locked. See docs/runtime/migration.md.
//
// Build: cc -pthread lock_held_before.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
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
    ssize_t size = read(updates[0], &amount, sizeof amount); // ends here
    if (size == sizeof amount)
      balance += amount;
    pthread_mutex_unlock(&lock);
    if (size != sizeof amount)
      return argument;
  }
}

static int stop(pthread_t thread) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_join(thread, NULL);
}

int main(void) {
  pthread_t thread;
  if (pipe(updates) != 0 || sem_init(&locked, 0, 0) != 0 ||
      pthread_create(&thread, NULL, update, NULL) != 0)
    return 2;
  sem_wait(&locked);
  if (stop(thread) != 0)
    return 2;
  int lost = pthread_mutex_trylock(&lock) != 0; // EBUSY
  printf("stopped, lock %s\n", lost ? "lost" : "free");
  return lost ? 1 : 0;
}
