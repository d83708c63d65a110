// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that writes a report every hour, and is asked to stop in its sleep.
//
// The sleep ends at once; the thread frees what it has and returns.
// See docs/runtime/migration.md.
//
// Build: cc -pthread sleeper_after.c -lthread_stop

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <thread_stop.h>

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
  bool stopped = false;
  while (!stopped) {
    char *report = new_report();
    sem_post(&prepared);
    thread_stop_sleep(3600);
    stopped = thread_stop_requested();
    if (report && !stopped)
      puts(report);
    free_report(report);
  }
  return argument;
}

static int stop(pthread_t thread) { return thread_stop_join(thread, NULL); }

int main(void) {
  pthread_t thread;
  if (sem_init(&prepared, 0, 0) != 0 ||
      thread_stop_create(&thread, NULL, report_hourly, NULL) != 0)
    return 2;
  sem_wait(&prepared);
  if (stop(thread) != 0)
    return 2;
  printf("stopped, reports not freed: %d\n", reports);
  return reports == 0 ? 0 : 1;
}
