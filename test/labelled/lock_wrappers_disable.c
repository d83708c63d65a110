// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: disabled while the lock is held, whichever function takes it.
#include <pthread.h>
static __thread int saved, depth;
void disable_cancel(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  if (depth++ == 0)
    saved = old;
}
void restore_cancel(void) {
  int old;
  if (--depth == 0)
    pthread_setcancelstate(saved, &old);
}
int my_mutex_lock(pthread_mutex_t *m) {
  disable_cancel();
  int rc = pthread_mutex_lock(m);
  if (rc != 0)
    restore_cancel();
  return rc;
}
int my_mutex_trylock(pthread_mutex_t *m) {
  disable_cancel();
  int rc = pthread_mutex_trylock(m);
  if (rc != 0)
    restore_cancel();
  return rc;
}
int my_mutex_unlock(pthread_mutex_t *m) {
  int rc = pthread_mutex_unlock(m);
  if (rc == 0)
    restore_cancel();
  return rc;
}
