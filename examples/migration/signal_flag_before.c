// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that is stopped by a flag and a signal, as programs do it by hand.
//
// signal() installs the handler such that read goes on after it, and does not
// fail with EINTR: the flag is set, and nobody looks at it. Without that the
// stop would only be lost now and then: when the signal comes after the test of
// the flag, and before read sleeps. See docs/runtime/migration.md.
//
// Build: cc -pthread signal_flag_before.c

#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int input[2]; // a pipe
static volatile sig_atomic_t stopped;
static sem_t ready;

static void on_stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static void *read_input(void *argument) {
  char byte;
  sem_post(&ready);
  while (!stopped)
    if (read(input[0], &byte, 1) == 0)
      break;
  return argument;
}

static int stop(pthread_t thread, const struct timespec *until) {
  int error = pthread_kill(thread, SIGUSR1);
  return error ? error : pthread_timedjoin_np(thread, NULL, until);
}

int main(void) {
  struct timespec until;
  pthread_t thread;
  signal(SIGUSR1, on_stop);
  if (pipe(input) != 0 || sem_init(&ready, 0, 0) != 0 ||
      pthread_create(&thread, NULL, read_input, NULL) != 0)
    return 2;
  sem_wait(&ready);
  usleep(200 * 1000); // by now it is in read
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 300 * 1000 * 1000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    ++until.tv_sec;
  }
  int running = stop(thread, &until) != 0;
  printf("%s\n", running ? "still in read" : "stopped");
  return running ? 1 : 0;
}
