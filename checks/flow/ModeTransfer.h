// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the transfer functions of a mode and of a call share.

#ifndef THREAD_STOP_CHECKS_FLOW_MODETRANSFER_H
#define THREAD_STOP_CHECKS_FLOW_MODETRANSFER_H

#include "flow/State.h"

namespace thread_stop::flow {

/// Whatever was switched off by a literal has been made good.
inline void forgetLosses(PathState &S, ModeKind W) {
  S.lost(W).clear();
  S.lostFirst(W) = false;
}

/// The mode that restoring from `From` at `Site` gives.
Mode readPlace(const PathState &S, ModeKind W, PlaceId From, SiteId Site,
               const PlaceTable &Places, bool IsSaveTarget);

} // namespace thread_stop::flow

#endif
