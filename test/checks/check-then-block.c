// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-check-then-block %t

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

void use(const void *data, long n);

static volatile sig_atomic_t quit;
static atomic_bool stopping, finishing;
static sigset_t stop_set;
static int wake[2];
static sem_t jobs;

static void on_term(int sig) {
  (void)sig;
  quit = 1;
}

void install(void) {
  struct sigaction sa = {.sa_handler = on_term};
  sigaction(SIGTERM, &sa, NULL);
}

// ---- fires ----

void reads(int fd) {
  char c;
  while (!quit)
    use(&c, read(fd, &c, 1));
// CHECK-NOTES: [[@LINE-1]]:13: warning: a stop signal between the test and 'read' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-16]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-12]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:13: note: 'thread_stop_read' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
}

void accepts(int fd) {
  for (;;) {
    if (quit)
      break;
    use(NULL, accept(fd, NULL, NULL));
// CHECK-NOTES: [[@LINE-1]]:15: warning: a stop signal between the test and 'accept' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-4]]:9: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-28]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-24]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:15: note: 'thread_stop_accept' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
  }
}

void pauses(void) {
  do {
    pause();
// CHECK-NOTES: [[@LINE-1]]:5: warning: a stop signal between the test and 'pause' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE+4]]:12: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-39]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-35]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:5: note: block the signal, and let it in during the wait only: 'ppoll', 'pselect' or 'epoll_pwait' with a mask
  } while (!quit);
}

void waits(void) {
  int status;
  while (!quit && waitpid(-1, &status, 0) > 0)
// CHECK-NOTES: [[@LINE-1]]:19: warning: a stop signal between the test and 'waitpid' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-2]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-50]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-46]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:19: note: 'thread_stop_waitpid' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
    use(&status, 0);
}

void takes(void) {
  while (quit == 0)
    sem_wait(&jobs);
// CHECK-NOTES: [[@LINE-1]]:5: warning: a stop signal between the test and 'sem_wait' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-61]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-57]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:5: note: 'thread_stop_sem_wait' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
}

void polls(struct pollfd *entry) {
  while (!quit)
    if (ppoll(entry, 1, NULL, NULL) == 1)
// CHECK-NOTES: [[@LINE-1]]:9: warning: 'ppoll' without a mask: a signal that comes after the test is lost, the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-71]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-67]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:9: note: 'thread_stop_ppoll' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
      use(entry, read(entry->fd, &entry, 1));
}

static void one(int fd) {
  char c;
  use(&c, recv(fd, &c, 1, 0));
// CHECK-NOTES: [[@LINE-1]]:11: warning: a stop signal between the test and 'recv' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE+7]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-82]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-78]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:11: note: 'thread_stop_recv' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
}

void calls(int fd) {
  while (!quit)
    one(fd);
}

static bool is_stopping(void) { return atomic_load(&stopping); }

void *requested(void *arg) {
  struct epoll_event event;
  for (;;) {
    if (is_stopping())
      return NULL;
    use(&event, epoll_wait(*(int *)arg, &event, 1, -1));
// CHECK-NOTES: [[@LINE-1]]:17: warning: a stop signal between the test and 'epoll_wait' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-4]]:9: note: 'stopping' is tested here
// CHECK-NOTES: [[@LINE+7]]:3: note: it is set here
// CHECK-NOTES: [[@LINE+7]]:3: note: the signal is sent here
// CHECK-NOTES: [[@LINE-5]]:17: note: 'thread_stop_epoll_wait' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
  }
}

void stop(pthread_t t) {
  atomic_store(&stopping, true);
  pthread_kill(t, SIGUSR1);
  pthread_join(t, NULL);
}

void masked(struct pollfd *entry) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  while (!quit)
    ppoll(entry, 1, NULL, &set);
// CHECK-NOTES: [[@LINE-1]]:5: warning: the mask of 'ppoll' still blocks the stop signal: it never ends the wait [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-122]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-118]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:5: note: 'thread_stop_ppoll' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
}

void unblocks(int fd) {
  char c;
  sigemptyset(&stop_set);
  sigaddset(&stop_set, SIGTERM);
  while (!quit) {
    sigprocmask(SIG_UNBLOCK, &stop_set, NULL);
    use(&c, read(fd, &c, 1));
// CHECK-NOTES: [[@LINE-1]]:13: warning: a stop signal between the unblocking and 'read' is lost: the wait does not end [thread-stop-check-then-block]
// CHECK-NOTES: [[@LINE-4]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-136]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-132]]:3: note: the handler is installed here
// CHECK-NOTES: [[@LINE-5]]:13: note: 'thread_stop_read' of a thread made by 'thread_stop_create' ends when 'thread_stop_request' asks for it
  }
}

// ---- stays silent ----

// A mask that lets it in.
void atomic_wait(struct pollfd *entry) {
  sigset_t set;
  sigemptyset(&set);
  while (!quit)
    ppoll(entry, 1, NULL, &set);
  while (!quit)
    sigsuspend(&set);
}

// It ends by itself.
void finite(struct pollfd *entry, int fd) {
  char c;
  struct timeval second = {1, 0};
  while (!quit)
    poll(entry, 1, 1000);
  while (!quit)
    select(0, NULL, NULL, NULL, &second);
  while (!quit)
    use(&c, recv(fd, &c, 1, MSG_DONTWAIT));
  while (!quit)
    waitpid(-1, NULL, WNOHANG);
  while (!quit)
    sleep(1);
}

// Ready when it is read.
void ready(struct pollfd *entry) {
  char c;
  while (!quit)
    if (poll(entry, 1, 100) == 1)
      use(&c, read(entry->fd, &c, 1));
}

// Does not block.
void nonblocking(const char *path) {
  char c;
  int fd = open(path, O_RDONLY | O_NONBLOCK);
  while (!quit)
    use(&c, read(fd, &c, 1));
}

void limited(int fd) {
  char c;
  struct timeval second = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  while (!quit)
    use(&c, recv(fd, &c, 1, 0));
}

// Woken by the setter.
void *woken(void *arg) {
  char c;
  while (!atomic_load(&finishing))
    use(arg, read(wake[0], &c, 1));
  return NULL;
}

void finish(pthread_t t) {
  atomic_store(&finishing, true);
  write(wake[1], "", 1);
  pthread_kill(t, SIGUSR1);
}

// After the stop, nothing is lost any more.
void reaps(pid_t child) {
  while (!quit)
    usleep(1000);
  waitpid(child, NULL, 0);
}

// Not a stop: the function goes on either way.
void chooses(int fd) {
  char c;
  if (!quit)
    use(&c, 0);
  use(&c, read(fd, &c, 1));
  use(&c, 1);
}
