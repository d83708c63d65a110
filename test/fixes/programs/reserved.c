// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-reserved-signal
// The C library refuses 32 and 33.

#define _GNU_SOURCE
#include "stopper.h"
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>

static atomic_int stopping;

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  sigset_t *mask = arg;
  while (!stopping)
    ppoll(NULL, 0, NULL, mask);
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  sigset_t blocked, mask;
  pthread_t thread;
  if (sigaction(33, &action, NULL) != 0)
    return 1;
  sigemptyset(&blocked);
  sigaddset(&blocked, 33);
  pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  if (pthread_create(&thread, NULL, run, &mask) != 0)
    return 2;
  let_it_wait();
  stopping = 1;
  pthread_kill(thread, 33);
  return ends_in_time(thread);
}
