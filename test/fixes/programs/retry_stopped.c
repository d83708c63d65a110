// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-eintr-retry
// The test that is there says "stop", the condition that is mended "go on".

#define _GNU_SOURCE
#include "stopper.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

static atomic_int state;
enum { RUNNING, STOPPED };

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  int fd = *(int *)arg;
  char byte;
  for (;;) {
    if (state == STOPPED)
      break;
    ssize_t n = recv(fd, &byte, 1, 0);
    while (n == -1 && errno == EINTR)
      n = recv(fd, &byte, 1, 0);
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
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
      pthread_create(&thread, NULL, run, &ends[0]) != 0)
    return 2;
  let_it_wait();
  state = STOPPED;
  pthread_kill(thread, SIGUSR1);
  return ends_in_time(thread);
}
