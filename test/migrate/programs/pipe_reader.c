// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts what comes through a pipe. The buffer is freed by a handler, and the
// thread waits for more when it is cancelled.

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int input = -1;
static long total;
static int freed;
static pthread_t reader;

static void release(void *buffer) {
  free(buffer);
  freed = 1;
}

static ssize_t read_some(char *buffer, size_t size) {
  ssize_t bytes;
  do
    bytes = read(input, buffer, size);
  while (bytes < 0 && errno == EINTR);
  return bytes;
}

static void *count(void *unused) {
  char *buffer = malloc(4096);
  ssize_t bytes;
  (void)unused;
  if (!buffer)
    return NULL;
  pthread_cleanup_push(release, buffer);
  while ((bytes = read_some(buffer, 4096)) > 0)
    __atomic_add_fetch(&total, bytes, __ATOMIC_RELAXED);
  pthread_cleanup_pop(1);
  return NULL;
}

static void stop(pthread_t thread) {
  if (pthread_cancel(thread) != 0)
    perror("pthread_cancel");
  pthread_join(thread, NULL);
}

int main(void) {
  int ends[2];
  if (pipe(ends) != 0)
    return 1;
  input = ends[0];
  if (pthread_create(&reader, NULL, count, NULL) != 0)
    return 1;
  if (write(ends[1], "hello", 5) != 5)
    return 1;
  while (__atomic_load_n(&total, __ATOMIC_RELAXED) != 5)
    usleep(1000);
  usleep(20 * 1000); // by now it waits for more
  stop(reader);
  close(ends[0]);
  close(ends[1]);
  printf("read %ld, freed %d\n", total, freed);
  return total != 5 || !freed;
}
