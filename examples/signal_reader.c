// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reader that is asked to stop, by a flag and a signal.
//
// The requester sets the flag, then sends the signal. The flag is what counts:
// the signal only gets the reader out of ppoll. The reader has it blocked
// everywhere else, so it cannot come between the test of the flag and the wait:
// ppoll changes the mask and waits in one step. The read itself never blocks.
// The reader ends by returning, with its lock free and its memory released.
//
// Expected: no finding.
//
// Build: cc -pthread signal_reader.c

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STOP_SIGNAL SIGUSR1
#define BUFFER_SIZE 4096

static atomic_int stop_requested;
static pthread_mutex_t total_lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static sem_t got_data;

struct reader {
  pthread_t thread;
  int fd;
};

// Empty: that there is a handler makes ppoll return.
static void wake_up(int signal_number) { (void)signal_number; }

static void add(long bytes) {
  pthread_mutex_lock(&total_lock);
  total += bytes;
  pthread_mutex_unlock(&total_lock);
}

static void *read_until_stopped(void *argument) {
  struct reader *self = argument;
  sigset_t while_waiting;
  char *buffer = malloc(BUFFER_SIZE);
  if (!buffer)
    return NULL;
  pthread_sigmask(SIG_SETMASK, NULL, &while_waiting);
  sigdelset(&while_waiting, STOP_SIGNAL);
  // Also tested when there is always something to read: then ppoll does not
  // wait, and the signal does not come through.
  while (!atomic_load(&stop_requested)) {
    struct pollfd wait = {.fd = self->fd, .events = POLLIN};
    int ready = ppoll(&wait, 1, NULL, &while_waiting);
    if (ready < 0 && errno != EINTR)
      break;
    if (ready <= 0)
      continue;
    ssize_t bytes = read(self->fd, buffer, BUFFER_SIZE);
    if (bytes > 0) {
      add(bytes);
      sem_post(&got_data);
    } else if (bytes == 0 || errno != EAGAIN) {
      break;
    }
  }
  free(buffer);
  return NULL;
}

static void stop(struct reader *reader) {
  atomic_store(&stop_requested, 1);
  pthread_kill(reader->thread, STOP_SIGNAL);
  pthread_join(reader->thread, NULL);
}

int main(void) {
  struct sigaction action = {.sa_handler = wake_up};
  sigset_t blocked;
  struct reader reader;
  int ends[2];
  sigemptyset(&action.sa_mask);
  sigaction(STOP_SIGNAL, &action, NULL);
  // Before the thread is created: it inherits the mask.
  sigemptyset(&blocked);
  sigaddset(&blocked, STOP_SIGNAL);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
    return 1;
  sem_init(&got_data, 0, 0);
  reader.fd = ends[0];
  if (pthread_create(&reader.thread, NULL, read_until_stopped, &reader) != 0)
    return 1;
  if (write(ends[1], "hello", 5) != 5)
    return 1;
  sem_wait(&got_data);
  stop(&reader);
  close(ends[0]);
  close(ends[1]);
  sem_destroy(&got_data);
  printf("read %ld bytes, lock %s\n", total,
         pthread_mutex_trylock(&total_lock) == 0 ? "free" : "lost");
  return 0;
}
