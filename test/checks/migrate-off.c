// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A pattern does not turn the rewrite on; its name or its option does. An
// option names functions of other files that do not wait.
// RUN: %check_tidy %s thread-stop-migrat* %t -silent
// RUN: %check_tidy %s thread-stop-migrate %t -silent -- -config="{CheckOptions: [{key: thread-stop-migrate.Migrate, value: 'false'}]}"
// RUN: %check_tidy %s thread-stop-migrate,-thread-stop-migrate,thread-stop-migrat* %t -silent

#include <pthread.h>
#include <unistd.h>

static void *work(void *arg) {
  sleep(1);
  return arg;
}

// ---- stays silent ----
void run(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  pthread_cancel(thread);
}
