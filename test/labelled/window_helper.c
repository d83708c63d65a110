// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: enabled around one wait and disabled again, for callers that have
// disabled.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
int wait_readable(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
repoll:
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  int n = poll(&p, 1, -1);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  if (n == -1 && errno == EINTR)
    goto repoll;
  return n;
}
int wait_straight(int fd) { // the same without the jump back
  struct pollfd p = {fd, POLLIN, 0};
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  int n = poll(&p, 1, -1);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  return n;
}
