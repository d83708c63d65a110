#include <pthread.h>
#include <stdio.h>

struct log {
  pthread_mutex_t lock;
  FILE *file;
};

void write_line(struct log *log, const char *line) {
  int old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &old);
  pthread_mutex_lock(&log->lock);
  fputs(line, log->file);
  pthread_mutex_unlock(&log->lock);
  pthread_setcanceltype(old, NULL);
}

static void *work(void *log) {
  for (;;)
    write_line(log, "working\n");
  return NULL;
}

int run(struct log *log) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, work, log) != 0)
    return 1;
  getchar();
  pthread_cancel(thread);
  return pthread_join(thread, NULL);
}
