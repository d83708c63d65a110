// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that write files, and can be cancelled at any instruction.
//
// As file_writers.c, but cancellation is asynchronous. Cleanup handlers do not
// help then: the cancel may come inside fopen or free, between fopen and the
// push of its handler, or with count_lock held, which then stays locked. And
// one way out leaves by return while a handler is still pushed.
//
// Nothing bad happens in this run: main() waits until all writers sleep.
//
// Expected: async-cancel-unsafe-call, async-cancel-with-lock and
// unmatched-cleanup in writer(), pthread-cancel in main().
//
// Build: cc -pthread file_writers_wrong.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITERS 3

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int lines_written;
static sem_t wrote;

static void free_name(void *name) {
  unlink(name);
  free(name);
}

static void close_file(void *file) { fclose(file); }

static void *writer(void *name) {
  // Wrong: none of the calls below may be interrupted half-way.
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  pthread_cleanup_push(free_name, name);
  FILE *file = fopen(name, "w");
  if (!file) {
    perror("fopen");
    sem_post(&wrote);
    return NULL; // wrong: the handler stays registered
  }
  pthread_cleanup_push(close_file, file);
  for (int line = 0;; ++line) {
    fprintf(file, "line %d\n", line);
    fflush(file);
    pthread_mutex_lock(&count_lock); // wrong: a cancel here leaves it locked
    ++lines_written;
    pthread_mutex_unlock(&count_lock);
    sem_post(&wrote);
    sleep(1);
  }
  pthread_cleanup_pop(1);
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
  usleep(100 * 1000); // by now they sleep
  for (int i = 0; i < WRITERS; ++i)
    pthread_cancel(threads[i]);
  for (int i = 0; i < WRITERS; ++i)
    pthread_join(threads[i], NULL);
  sem_destroy(&wrote);
  int left = rmdir(folder);
  printf("%d lines written, folder %s\n", lines_written,
         left == 0 ? "empty" : "not empty");
  return left != 0;
}
