// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An error gives the buffer back, writes and counts a line, and gets a new
// buffer. A thread that ended in that write would give the buffer back a second
// time, by its handler.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int in[2];
static int got, said, handled;
static char *volatile buffer;

static void give_back(void *unused) {
  handled += unused == NULL;
  free(buffer);
}

static void say(const char *text) {
  write(2, text, strlen(text));
  said++;
}

static void *receive(void *unused) {
  ssize_t n;
  (void)unused;
  buffer = malloc(32);
  pthread_cleanup_push(give_back, NULL);
  for (;;) {
    n = read(in[0], buffer, 32);
    if (n <= 0) {
      free(buffer);
      say("receive: no input\n");
      buffer = malloc(32);
      continue;
    }
    __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
  }
  pthread_cleanup_pop(1);
  return NULL;
}

int main(void) {
  pthread_t thread;
  if (pipe(in) || pthread_create(&thread, NULL, receive, NULL) != 0)
    return 2;
  if (write(in[1], "x", 1) != 1)
    return 2;
  while (!__atomic_load_n(&got, __ATOMIC_SEQ_CST))
    usleep(1000);
  usleep(20 * 1000); // by now it waits
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  printf("said %d, handled %d\n", said, handled);
  return handled != 1;
}
