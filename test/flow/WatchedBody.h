// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The body of a function with two mutexes, and what is left of them at its end.

#ifndef THREAD_STOP_TEST_FLOW_WATCHEDBODY_H
#define THREAD_STOP_TEST_FLOW_WATCHEDBODY_H

#include "flow/Snippet.h"

namespace thread_stop::flow {

/// Parses a function `f` that may use two mutexes and is watched, because it
/// sets the cancellation state as well.
inline Snippet body(const std::string &Text, Language L = Language::C) {
  return Snippet("#ifdef __cplusplus\n#include <mutex>\n#endif\n"
                 "pthread_mutex_t m, n;\n"
                 "void other(void);\n"
                 "int f(int c, int d) {\n"
                 "pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);\n" +
                     Text + "\nreturn 0; }\n",
                 L);
}

#define LOCK "pthread_mutex_lock(&m)"
#define TRY "pthread_mutex_trylock(&m)"
#define UNLOCK "pthread_mutex_unlock(&m)"

/// No lock is left, and none is given back that was not taken.
inline void expectBalanced(const std::string &Text, Language L = Language::C) {
  Snippet S = body(Text, L);
  StateSet Exit = S.atExit("f");
  EXPECT_FALSE(Exit.States.empty()) << Text;
  for (const PathState &P : Exit.States)
    EXPECT_TRUE(P.Held.empty() && P.GivenBack.empty()) << Text;
}

} // namespace thread_stop::flow

#endif
