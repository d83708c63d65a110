// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles, and has findings of every kind; test_bad_input.py breaks copies.
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

struct log {
  pthread_mutex_t lock;
  int fd;
  char *buffer;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static jmp_buf start;
/* BREAK at the top level */

static void unlock(void *lock) { pthread_mutex_unlock(lock); }

int swapped(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL);
  return old;
}

int append(struct log *l, const void *record, size_t size) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  pthread_mutex_lock(&l->lock);
  /* BREAK in a function */
  ssize_t n = write(l->fd, record, size);
  pthread_mutex_unlock(&l->lock);
  if (n < 0)
    return -1;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  return (int)n;
}

static int enter(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  return old;
}

static void leave(int old) { pthread_setcancelstate(old, NULL); }

int guarded(struct log *l) {
  const int old = enter();
  int n = 0;
  switch (l->fd) {
  case 0:
    n = 1;
    break;
  case 1:
  /* BREAK in a switch */
  default:
    for (int i = 0; i < 3; ++i)
      n += i == l->fd ? 1 : 0;
  }
  leave(old);
  return n;
}

int skips(struct log *l, const char *path) {
  pthread_mutex_lock(&l->lock);
  pthread_cleanup_push(unlock, &l->lock);
  l->fd = access(path, R_OK);
  /* BREAK in a cleanup region */
  if (l->fd < 0)
    return -1;
  if (l->fd == 7)
    longjmp(start, 1);
  pthread_cleanup_pop(1);
  return 0;
}

void busy(void) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  pthread_mutex_lock(&table_lock);
  free(malloc(
      /* BREAK in an argument */
      16));
  pthread_mutex_unlock(&table_lock);
  pthread_setcanceltype(old, NULL);
}

static void *worker(void *argument) {
  struct log *l = argument;
  while (append(l, "x", 1) > 0)
    skips(l, "/tmp");
  return NULL;
}

#if 1
int stop(struct log *l) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, worker, l) != 0)
    return -1;
  pthread_cancel(thread);
  return pthread_join(thread, NULL);
}
#endif
