// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-process-killing-signal %t -- -config="{CheckOptions: [{key: thread-stop-process-killing-signal.StrictSignals, value: true}, {key: thread-stop-process-killing-signal.HandledSignals, value: 'SIGTERM; SIGRTMIN + 1'}]}"

#include <pthread.h>
#include <signal.h>

static void handler(int sig) { (void)sig; }

void install(void) { signal(SIGUSR2, handler); }

// ---- fires ----

void strict(pthread_t t) {
  pthread_kill(t, SIGUSR1);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'SIGUSR1' has no handler here: it ends the process, not the thread [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:3: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler
  pthread_kill(t, SIGRTMIN + 2);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'SIGRTMIN + 2' has no handler here: it ends the process, not the thread [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:3: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler
  pthread_kill(t, SIGQUIT);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'SIGQUIT' has no handler here: it ends the process, not the thread [thread-stop-process-killing-signal]
// CHECK-NOTES: [[@LINE-2]]:3: note: ask the thread with 'thread_stop_request', or set a flag and send a signal that has a handler
}

// ---- stays silent ----

// Handled here, or by another file.
void handled(pthread_t t) {
  pthread_kill(t, SIGUSR2);
  pthread_kill(t, SIGTERM);
  pthread_kill(t, SIGRTMIN + 1);
}
