// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes records while a flag says so that nobody clears: a cancel ended it in
// fflush(), which has no form. And one that opens a file for each record.

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile int running = 1;
static volatile long written, opened;
static int closed;

static void close_file(void *file) {
  fclose(file);
  closed++;
}

static void *write_records(void *name) {
  FILE *f = fopen(name, "w");
  if (!f)
    return NULL;
  pthread_cleanup_push(close_file, f);
  while (running) {
    if (fwrite("record\n", 7, 1, f) != 1 || fflush(f) == EOF)
      break;
    written++;
  }
  pthread_cleanup_pop(1);
  return NULL;
}

static void *open_files(void *name) {
  char c;
  for (;;) {
    int fd = open(name, O_RDONLY);
    if (fd < 0)
      return NULL;
    while (read(fd, &c, 1) > 0)
      opened++;
    close(fd);
    opened++;
  }
}

int main(void) {
  pthread_t writer, opener;
  char name[] = "/dev/null";
  if (pthread_create(&writer, NULL, write_records, name) != 0 ||
      pthread_create(&opener, NULL, open_files, name) != 0)
    return 2;
  while (written < 100 || opened < 100)
    usleep(1000);
  pthread_cancel(writer);
  pthread_cancel(opener);
  pthread_join(writer, NULL);
  pthread_join(opener, NULL);
  int fd = open(name, O_RDONLY);
  printf("closed %d, next descriptor %d\n", closed, fd);
  return closed != 1;
}
