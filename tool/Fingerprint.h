// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names for findings that outlast changes elsewhere in the file: a baseline
// and GitHub's alerts know a finding again by it.

#ifndef THREAD_STOP_TOOL_FINGERPRINT_H
#define THREAD_STOP_TOOL_FINGERPRINT_H

#include "Report.h"

namespace thread_stop::tool {

/// Sets the fingerprint of each finding, from its check, file, message and the
/// text of its line without regard to white space; equal ones are numbered in
/// their order in the file. The findings have to be sorted.
void setFingerprints(Report &R);

/// The same for findings that have none, or one that an earlier finding has:
/// in a merged report. All others stay as their run has told them.
void completeFingerprints(Report &R);

} // namespace thread_stop::tool

#endif
