// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-exit-in-handler %t

#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf escape;
static volatile sig_atomic_t stop;
static int value;

// ---- fires ----

static void exits(int sig) {
  (void)sig;
  pthread_exit(NULL);
// CHECK-NOTES: [[@LINE-1]]:3: warning: a signal handler ends its thread: locks and memory of the interrupted code are lost [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+62]]:25: note: 'exits' becomes a handler of SIGINT here
}

static void take(int v) {
  pthread_mutex_lock(&lock);
// CHECK-NOTES: [[@LINE-1]]:3: warning: a signal handler takes a lock: if the interrupted code holds it, the thread hangs [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+49]]:3: note: 'locks' becomes a handler of SIGUSR1 here
// CHECK-NOTES: [[@LINE+7]]:13: note: the handler comes here through 'take'
  value = v;
  pthread_mutex_unlock(&lock);
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
}

static void locks(int sig, siginfo_t *info, void *context) {
  (void)info;
  (void)context;
  take(sig);
}

static void jumps(int sig) { siglongjmp(escape, sig); }
// CHECK-NOTES: [[@LINE-1]]:30: warning: a signal handler jumps away: what the interrupted code was doing stays half done [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+37]]:3: note: 'jumps' becomes a handler of SIGUSR2 here

static void cancels(int sig) {
  (void)sig;
  pthread_cancel(pthread_self());
// CHECK-NOTES: [[@LINE-1]]:3: warning: a signal handler cancels its own thread: it ends at the next cancellation point, or inside this one [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+38]]:5: note: 'cancels' becomes a handler here
}

static void prints(int sig) {
  flockfile(stderr);
// CHECK-NOTES: [[@LINE-1]]:3: warning: a signal handler takes a lock: if the interrupted code holds it, the thread hangs [thread-stop-exit-in-handler]
// CHECK-NOTES: [[@LINE+32]]:5: note: 'prints' becomes a handler here
  fprintf(stderr, "%d\n", sig);
  funlockfile(stderr);
}

struct entry {
  int number;
  void (*handler)(int);
};

static const struct entry table[] = {{SIGALRM, cancels}, {SIGTERM, prints}};

static void install(int sig, void (*handler)(int)) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = handler;
  sigaction(sig, &sa, NULL);
}

void by_designator(void) {
  struct sigaction sa = {.sa_sigaction = locks, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &sa, NULL);
}

void by_literal(void) {
  sigaction(SIGUSR2, &(struct sigaction){.sa_handler = jumps}, NULL);
}

void by_wrapper(void) { install(SIGINT, exits); }

void by_table(void) {
  for (unsigned i = 0; i < sizeof table / sizeof *table; ++i)
    install(table[i].number, table[i].handler);
}

// ---- stays silent ----

// What a handler may do.
static void sets(int sig) {
  stop = sig;
  write(STDERR_FILENO, "!\n", 2);
}

// Does not wait.
static void tries(int sig) {
  if (pthread_mutex_trylock(&lock) == 0) {
    value = sig;
    pthread_mutex_unlock(&lock);
  }
}

// A fault is probed for.
static void probes(int sig) { siglongjmp(escape, sig); }

// Another thread.
static pthread_t other;
static void cancels_other(int sig) {
  (void)sig;
  pthread_cancel(other);
}

// Not reached.
static void never(int sig) {
  (void)sig;
  if (0)
    pthread_exit(NULL);
}

void silent_ones(void) {
  struct sigaction sa = {.sa_handler = sets};
  sigaction(SIGHUP, &sa, NULL);
  sa.sa_handler = tries;
  sigaction(SIGPIPE, &sa, NULL);
  signal(SIGSEGV, probes);
  signal(SIGBUS, probes);
  signal(SIGQUIT, cancels_other);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGIO, never);
}

// No handler.
void ordinary(int v) {
  take(v);
  pthread_exit(NULL);
}
