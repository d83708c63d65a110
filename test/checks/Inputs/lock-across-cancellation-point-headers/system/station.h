// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A system header; each function has a defect of another check.
#ifndef STATION_H
#define STATION_H
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

extern pthread_mutex_t station_lock;
static pthread_t station_thread;

static inline void station_waits() {
  pthread_mutex_lock(&station_lock);
  sleep(1);
  pthread_mutex_unlock(&station_lock);
}

static inline void station_leaks() {
  void *p = malloc(10);
  sleep(1);
  free(p);
}

static inline void station_async() {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  free(malloc(10));
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

static inline void station_noexcept() noexcept { sleep(1); }

static inline void station_swallows() {
  try {
    sleep(1);
  } catch (...) {
  }
}

static inline void *station_main(void *arg) {
  station_waits();
  station_leaks();
  station_noexcept();
  station_swallows();
  flock(0, LOCK_EX);
  for (;;)
    arg = &arg;
}

static inline void station_start() {
  pthread_create(&station_thread, NULL, station_main, NULL);
}

static inline void station_stop(void *p) {
  pthread_t t;
  pthread_create(&t, NULL, station_main, p);
  pthread_cancel(t);
  free(p);
  pthread_mutex_lock(&station_lock);
  pthread_join(station_thread, NULL);
  pthread_mutex_unlock(&station_lock);
  pthread_cancel(station_thread);
}

#define STATION_LOCKED(statement)                                              \
  do {                                                                         \
    pthread_mutex_lock(&station_lock);                                         \
    statement;                                                                 \
    pthread_mutex_unlock(&station_lock);                                       \
  } while (0)

#endif
