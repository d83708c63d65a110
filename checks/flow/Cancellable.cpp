// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Cancellable.h"

#include <algorithm>

namespace thread_stop::flow {

using model::CancelRole;

/// The start routines of the threads that are cancelled. A cancel whose thread
/// is not created here may hit any of them.
void Cancellable::findStarts(const FunctionIndex &Index) {
  std::vector<uint8_t> Is(Index.size());
  bool Unmatched = false;
  for (const ThreadUse &U : All->uses()) {
    if (U.Role != CancelRole::Cancel || U.Self)
      continue;
    const std::vector<FunctionId> Hit = All->startsOf(U);
    for (FunctionId F : Hit)
      Is[F] = 1;
    // Created here to run what is elsewhere: nothing here is cancelled.
    Unmatched |= Hit.empty() && All->createsOf(U.Handle).empty();
  }
  for (FunctionId F = 0; F < Index.size(); ++F)
    if (Is[F] || (Unmatched && (Index[F].IsStarted || (Index[F].IsStartRoutine &&
                                                       Index[F].AddressTaken))))
      Starts.push_back(F);
}

void Cancellable::build(const FunctionIndex &Index, ApiResolver &Apis,
                        const Options &Opts, const clang::ASTContext &Ctx) {
  Can.assign(Index.size(), 0);
  OfThread.assign(Index.size(), 0);
  const bool Assume =
      std::any_of(Opts.Gated.begin(), Opts.Gated.end(),
                  [](const GatedOptions &G) { return G.AssumeCancellable; });
  const bool Cancels = !Index.ForcedStops.empty();
  bool UsesThreads = Cancels || !Index.Creations.empty();
  for (FunctionId F = 0; F < Index.size() && !UsesThreads; ++F)
    UsesThreads = Index[F].UsesThreads;
  if (UsesThreads)
    All = std::make_unique<Threads>(Ctx, Index, Apis);
  if (Cancels)
    findStarts(Index);
  for (FunctionId S : Starts)
    for (FunctionId F : Threads::reachable(Index, S))
      Can[F] = OfThread[F] = 1;
  for (FunctionId F = 0; F < Index.size(); ++F) {
    Can[F] |= Index[F].HasRegion || Index[F].TestsCancel || Index[F].SetsMode;
    if (Can[F] || Assume || Index[F].ReachesMode)
      Roots.push_back(F);
  }
}

} // namespace thread_stop::flow
