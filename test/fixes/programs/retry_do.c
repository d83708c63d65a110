// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-eintr-retry
// The signal ends the read, which is made again.

#define _GNU_SOURCE
#include "stopper.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

static atomic_int stopping;

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  int fd = *(int *)arg;
  char byte;
  while (!stopping) {
    ssize_t n;
    do {
      n = read(fd, &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
      break;
  }
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  pthread_t thread;
  int ends[2];
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || pthread_create(&thread, NULL, run, &ends[0]) != 0)
    return 2;
  let_it_wait();
  stopping = 1;
  pthread_kill(thread, SIGUSR1);
  return ends_in_time(thread);
}
