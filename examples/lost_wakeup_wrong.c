// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that is stopped by a flag and a signal, and is not.
//
// The thread tests the flag, and time passes before it waits. If the flag is
// set and the signal sent in between, the handler runs, and is done: nothing
// ends the read. On an idle machine that takes some ten thousand tries; here
// the time is made long and the signal comes in it, so that the first stop
// hangs for ever.
// Expected: check-then-block in wait_for_input().
//
// Build: cc -pthread lost_wakeup_wrong.c
// Run: ./a.out [how many stops [microseconds between test and wait]]

#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int stopping;
static sem_t tested;
static int delay;

// Empty: that there is a handler makes read fail with EINTR, if it waits.
static void wake_up(int signal_number) { (void)signal_number; }

// What a busy machine does now and then: time passes between test and wait. The
// other thread is told, so that its signal comes just now.
static void lose_time(void) {
  sem_post(&tested);
  if (delay > 0)
    usleep(delay);
}

static void *wait_for_input(void *argument) {
  char byte;
  while (!stopping) {
    lose_time();
    if (read(*(int *)argument, &byte, 1) == 0) // waits, the signal was before
      break;
  }
  return NULL;
}

static int start_and_stop(int input) {
  pthread_t thread;
  stopping = 0;
  if (pthread_create(&thread, NULL, wait_for_input, &input) != 0)
    return 1;
  while (sem_wait(&tested) != 0)
    ;
  stopping = 1;
  pthread_kill(thread, SIGUSR1);
  pthread_join(thread, NULL);
  while (sem_trywait(&tested) == 0)
    ;
  return 0;
}

int main(int count, char **arguments) {
  const int stops = count > 1 ? atoi(arguments[1]) : 1000;
  struct sigaction action = {.sa_handler = wake_up};
  int ends[2];
  delay = count > 2 ? atoi(arguments[2]) : 20 * 1000;
  sigaction(SIGUSR1, &action, NULL);
  if (pipe(ends) != 0 || sem_init(&tested, 0, 0) != 0)
    return 1;
  for (int i = 0; i < stops; i++) {
    printf("stop %d\n", i + 1);
    fflush(stdout);
    if (start_and_stop(ends[0]) != 0)
      return 1;
  }
  printf("stopped %d times\n", stops);
  return 0;
}
