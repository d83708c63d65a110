// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a migrated thread does not do as the cancelled one did.
// RUN: %check_tidy %s thread-stop-migrate %t -- -- -I%S/Inputs/migrate

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
// CHECK-FIXES: {{^}}#include <thread_stop.h>{{$}}

// ---- fires ----

static void *reads_fifo(void *name) {
  char c;
  int fd = open(name, O_RDONLY);
  while (read(fd, &c, 1) > 0)
    putchar(c);
  close(fd);
  return NULL;
}
int run_reads_fifo(char *name) {
  pthread_t thread;
  pthread_create(&thread, NULL, reads_fifo, name);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'reads_fifo' can be asked to stop instead of being cancelled [thread-stop-migrate]
  int error = pthread_cancel(thread);
  // CHECK-MESSAGES: [[@LINE-1]]:15: note: the request takes the place of this cancel
  // CHECK-MESSAGES: [[@LINE-2]]:15: note: the result is ESRCH, not 0, once the thread has ended
  // CHECK-MESSAGES: [[@LINE-11]]:5: note: a request does not end 'putchar', should it wait
  // CHECK-MESSAGES: [[@LINE-14]]:12: note: a request does not end 'open', should it wait
  return error ? error : pthread_join(thread, NULL);
}
// CHECK-FIXES: {{^}}  int error = thread_stop_request(thread);{{$}}

// ---- stays silent (a reason per case) ----

// Nobody looks at the result, and nothing else waits.
static void *sleeps(void *arg) {
  sleep(10);
  return arg;
}
void run_sleeps(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sleeps, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'sleeps' can be asked to stop instead of being cancelled [thread-stop-migrate]
  (void)pthread_cancel(thread);
  // CHECK-MESSAGES: [[@LINE-1]]:9: note: the request takes the place of this cancel
  // CHECK-MESSAGES-NOT: note:
}
