// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fires where the handle of a cancelled thread gets another thread before it was
// joined.
#include <pthread.h>
#include <unistd.h>
static pthread_t worker;
static void *work(void *arg) {
  for (;;)
    pause();
  return arg;
}
int restart(void) {
  pthread_cancel(worker); // expect: thread-stop-unjoined-cancel, thread-stop-pthread-cancel
  return pthread_create(&worker, NULL, work, NULL);
}
int main(void) {
  if (pthread_create(&worker, NULL, work, NULL) != 0)
    return 1;
  if (restart() != 0)
    return 1;
  pthread_cancel(worker); // expect: thread-stop-pthread-cancel
  return pthread_join(worker, NULL);
}
