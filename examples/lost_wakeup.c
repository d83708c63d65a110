// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that are stopped by a flag and a signal, as often as you like.
//
// As lost_wakeup_wrong.c, where the signal that comes between the test of the
// flag and the wait is lost. Here the threads have the signal blocked, and
// ppoll lets it in when it waits and not before: the signal that is sent in
// between stays pending, and ends ppoll at once.
//
// Expected: no finding.
//
// Build: cc -pthread lost_wakeup.c
// Run: ./a.out [how many stops [microseconds between test and wait]]

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int stopping;
static sem_t tested;
static sigset_t while_waiting;
static int delay;

// Empty: that there is a handler makes ppoll return.
static void wake_up(int signal_number) { (void)signal_number; }

// What a busy machine does now and then: time passes between test and wait. The
// other thread is told, so that its signal comes just now.
static void lose_time(void) {
  sem_post(&tested);
  if (delay > 0)
    usleep(delay);
}

static void *wait_for_input(void *argument) {
  struct pollfd input = {.fd = *(int *)argument, .events = POLLIN};
  char byte;
  while (!stopping) {
    lose_time();
    if (ppoll(&input, 1, NULL, &while_waiting) == 1 &&
        read(input.fd, &byte, 1) != 1)
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
  sigset_t stop;
  int ends[2];
  delay = count > 2 ? atoi(arguments[2]) : 0;
  sigaction(SIGUSR1, &action, NULL);
  // Before the threads are created: they inherit the mask.
  sigemptyset(&stop);
  sigaddset(&stop, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &stop, &while_waiting);
  if (pipe(ends) != 0 || sem_init(&tested, 0, 0) != 0)
    return 1;
  for (int i = 0; i < stops; i++)
    if (start_and_stop(ends[0]) != 0)
      return 1;
  printf("stopped %d times\n", stops);
  return 0;
}
