// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-restarting-handler
// The read goes on after the handler.

#define _GNU_SOURCE
#include "stopper.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int stopping;

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  char byte;
  while (!stopping)
    if (read(*(int *)arg, &byte, 1) == 0)
      break;
  return NULL;
}

int main(void) {
  struct sigaction action;
  pthread_t thread;
  int ends[2];
  memset(&action, 0, sizeof action);
  action.sa_handler = wake_up;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || pthread_create(&thread, NULL, run, &ends[0]) != 0)
    return 2;
  let_it_wait();
  stopping = 1;
  pthread_kill(thread, SIGUSR1);
  return ends_in_time(thread);
}
