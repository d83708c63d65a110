// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: the thread is through with the lock before both meet at the barrier.
#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static void *work(void *arg) {
  pthread_mutex_lock(&m);
  pthread_mutex_unlock(&m);
  pthread_barrier_wait(&met);
  return arg;
}
int main(void) {
  pthread_t t;
  pthread_barrier_init(&met, NULL, 2);
  if (pthread_create(&t, NULL, work, NULL) != 0)
    return 1;
  pthread_barrier_wait(&met);
  pthread_mutex_lock(&m);
  pthread_join(t, NULL);
  pthread_mutex_unlock(&m);
  return 0;
}
