// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reader that is stopped by force.
//
// As signal_reader.c, but cancelled instead of asked. It waits with the lock
// held, has no cleanup handler, and dies there: the lock stays locked for ever,
// and the buffer is never freed.
// Expected: lock-across-cancellation-point and leak-across-cancellation-point
// in read_for_ever(), pthread-cancel in stop().
//
// Build: cc -pthread signal_reader_wrong.c

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER_SIZE 4096

static pthread_mutex_t total_lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static sem_t got_data;

struct reader {
  pthread_t thread;
  int fd;
};

static void *read_for_ever(void *argument) {
  struct reader *self = argument;
  char *buffer = malloc(BUFFER_SIZE);
  if (!buffer)
    return NULL;
  for (;;) {
    pthread_mutex_lock(&total_lock);
    ssize_t bytes = read(self->fd, buffer, BUFFER_SIZE); // dies here
    if (bytes > 0)
      total += bytes;
    pthread_mutex_unlock(&total_lock);
    if (bytes <= 0)
      break;
    sem_post(&got_data);
  }
  free(buffer);
  return NULL;
}

static void stop(struct reader *reader) {
  pthread_cancel(reader->thread);
  pthread_join(reader->thread, NULL);
}

int main(void) {
  struct reader reader;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return 1;
  sem_init(&got_data, 0, 0);
  reader.fd = ends[0];
  if (pthread_create(&reader.thread, NULL, read_for_ever, &reader) != 0)
    return 1;
  if (write(ends[1], "hello", 5) != 5)
    return 1;
  sem_wait(&got_data);
  usleep(50 * 1000); // by now it waits for more
  stop(&reader);
  close(ends[0]);
  close(ends[1]);
  sem_destroy(&got_data);
  printf("read %ld bytes, lock %s\n", total,
         pthread_mutex_trylock(&total_lock) == 0 ? "free" : "lost");
  return 0;
}
