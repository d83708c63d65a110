// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-process-killing-signal %t

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static pthread_t worker;

void *work(void *arg);

int start(void) { return pthread_create(&worker, NULL, work, NULL); }

// ---- fires ----

void kills(void) { pthread_kill(worker, SIGKILL); }
// CHECK-NOTES: [[@LINE-1]]:20: warning: 'SIGKILL' ends the whole process, whichever thread it is sent to [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-6]]:26: note: the thread is created here
// CHECK-NOTES: [[@LINE-3]]:20: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler

void stops(pid_t tid) { tgkill(getpid(), tid, SIGSTOP); }
// CHECK-NOTES: [[@LINE-1]]:25: warning: 'SIGSTOP' stops the whole process, whichever thread it is sent to [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:25: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler

void terminates(pthread_t t) { pthread_kill(t, SIGTERM); }
// CHECK-NOTES: [[@LINE-1]]:32: warning: 'SIGTERM' has no handler here: it ends the process, not the thread [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:32: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler

void queues(pthread_t t) {
  union sigval v = {0};
  pthread_sigqueue(t, SIGQUIT, v);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'SIGQUIT' has no handler here: it ends the process, not the thread [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:3: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler
}

void one_arm(pthread_t t, int hard) {
  int sig = SIGUSR1;
  if (hard)
    sig = SIGKILL;
  pthread_kill(t, sig);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'SIGKILL' ends the whole process, whichever thread it is sent to [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:3: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler
}

// ---- stays silent ----

static void handler(int sig) { (void)sig; }

void install(void) {
  struct sigaction sa = {.sa_handler = handler};
  sigaction(SIGINT, &sa, NULL);
  signal(SIGPIPE, SIG_IGN);
}

// Handled, or ignored.
void handled(pthread_t t) {
  pthread_kill(t, SIGINT);
  pthread_kill(t, SIGPIPE);
}

// Accepted.
void accepted(pthread_t t) {
  sigset_t set;
  int got;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigwait(&set, &got);
  pthread_kill(t, SIGHUP);
}

// Ends nothing, or has its handler elsewhere as a rule.
void harmless(pthread_t t) {
  pthread_kill(t, 0);
  pthread_kill(t, SIGURG);
  pthread_kill(t, SIGCHLD);
  pthread_kill(t, SIGWINCH);
  pthread_kill(t, SIGCONT);
  pthread_kill(t, SIGUSR2);
  pthread_kill(t, SIGRTMIN + 1);
}

// Not known.
void any(pthread_t t, int sig) { pthread_kill(t, sig); }

// Meant for the process.
void process(pid_t p) {
  kill(p, SIGKILL);
  raise(SIGTERM);
  pthread_kill(pthread_self(), SIGABRT);
}
