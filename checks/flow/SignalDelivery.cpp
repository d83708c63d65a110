// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/SignalDelivery.h"

#include "flow/AstWalk.h"
#include "flow/TuAnalysis.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

/// A handler that does not come back ends the wait in its own way.
bool SignalDelivery::jumps(FunctionId Handler) const {
  // `_exit(0);` as it stands, under no condition.
  if (const auto *Body =
          dyn_cast<CompoundStmt>(A.index()[Handler].Decl->getBody()))
    for (const Stmt *S : Body->body()) {
      const auto *C = dyn_cast<CallExpr>(S);
      const FunctionDecl *G = C ? A.index().calleeOf(*C) : nullptr;
      if (G && (G->isNoReturn() ||
                A.apis().of(*G).is(model::CancelRole::ExitProcess)))
        return true;
    }
  for (FunctionId F : Threads::reachable(A.index(), Handler))
    if (anyEvaluated(
            A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
              const auto *C = dyn_cast<CallExpr>(S);
              const FunctionDecl *G = C ? A.index().calleeOf(*C) : nullptr;
              return G && A.apis().of(*G).is(model::CancelRole::Jump);
            }))
      return true;
  return false;
}

/// Could the thread that waits be the one that the signal is for?
bool SignalDelivery::concerns(const FlagLink &L, FunctionId Waits) const {
  if (!L.By)
    return !jumps(L.Handler->Id);
  if (L.By->Inside == Waits)
    return false;
  for (const ThreadUse &U : A.threads().uses()) {
    if (U.Call != L.By->Call)
      continue;
    const std::vector<FunctionId> Starts = A.threads().startsOf(U);
    if (Starts.empty())
      return true;
    return std::any_of(Starts.begin(), Starts.end(), [&](FunctionId S) {
      const std::vector<FunctionId> Runs = Threads::reachable(A.index(), S);
      return std::find(Runs.begin(), Runs.end(), Waits) != Runs.end();
    });
  }
  return true;
}

/// Put back before the function that blocked it ends.
bool SignalDelivery::isRestored(const MaskCall &M) const {
  for (const MaskCall &Other : A.signals().masks()) {
    if (&Other == &M || Other.Inside != M.Inside)
      continue;
    const ValueDecl *Set = Other.Call->getNumArgs() > 1
                               ? pointeeDecl(Other.Call->getArg(1))
                               : nullptr;
    if ((M.Old && Set == M.Old) || Other.Does == MaskCall::How::Unblock)
      return true;
  }
  return false;
}

/// Some call keeps the signal from the thread that runs `Waits`.
bool SignalDelivery::mayBeBlocked(SignalKey S, FunctionId Waits) const {
  for (const MaskCall &M : A.signals().masks()) {
    if (M.Does == MaskCall::How::Unblock || M.Set.has(S) == false)
      continue;
    bool OfOtherThread = false;
    for (const ThreadCreate &C : A.threads().creates()) {
      if (C.Start == NoFunction)
        continue;
      const std::vector<FunctionId> Runs =
          Threads::reachable(A.index(), C.Start);
      const bool Blocks =
          std::find(Runs.begin(), Runs.end(), M.Inside) != Runs.end();
      const bool Here =
          std::find(Runs.begin(), Runs.end(), Waits) != Runs.end();
      if (Blocks && !Here)
        OfOtherThread = true;
      // Blocked while the thread is made.
      if (Here && C.Inside == M.Inside)
        return true;
    }
    if (!OfOtherThread && !(isRestored(M) && M.Inside != Waits))
      return true;
  }
  return false;
}

} // namespace thread_stop::flow
