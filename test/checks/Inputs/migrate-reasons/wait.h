// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code that other files may include as well.
#ifndef WAIT_H
#define WAIT_H
#include <unistd.h>
static inline void wait_a_second(void) { sleep(1); }
#endif
