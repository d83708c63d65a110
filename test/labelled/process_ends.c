// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: after the cancel the process ends at once. Nobody is left to miss the
// mutex, nobody could join.
#include <pthread.h>
#include <stdlib.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ready;
static void *waiter(void *arg) {
  pthread_mutex_lock(&m);
  while (!ready)
    pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  return arg;
}
int main(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, waiter, NULL) != 0)
    return 1;
  pthread_cancel(t); // expect: thread-stop-pthread-cancel
  exit(0);
}
