// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-restarting-handler %t

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static pthread_t reader, reaper, poster, poller, woken;
static sem_t jobs;
static int pipes[2];

static void sets(int sig) {
  (void)sig;
  stop = 1;
}

static void sets_usr2(int sig) {
  (void)sig;
  stop = 1;
}

static void sets_alrm(int sig) {
  (void)sig;
  stop = 1;
}

// ---- fires ----

static void *reader_main(void *arg) {
  char c;
  while (read(*(int *)arg, &c, 1) == 1)
    continue;
  return NULL;
}

static void *reaper_main(void *arg) {
  while (waitpid(-1, arg, 0) > 0)
    continue;
  return NULL;
}

static void *poster_main(void *arg) {
  while (sem_wait(&jobs) == 0)
    continue;
  return arg;
}

void by_designator(void) {
  struct sigaction sa = {.sa_handler = sets, .sa_flags = SA_RESTART};
// CHECK-FIXES: {{^}}  struct sigaction sa = {.sa_handler = sets, .sa_flags = 0};{{$}}
  sigaction(SIGUSR1, &sa, NULL);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'read' goes on after this handler: the thread that is to stop does not notice [thread-stop-restarting-handler]
// CHECK-NOTES: [[@LINE+29]]:3: note: the signal is sent to the thread here
// CHECK-NOTES: [[@LINE-23]]:10: note: 'read' waits here, and is restarted
}

void by_assignment(void) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = sets_usr2;
  sa.sa_flags = SA_NODEFER | SA_RESTART;
// CHECK-FIXES: {{^}}  sa.sa_flags = SA_NODEFER;{{$}}
  sigaction(SIGUSR2, &sa, NULL);
// CHECK-NOTES: [[@LINE-1]]:3: warning: 'waitpid' goes on after this handler: the thread that is to stop does not notice [thread-stop-restarting-handler]
// CHECK-NOTES: [[@LINE+18]]:3: note: the signal is sent to the thread here
// CHECK-NOTES: [[@LINE-29]]:10: note: 'waitpid' waits here, and is restarted
}

void by_signal(void) { signal(SIGALRM, sets_alrm); }
// CHECK-NOTES: [[@LINE-1]]:24: warning: 'sem_wait' goes on after this handler: the thread that is to stop does not notice [thread-stop-restarting-handler]
// CHECK-NOTES: [[@LINE+13]]:3: note: the signal is sent to the thread here
// CHECK-NOTES: [[@LINE-29]]:10: note: 'sem_wait' waits here, and is restarted
// CHECK-NOTES: [[@LINE-4]]:24: note: 'signal' restarts; install it with 'sigaction' and without SA_RESTART

void start(int *fd, int *status) {
  pthread_create(&reader, NULL, reader_main, fd);
  pthread_create(&reaper, NULL, reaper_main, status);
  pthread_create(&poster, NULL, poster_main, NULL);
}

void stop_all(void) {
  pthread_kill(reader, SIGUSR1);
  pthread_kill(reaper, SIGUSR2);
  pthread_kill(poster, SIGALRM);
}

// ---- stays silent ----

static void sets_hup(int sig) {
  (void)sig;
  stop = 1;
}

static void wakes(int sig) {
  (void)sig;
  stop = 1;
  write(pipes[1], "", 1);
}

// Waits in poll only.
static void *poller_main(void *arg) {
  while (!stop)
    poll(arg, 1, -1);
  return NULL;
}

// The handler writes to the pipe.
static void *woken_main(void *arg) {
  char c;
  while (read(pipes[0], &c, 1) == 1)
    continue;
  return arg;
}

// Not restarted at all; or not sent to a thread.
void silent_ones(void) {
  struct sigaction sa = {.sa_handler = sets_hup, .sa_flags = SA_RESTART};
  sigaction(SIGHUP, &sa, NULL);
  sa.sa_handler = wakes;
  sigaction(SIGINT, &sa, NULL);
  sa.sa_handler = sets;
  sa.sa_flags &= ~SA_RESTART;
  sigaction(SIGTERM, &sa, NULL);
  sa.sa_flags = SA_RESTART;
  sigaction(SIGQUIT, &sa, NULL);
}

void start_silent(struct pollfd *entry) {
  pthread_create(&poller, NULL, poller_main, entry);
  pthread_create(&woken, NULL, woken_main, NULL);
}

void stop_silent(void) {
  pthread_kill(poller, SIGHUP);
  pthread_kill(woken, SIGINT);
  pthread_kill(reader, SIGTERM);
}
