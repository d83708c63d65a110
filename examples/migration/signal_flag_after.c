// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that is asked to stop. The flag, the signal and its handler are the
// library's; nothing of them is left in the program.
// See docs/runtime/migration.md.
//
// Build: cc -pthread signal_flag_after.c -lthread_stop

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <thread_stop.h>
#include <time.h>
#include <unistd.h>

static int input[2]; // a pipe
static sem_t ready;

static void *read_input(void *argument) {
  char byte;
  sem_post(&ready);
  for (;;) {
    ssize_t size = thread_stop_read(input[0], &byte, 1);
    if (size == 0 || (size < 0 && errno != EINTR))
      break; // also ECANCELED
  }
  return argument;
}

static int stop(pthread_t thread, const struct timespec *until) {
  return thread_stop_timedjoin(thread, NULL, until);
}

int main(void) {
  struct timespec until;
  pthread_t thread;
  if (pipe(input) != 0 || sem_init(&ready, 0, 0) != 0 ||
      thread_stop_create(&thread, NULL, read_input, NULL) != 0)
    return 2;
  sem_wait(&ready);
  usleep(200 * 1000); // by now it is in thread_stop_read
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 10; // it does not take that long
  int running = stop(thread, &until) != 0;
  printf("%s\n", running ? "still in read" : "stopped");
  return running ? 1 : 0;
}
