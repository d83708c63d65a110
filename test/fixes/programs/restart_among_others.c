// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-restarting-handler
// One flag of three, in an initialiser; the handler has three parameters.

#define _GNU_SOURCE
#include "stopper.h"
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

static atomic_int stopping;

static void stop_now(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  (void)context;
  stopping = 1;
}

static void *run(void *arg) {
  while (!stopping)
    if (accept(*(int *)arg, NULL, NULL) == 0)
      break;
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = stop_now,
                             .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  pthread_t thread;
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr name = {.sa_family = AF_UNIX};
  sigaction(SIGUSR1, &action, NULL);
  if (bind(listener, &name, sizeof name.sa_family) != 0 ||
      listen(listener, 1) != 0 ||
      pthread_create(&thread, NULL, run, &listener) != 0)
    return 2;
  let_it_wait();
  pthread_kill(thread, SIGUSR1);
  return ends_in_time(thread);
}
