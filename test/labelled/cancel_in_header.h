// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CANCEL_IN_HEADER_H
#define CANCEL_IN_HEADER_H
#include <pthread.h>

struct ThreadApi {
  static int cancel(pthread_t Thread) { return pthread_cancel(Thread); }
};

#endif
