/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One state for all copies of the library in a process. A program may hold
 * several: linked statically, vendored, and loaded with a plugin. Each with a
 * registry of its own would not find the threads of the others.
 *
 * The copies meet in one exported pointer. Its name has the version of the
 * state's layout: copies with another layout do not meet.
 */

#include "internal.h"

#define THREAD_STOP_I_ABI 1

/* With glibc it is a unique symbol: one in the process even among plugins that
 * were loaded with RTLD_LOCAL. Elsewhere it is weak, and the program has to
 * export it (--export-dynamic-symbol). It is written in assembler because the
 * compiler has no name for such a symbol. */
#if defined(__ELF__) && defined(__GLIBC__) && !defined(__STDC_NO_ATOMICS__)
#if UINTPTR_MAX > 0xffffffffu
#define THREAD_STOP_I_POINTER_SIZE "8"
#else
#define THREAD_STOP_I_POINTER_SIZE "4"
#endif
__asm__(".pushsection .bss.thread_stop_control_1,\"aw\",%nobits\n"
        ".globl thread_stop_control_1\n"
        ".type thread_stop_control_1, %gnu_unique_object\n"
        ".size thread_stop_control_1, " THREAD_STOP_I_POINTER_SIZE "\n"
        ".balign " THREAD_STOP_I_POINTER_SIZE "\n"
        "thread_stop_control_1:\n"
        ".zero " THREAD_STOP_I_POINTER_SIZE "\n"
        ".popsection\n");
extern THREAD_STOP_API _Atomic(thread_stop_i_state *) thread_stop_control_1;
#else
extern THREAD_STOP_API _Atomic(thread_stop_i_state *) thread_stop_control_1;
__attribute__((weak)) _Atomic(thread_stop_i_state *) thread_stop_control_1;
#endif

INTERNAL __thread thread_stop_i_block *thread_stop_i_tls
    __attribute__((tls_model("initial-exec")));

static thread_stop_i_block **thread_stop_i_own_slot(void) {
  return &thread_stop_i_tls;
}

static thread_stop_i_state thread_stop_i_own_state = {
    .abi = THREAD_STOP_I_ABI,
    .size = sizeof(thread_stop_i_state),
    .slot = thread_stop_i_own_slot,
};

INTERNAL thread_stop_i_state *thread_stop_i_global = &thread_stop_i_own_state;
INTERNAL bool thread_stop_i_foreign = false;

INTERNAL void thread_stop_i_claim(void) {
  thread_stop_i_state *first = NULL;
  if (atomic_compare_exchange_strong(&thread_stop_control_1, &first,
                                     &thread_stop_i_own_state))
    return;
  if (first == &thread_stop_i_own_state || first->abi != THREAD_STOP_I_ABI ||
      first->size != sizeof(thread_stop_i_state))
    return;
  thread_stop_i_global = first;
  thread_stop_i_foreign = true;
}

/* Early: other constructors may start threads. */
__attribute__((constructor(101))) static void thread_stop_i_constructor(void) {
  thread_stop_i_claim();
}
