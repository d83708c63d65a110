// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that stay cancelled, each with the reason.
// RUN: %check_tidy %s thread-stop-migrate %t

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int fd;
static void use(int value) { fd += value; }
void elsewhere(void);
void *start_elsewhere(void *arg);

// ---- fires ----

static void *wait_for_input(void *arg) {
  char line[80];
  while (fgets(line, sizeof(line), stdin))
    use(line[0]);
  return arg;
}
void run_wait_for_input(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_input, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: 'fgets' may wait for ever, and has no form that a request ends [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-9]]:10: note: 'fgets' may wait for ever, and has no form that a request ends
}

static void *pauses(void *arg) {
  pause();
  return arg;
}
void run_pauses(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, pauses, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: 'pause' may wait for ever, and has no form that a request ends [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-8]]:3: note: 'pause' may wait for ever, and has no form that a request ends
}

static void *calls_elsewhere(void *arg) {
  for (;;)
    elsewhere();
  return arg;
}
void run_calls_elsewhere(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, calls_elsewhere, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: what 'elsewhere' does is not known here: it may wait [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-8]]:5: note: what 'elsewhere' does is not known here: it may wait
}

static void *calls_pointer(void *arg) {
  void (*callback)(void) = (void (*)(void))arg;
  callback();
  return NULL;
}
void run_calls_pointer(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, calls_pointer, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: what this calls is not known, and may wait [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-8]]:3: note: what this calls is not known, and may wait
}

static void *asynchronous(void *arg) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  for (;;)
    use(1);
  return arg;
}
void run_asynchronous(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, asynchronous, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: the thread can be cancelled at any instruction [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-10]]:3: note: the thread can be cancelled at any instruction
}

static void *mixed(void *arg) {
  if (arg)
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  sleep(1);
  return arg;
}
void run_mixed(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, mixed, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: cancellation may be enabled or disabled in this call [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-8]]:3: note: cancellation may be enabled or disabled in this call
}

#define NAP() sleep(1)
static void *in_macro(void *arg) {
  NAP();
  return arg;
}
void run_in_macro(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_macro, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: this call stands in a macro [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-8]]:3: note: this call stands in a macro
}

// After a stop the handler's own write would fail.
static void say(const char *text) {
  if (write(fd, text, 1) < 0)
    use(1);
}
static void say_end(void *unused) { say(unused ? "." : "!"); }
static void *shares_with_handler(void *arg) {
  pthread_cleanup_push(say_end, NULL);
  for (;;)
    say("x");
  pthread_cleanup_pop(1);
  return arg;
}
void run_shares_with_handler(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, shares_with_handler, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: a cleanup handler makes this call, too [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-16]]:7: note: a cleanup handler makes this call, too
}

static void *in_switch(void *arg) {
  char c;
  for (;;)
    switch (read(fd, &c, 1)) {
    case 1:
      use(c);
    }
  return arg;
}
void run_in_switch(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_switch, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: there is no place for a test after this call [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-11]]:13: note: there is no place for a test after this call
}

// It has ended at usleep, where a request does nothing.
static void *jumps(void *arg) {
again:
  use(1);
  usleep(1000);
  goto again;
  return arg;
}
void run_jumps(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, jumps, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: a loop that 'goto' makes has no place for a test [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-9]]:3: note: a loop that 'goto' makes has no place for a test
}

void run_elsewhere(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, start_elsewhere, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: 'start_elsewhere' is defined in another file [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-3]]:3: note: 'start_elsewhere' is defined in another file
}

void run_unknown(void *(*start)(void *)) {
  pthread_t thread;
  pthread_create(&thread, NULL, start, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: what this thread runs is not known [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-3]]:3: note: what this thread runs is not known
}

extern pthread_t shared_thread;
static pthread_t not_created;
void stop_not_created(void) {
  pthread_cancel(not_created);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: the thread is not created in this file [thread-stop-migrate]
}

static void *sleeps(void *arg) {
  sleep(1);
  return arg;
}
void run_shared(void) {
  pthread_create(&shared_thread, NULL, sleeps, NULL);
  pthread_cancel(shared_thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: other files can use 'shared_thread' [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-15]]:18: note: other files can use 'shared_thread'
}

void publish(pthread_t *thread);
void run_published(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sleeps, NULL);
  publish(&thread);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: the handle goes out of sight, or comes from there [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-3]]:12: note: the handle goes out of sight, or comes from there
}

pthread_t current(void);
void stop_current(void) {
  pthread_cancel(current());
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: which thread this is cannot be told [thread-stop-migrate]
}

// One of two threads with a common function cannot be migrated: none is.
static void common(void) { sleep(5); }
static void *can(void *arg) {
  common();
  return arg;
}
static void *cannot(void *arg) {
  common();
  pause();
  return arg;
}
void run_both(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, can, NULL);
  pthread_create(&b, NULL, cannot, NULL);
  pthread_cancel(a);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: another thread that runs the same code is not [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE+1]]:3: note: another thread that runs the same code is not
  pthread_cancel(b);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: 'pause' may wait for ever, and has no form that a request ends [thread-stop-migrate]
  // CHECK-NOTES: [[@LINE-12]]:3: note: 'pause' may wait for ever, and has no form that a request ends
}

// In what a header has, other files would change as well.
#include "Inputs/migrate-reasons/wait.h"
static void *in_header(void *arg) {
  wait_a_second();
  return arg;
}
void run_in_header(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_header, NULL);
  pthread_cancel(thread);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this thread is not migrated: this call stands in a header [thread-stop-migrate]
  // CHECK-NOTES: wait.h:6:42: note: this call stands in a header
}

// ---- stays silent (a reason per case) ----

// Neither is a way to cancel another thread.
void other_calls(pthread_t thread) {
  pthread_cancel(pthread_self());
  pthread_detach(thread);
}
