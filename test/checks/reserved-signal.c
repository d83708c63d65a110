// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-reserved-signal %t

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define WAKE 34

static pthread_t thread;

// ---- fires ----

enum { STOP = 33 };
// CHECK-NOTES: [[@LINE-1]]:8: warning: signal 33 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-NOTES: [[@LINE+49]]:3: note: it is used here
// CHECK-NOTES: [[@LINE-3]]:8: note: make it a macro or a function that gives 'SIGRTMIN + n': that is no constant
static const int stop_signal = 32;
// CHECK-NOTES: [[@LINE-1]]:18: warning: signal 32 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-NOTES: [[@LINE+47]]:3: note: it is used here
// CHECK-NOTES: [[@LINE-3]]:18: note: make it a macro or a function that gives 'SIGRTMIN + n': that is no constant

static void handler(int sig) { (void)sig; }

void literals(void) {
  pthread_kill(thread, 32);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 32 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  pthread_kill(thread, SIGRTMIN);{{$}}
  pthread_kill(thread, 33);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 33 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  pthread_kill(thread, SIGRTMIN + 1);{{$}}
  pthread_kill(thread, 34);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 34 is reserved: musl keeps it for itself, and glibc may give it to others as SIGRTMIN [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  pthread_kill(thread, SIGRTMIN + 2);{{$}}
}

void others(sigset_t *set) {
  struct sigaction sa = {.sa_handler = handler};
  sigaction(__SIGRTMIN, &sa, NULL);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 32 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  sigaction(SIGRTMIN, &sa, NULL);{{$}}
  signal(33, handler);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 33 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  signal(SIGRTMIN + 1, handler);{{$}}
  sigaddset(set, 34);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 34 is reserved: musl keeps it for itself, and glibc may give it to others as SIGRTMIN [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  sigaddset(set, SIGRTMIN + 2);{{$}}
  tgkill(getpid(), gettid(), 33);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 33 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  tgkill(getpid(), gettid(), SIGRTMIN + 1);{{$}}
  raise(34);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 34 is reserved: musl keeps it for itself, and glibc may give it to others as SIGRTMIN [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}  raise(SIGRTMIN + 2);{{$}}
}

void macro(void) { pthread_kill(thread, WAKE); }
// CHECK-NOTES: [[@LINE-1]]:20: warning: signal 34 is reserved: musl keeps it for itself, and glibc may give it to others as SIGRTMIN [thread-stop-reserved-signal]
// CHECK-NOTES: [[@LINE-50]]:14: note: the number stands here

void choice(int quiet) { pthread_kill(thread, quiet ? SIGUSR1 : 33); }
// CHECK-NOTES: [[@LINE-1]]:26: warning: signal 33 is reserved: the C library keeps it for itself, the call fails or breaks it [thread-stop-reserved-signal]
// CHECK-FIXES: {{^}}void choice(int quiet) { pthread_kill(thread, quiet ? SIGUSR1 : SIGRTMIN + 1); }{{$}}

void constants(void) {
  pthread_kill(thread, STOP);
  pthread_kill(thread, STOP);
  pthread_kill(thread, stop_signal);
}

void local(void) {
  const int number = 34;
  pthread_kill(thread, number);
// CHECK-NOTES: [[@LINE-1]]:3: warning: signal 34 is reserved: musl keeps it for itself, and glibc may give it to others as SIGRTMIN [thread-stop-reserved-signal]
// CHECK-NOTES: [[@LINE-3]]:13: note: the number stands here
}

// ---- stays silent ----

// Counted from the ends.
void counted(void) {
  pthread_kill(thread, SIGRTMIN);
  pthread_kill(thread, SIGRTMIN + 2);
  pthread_kill(thread, SIGRTMAX - 1);
  pthread_kill(thread, 40);
}

// Resets, exclusions and questions.
void resets(sigset_t *set) {
  signal(32, SIG_DFL);
  signal(33, SIG_IGN);
  sigfillset(set);
  sigdelset(set, 32);
  sigismember(set, 33);
}

// Not signals.
int numbers(int kind) {
  sleep(33);
  return kind == 34 ? 32 : 33;
}

// Not reached.
void never(void) {
  if (0)
    pthread_kill(thread, 33);
}
