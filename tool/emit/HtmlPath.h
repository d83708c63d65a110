// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One finding of the HTML report as its sources with the steps in them. The
// arrows between the steps are drawn by the page's script, which knows where
// the browser has put them.

#ifndef THREAD_STOP_TOOL_EMIT_HTMLPATH_H
#define THREAD_STOP_TOOL_EMIT_HTMLPATH_H

#include "Report.h"
#include "emit/Sources.h"
#include "llvm/Support/raw_ostream.h"

namespace thread_stop::tool {

void printPath(const Finding &F, Sources &S, llvm::raw_ostream &OS);

/// The edits as a diff, under a title.
void printDiff(llvm::ArrayRef<Edit> Edits, llvm::StringRef Title, Sources &S,
               llvm::raw_ostream &OS);

} // namespace thread_stop::tool

#endif
