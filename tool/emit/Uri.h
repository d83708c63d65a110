// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// File names as URIs (RFC 3986), and back. Any byte survives.

#ifndef THREAD_STOP_TOOL_EMIT_URI_H
#define THREAD_STOP_TOOL_EMIT_URI_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace thread_stop::tool {

/// `file:///...` for an absolute path, else a relative reference.
std::string uriOf(llvm::StringRef Path);

/// The path of what uriOf has made.
std::string pathOf(llvm::StringRef Uri);

} // namespace thread_stop::tool

#endif
