// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that write files, and clean up when they are cancelled.
//
// Cancellation is deferred: it takes effect in the cancellation points only.
// Whatever a writer owns there has a cleanup handler, pushed before the first
// point after it was acquired; every way out goes through the pops.
//
// Expected: pthread-cancel, once.
//
// Build: cc -pthread file_writers.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITERS 3

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int lines_written;
static sem_t wrote;

// The handlers print nothing: they run in a thread that is about to end.
static void free_name(void *name) {
  unlink(name);
  free(name);
}

static void close_file(void *file) { fclose(file); }

static void count_line(void) {
  // No cancellation point while the lock is held.
  pthread_mutex_lock(&count_lock);
  ++lines_written;
  pthread_mutex_unlock(&count_lock);
}

static void write_lines(FILE *file) {
  for (int line = 0;; ++line) {
    fprintf(file, "line %d\n", line);
    fflush(file);
    count_line();
    sem_post(&wrote);
    sleep(1);
  }
}

static void *writer(void *name) {
  pthread_cleanup_push(free_name, name);
  int old_state;
  // fopen is a cancellation point, and what it opens has no handler yet.
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
  FILE *file = fopen(name, "w");
  if (file) {
    pthread_cleanup_push(close_file, file);
    pthread_setcancelstate(old_state, NULL);
    write_lines(file);
    pthread_cleanup_pop(1);
  } else {
    sem_post(&wrote);
    pthread_setcancelstate(old_state, NULL);
  }
  pthread_cleanup_pop(1);
  return NULL;
}

int main(void) {
  pthread_t threads[WRITERS];
  char folder[] = "/tmp/thread-stop-XXXXXX";
  if (!mkdtemp(folder))
    return 1;
  sem_init(&wrote, 0, 0);
  for (int i = 0; i < WRITERS; ++i) {
    char *name = malloc(sizeof(folder) + 16);
    if (!name)
      return 1;
    snprintf(name, sizeof(folder) + 16, "%s/%d", folder, i);
    if (pthread_create(&threads[i], NULL, writer, name) != 0)
      return 1;
  }
  for (int i = 0; i < WRITERS; ++i)
    sem_wait(&wrote);
  for (int i = 0; i < WRITERS; ++i)
    pthread_cancel(threads[i]);
  for (int i = 0; i < WRITERS; ++i)
    pthread_join(threads[i], NULL);
  sem_destroy(&wrote);
  // Fails if a writer has left its file.
  int left = rmdir(folder);
  printf("%d lines written, folder %s\n", lines_written,
         left == 0 ? "empty" : "not empty");
  return left != 0;
}
