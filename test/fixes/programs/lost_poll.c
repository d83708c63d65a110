// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fixes: thread-stop-check-then-block
// A ppoll without a mask is no better than poll.

#define _GNU_SOURCE
#include "stopper.h"
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <thread_stop.h>

struct reader {
  pthread_t thread;
  atomic_bool stopping;
  sem_t tested;
  int fd;
};

static void wake_up(int number) { (void)number; }

static void *run(void *arg) {
  struct reader *self = arg;
  struct pollfd input = {.fd = self->fd, .events = POLLIN};
  for (;;) {
    if (atomic_load(&self->stopping))
      return NULL;
    sem_post(&self->tested);
    let_it_wait();
    ppoll(&input, 1, NULL, NULL);
  }
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  struct reader reader = {0};
  int ends[2];
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || sem_init(&reader.tested, 0, 0) != 0)
    return 2;
  reader.fd = ends[0];
  if (thread_stop_create(&reader.thread, NULL, run, &reader) != 0)
    return 2;
  sem_wait(&reader.tested);
  atomic_store(&reader.stopping, true);
  pthread_kill(reader.thread, SIGUSR1);
  thread_stop_request(reader.thread);
  return ends_in_time(reader.thread);
}
