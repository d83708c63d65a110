// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The option turns the rewrite on where a pattern names the check, and another
// one names functions of other files that do not wait.
// RUN: %check_tidy %s thread-stop-migrat* %t -- -config="{CheckOptions: [{key: thread-stop-migrate.Migrate, value: 'true'}, {key: thread-stop-migrate.NonBlockingFunctions, value: 'count;other'}]}" -- -I%S/Inputs/migrate

#include <pthread.h>
#include <unistd.h>

void count(void);

static void *work(void *arg) {
  count();
  sleep(1);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *work(void *arg) {
// CHECK-FIXES: {{^}}  count();{{$}}
// CHECK-FIXES-NEXT: {{^}}  thread_stop_sleep(1);{{$}}

// ---- fires ----
void run(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'work' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
}
