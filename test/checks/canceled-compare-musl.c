// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl's constant is a macro as well, with other blanks.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-canceled-compare %t -- -- %musl_flags

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static pthread_t worker;

static void *worker_main(void *arg) {
  pause();
  return arg;
}

int start(int *fd) { return pthread_create(&worker, NULL, worker_main, fd); }

int fires(void) {
  void *r;
  pthread_join(worker, &r);
  return (intptr_t)r == -1;
  // CHECK-NOTES: [[@LINE-1]]:10: warning: the result of a cancelled thread is 'PTHREAD_CANCELED', which need not be -1 [thread-stop-canceled-compare]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the result comes from this join
  // CHECK-FIXES: {{^}}  return r == PTHREAD_CANCELED;{{$}}
}

int silent(void) {
  void *r;
  pthread_join(worker, &r);
  return r == PTHREAD_CANCELED;
}
