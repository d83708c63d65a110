// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An error is printed, and then the length -1 is taken for one. It never was
// one while the thread was cancelled.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int in[2], out[2];
static long total;

static void *filter(void *arg) {
  char *buf = malloc(64), *line = malloc(64);
  ssize_t n;
  pthread_cleanup_push(free, buf);
  pthread_cleanup_push(free, line);
  while (buf && line) {
    n = read(in[0], buf, 63);
    if (n < 0)
      perror("read");
    buf[n] = 0;
    memcpy(line, buf, n + 1);
    total += n;
    if (write(out[1], line, n) < 0)
      break;
  }
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
  return arg;
}

int main(void) {
  pthread_t thread;
  char text[8];
  if (pipe(in) || pipe(out) || pthread_create(&thread, NULL, filter, NULL) != 0)
    return 2;
  if (write(in[1], "hello", 5) != 5 || read(out[0], text, 5) != 5)
    return 2;
  usleep(20 * 1000); // by now it waits
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  printf("total %ld\n", total);
  return total != 5;
}
