// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A system header; each function has a defect of another check.
#ifndef LIBRARY_H
#define LIBRARY_H
#include <pthread.h>

extern pthread_mutex_t library_mutex;
void library_handler(void *);

static inline void library_stop(pthread_t t) { pthread_cancel(t); }

static inline void library_enable(int x) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  if (x)
    pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, NULL);
}

static inline void library_lock(void) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  pthread_mutex_lock(&library_mutex);
  pthread_mutex_unlock(&library_mutex);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
}

static inline int library_region(void *p) {
  pthread_cleanup_push(library_handler, p);
  if (p)
    return 1;
  pthread_cleanup_pop(1);
  return 0;
}

#define LIBRARY_STOP(t) pthread_cancel(t)

#endif
