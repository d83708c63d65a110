// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A header whose function has no pop.
static inline void in_a_header(void *p) {
  pthread_cleanup_push(undo, p);
  use(p);
}
