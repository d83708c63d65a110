// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef REST_H
#define REST_H
#include <unistd.h>
static inline void rest() noexcept { sleep(1); }
#endif
