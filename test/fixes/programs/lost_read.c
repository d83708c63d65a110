// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-check-then-block
// The signal comes while the thread is between test and read, and is lost; a
// request of the runtime is not.

#define _GNU_SOURCE
#include "stopper.h"
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <thread_stop.h>

static atomic_int stopping;
static sem_t tested;

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  char byte;
  while (!stopping) {
    sem_post(&tested);
    let_it_wait();
    if (read(*(int *)arg, &byte, 1) == 0)
      break;
  }
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  pthread_t thread;
  int ends[2];
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || sem_init(&tested, 0, 0) != 0 ||
      thread_stop_create(&thread, NULL, run, &ends[0]) != 0)
    return 2;
  sem_wait(&tested);
  stopping = 1;
  pthread_kill(thread, SIGUSR1);
  thread_stop_request(thread);
  return ends_in_time(thread);
}
