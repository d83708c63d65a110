// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl's push is a call that gets the argument.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t -- -- %musl_flags

#include <pthread.h>
#include <stdlib.h>

int use(void *);
static void free_at(void *p) { free(*(char **)p); }

void fires(void) {
  char *p = NULL;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

// The push of the address is no write.
void inner_address(void) {
  char *p = NULL;
  pthread_cleanup_push(free, p);
  pthread_cleanup_push(free_at, &p);
  use(NULL);
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(1);
}

void silent(void) {
  char *p = NULL;
  pthread_cleanup_push(free_at, &p);
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}
