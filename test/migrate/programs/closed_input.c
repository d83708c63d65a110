// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// At the end of its input each thread gives its buffer back, and says so with
// write(). A thread that ended in that write would give it back twice, by its
// handler, or not at all. The last loop of `receive` has no way out below it.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stream {
  int in, log;
  pthread_t thread;
  int got, freed;
};

static void *filter(void *arg) {
  struct stream *s = arg;
  char *buf = malloc(64);
  ssize_t n;
  pthread_cleanup_push(free, buf);
  do {
    n = read(s->in, buf, 64);
    if (n <= 0) {
      free(buf);
      write(s->log, "filter: closed\n", 15);
      s->freed++;
    } else {
      __atomic_add_fetch(&s->got, 1, __ATOMIC_SEQ_CST);
    }
  } while (n > 0);
  pthread_cleanup_pop(0);
  return arg;
}

static void say(struct stream *s, const char *text) {
  write(s->log, text, strlen(text));
}

static void *receive(void *arg) {
  struct stream *s = arg;
  char *buf = malloc(64);
  if (!buf)
    return NULL;
  for (;;) {
    ssize_t n = read(s->in, buf, 64);
    if (n <= 0) {
      say(s, "receive: ");
      write(s->log, "closed\n", 7);
      free(buf);
      s->freed++;
      return NULL;
    }
    write(s->log, buf, (size_t)n);
    __atomic_add_fetch(&s->got, 1, __ATOMIC_SEQ_CST);
  }
}

int main(void) {
  int p[2], q[2];
  struct stream a = {.log = 2}, b = {.log = 2};
  if (pipe(p) || pipe(q))
    return 2;
  a.in = p[0];
  b.in = q[0];
  if (pthread_create(&a.thread, NULL, filter, &a) != 0 ||
      pthread_create(&b.thread, NULL, receive, &b) != 0)
    return 2;
  if (write(p[1], "one\n", 4) != 4 || write(q[1], "two\n", 4) != 4)
    return 2;
  while (!__atomic_load_n(&a.got, __ATOMIC_SEQ_CST) ||
         !__atomic_load_n(&b.got, __ATOMIC_SEQ_CST))
    usleep(1000);
  usleep(20 * 1000); // by now they wait
  pthread_cancel(a.thread);
  pthread_cancel(b.thread);
  pthread_join(a.thread, NULL);
  pthread_join(b.thread, NULL);
  printf("freed %d and %d\n", a.freed, b.freed);
  return a.got != 1 || b.got != 1;
}
