// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: the handle names two threads in turn, and only the second is
// cancelled; the first one waits with the lock held.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t go;
static void *never_cancelled(void *arg) {
  pthread_mutex_lock(&m);
  sem_wait(&go);
  pthread_mutex_unlock(&m);
  return arg;
}
static void *cancelled(void *arg) {
  pause();
  return arg;
}
int main(void) {
  pthread_t t;
  sem_init(&go, 0, 0);
  if (pthread_create(&t, NULL, never_cancelled, NULL) != 0)
    return 1;
  sem_post(&go);
  pthread_join(t, NULL);
  if (pthread_create(&t, NULL, cancelled, NULL) != 0)
    return 1;
  pthread_cancel(t); // expect: thread-stop-pthread-cancel
  return pthread_join(t, NULL);
}
