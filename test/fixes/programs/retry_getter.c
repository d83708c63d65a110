// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-eintr-retry
// The flag is a member, read by a function; the loop has no body.

#define _GNU_SOURCE
#include "stopper.h"
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct worker {
  pthread_t thread;
  sem_t jobs;
  atomic_bool running;
};

static void wake_up(int number) { (void)number; }

static bool is_running(struct worker *self) {
  return atomic_load(&self->running);
}

static void *run(void *arg) {
  struct worker *self = arg;
  while (is_running(self)) {
    while (sem_wait(&self->jobs) == -1 && errno == EINTR)
      ;
  }
  return NULL;
}

static int stop(struct worker *self) {
  atomic_store(&self->running, false);
  pthread_kill(self->thread, SIGUSR1);
  return ends_in_time(self->thread);
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  struct worker worker = {.running = true};
  sigaction(SIGUSR1, &action, NULL);
  if (sem_init(&worker.jobs, 0, 0) != 0 ||
      pthread_create(&worker.thread, NULL, run, &worker) != 0)
    return 2;
  let_it_wait();
  return stop(&worker);
}
