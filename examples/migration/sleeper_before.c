// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that writes a report every hour, and is cancelled in its sleep.
//
// The report that it prepares is never freed. See docs/runtime/migration.md.
//
// Build: cc -pthread sleeper_before.c

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int reports; // allocated and not freed
static sem_t prepared;

static char *new_report(void) {
  char *report = calloc(1, 4096);
  reports += report != NULL;
  return report;
}

static void free_report(char *report) {
  reports -= report != NULL;
  free(report);
}

static void *report_hourly(void *argument) {
  for (;;) {
    char *report = new_report();
    sem_post(&prepared);
    sleep(3600); // ends here, and the report is lost
    if (report)
      puts(report);
    free_report(report);
  }
  return argument;
}

static int stop(pthread_t thread) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_join(thread, NULL);
}

int main(void) {
  pthread_t thread;
  if (sem_init(&prepared, 0, 0) != 0 ||
      pthread_create(&thread, NULL, report_hourly, NULL) != 0)
    return 2;
  sem_wait(&prepared);
  if (stop(thread) != 0)
    return 2;
  printf("stopped, reports not freed: %d\n", reports);
  return reports == 0 ? 0 : 1;
}
