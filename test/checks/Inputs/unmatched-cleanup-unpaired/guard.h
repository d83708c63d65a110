// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GUARD_H
#define GUARD_H
#define GUARD_BEGIN(f, p) pthread_cleanup_push(f, p)
#define GUARD_END() pthread_cleanup_pop(1)
#endif
