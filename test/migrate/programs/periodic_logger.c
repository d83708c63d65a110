// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that writes a line now and then, and is cancelled in its sleep. The
// handlers write the last line and close the file.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct logger {
  FILE *file;
  int lines;
  int ended;
};

static void finish(void *argument) {
  struct logger *self = argument;
  fprintf(self->file, "end\n");
  fclose(self->file);
  self->ended = 1;
}

static void *run(void *argument) {
  struct logger *self = argument;
  pthread_cleanup_push(finish, self);
  while (1) {
    fprintf(self->file, "line %d\n", __atomic_add_fetch(&self->lines, 1, 5));
    fflush(self->file);
    if (self->lines > 3)
      sleep(30); /* between two lines */
    else
      usleep(1000);
  }
  pthread_cleanup_pop(1);
  return NULL;
}

int main(void) {
  struct logger logger = {.file = tmpfile()};
  pthread_t thread;
  if (!logger.file || pthread_create(&thread, NULL, run, &logger) != 0)
    return 1;
  while (__atomic_load_n(&logger.lines, 5) < 4)
    usleep(1000);
  usleep(20 * 1000);
  if (pthread_cancel(thread) != 0)
    return 1;
  pthread_join(thread, NULL);
  printf("lines %d, ended %d\n", logger.lines, logger.ended);
  return !logger.ended;
}
