// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the indices cannot tell what a file includes, the preprocessor can:
// exactly, and still much cheaper than a parse.

#ifndef THREAD_STOP_TOOL_ANALYSE_PREPROCESS_H
#define THREAD_STOP_TOOL_ANALYSE_PREPROCESS_H

#include "analyse/Relevance.h"
#include <optional>

namespace thread_stop::tool {

/// What the translation unit consists of; nothing if that gives errors.
std::optional<Closure> preprocess(const Job &J, const Flags &F,
                                  IndexTable &Table);

} // namespace thread_stop::tool

#endif
