// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// musl has the same points, but for those of stdio, which never act there. The
// other files of these checks have nothing that is glibc's and run again here.
// REQUIRES: musl
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -- -- %musl_flags
// RUN: %check_tidy %s thread-stop-lock-across-cancellation-point %t -- -config="{CheckOptions: [{key: StrictPoints, value: true}]}" -- %musl_flags
// RUN: %check_tidy %S/lock-across-cancellation-point.c thread-stop-lock-across-cancellation-point %t -- -- %musl_flags
// RUN: %check_tidy %S/lock-across-cancellation-point-gate.c thread-stop-lock-across-cancellation-point %t -- -- %musl_flags
// RUN: %check_tidy %S/leak-across-cancellation-point-options.c thread-stop-leak-across-cancellation-point %t -- -- %musl_flags
// RUN: %check_tidy %S/async-cancel-unsafe-call.c thread-stop-async-cancel-unsafe-call %t -- -- %musl_flags
// RUN: %check_tidy %S/no-cancellation-point.c thread-stop-no-cancellation-point %t -check-suffixes=,MUSL -- -- %musl_flags
// RUN: %check_tidy %S/unjoined-cancel.c thread-stop-unjoined-cancel %t -- -- %musl_flags
// RUN: %check_tidy %S/unjoined-cancel-too-late.c thread-stop-unjoined-cancel %t -- -- %musl_flags
// RUN: %check_tidy %S/join-under-lock.c thread-stop-join-under-lock %t -- -- %musl_flags

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- fires ----

static void sleeps(void) {
  pthread_mutex_lock(&lock);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
}

// A point on musl only.
static void opens_a_directory(void) {
  pthread_mutex_lock(&lock);
  DIR *d = opendir("d");
  // CHECK-NOTES: [[@LINE-1]]:12: warning: a thread cancelled in 'opendir' leaves the lock held: nobody else gets it any more [thread-stop-lock-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:3: note: the lock is taken here
  pthread_mutex_unlock(&lock);
  if (d)
    closedir(d);
}

// ---- stays silent (a reason per case) ----

// stdio never acts, whatever the options say; nor does wait3.
static void prints(FILE *f) {
  int status;
  pthread_mutex_lock(&lock);
  fputs("text\n", f);
  fflush(f);
  wait3(&status, 0, NULL);
  pthread_mutex_unlock(&lock);
}

// The third state: a point then fails instead of ending the thread.
static void masked(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_MASKED, &old);
  pthread_mutex_lock(&lock);
  sleep(1);
  pthread_mutex_unlock(&lock);
  pthread_setcancelstate(old, NULL);
}

static void *worker(void *arg) {
  sleeps(), opens_a_directory(), prints(arg), masked();
  return NULL;
}

void run(FILE *f) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, f);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
