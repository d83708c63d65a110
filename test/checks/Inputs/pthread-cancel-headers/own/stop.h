// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef STOP_H
#define STOP_H
#include <pthread.h>
static inline void own_stop(pthread_t t) { pthread_cancel(t); }
#endif
