// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stands for the header of the runtime.
#ifndef THREAD_STOP_H
#define THREAD_STOP_H

#include <pthread.h>

#ifdef __cplusplus
extern "C"
#endif
int thread_stop_request(pthread_t thread);

#endif
