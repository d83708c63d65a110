// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Cancellable.h"

#include "flow/Definitions.h"
#include "flow/ProcessEnd.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include <algorithm>

namespace thread_stop::flow {

using model::CancelRole;

/// The creations that the handle's value comes from where `U` uses it, if one
/// variable names several threads in turn; all of the handle if not known.
static std::vector<const ThreadCreate *>
creationsReaching(const ThreadUse &U, const Threads &All,
                  const FunctionIndex &Index, ApiResolver &Apis,
                  PlaceTable &Places, const clang::ASTContext &Ctx) {
  const std::vector<const ThreadCreate *> Of = All.createsOf(U.Handle);
  const auto IsHere = [&](const ThreadCreate *C) {
    return C->Inside == U.Inside;
  };
  if (Of.size() < 2 || U.OfObject || U.Call->getNumArgs() == 0 ||
      std::none_of(Of.begin(), Of.end(), IsHere))
    return Of;
  CallOracle Oracle(Apis);
  DefinitionFlow Flow(Ctx, Places, *Index[U.Inside].Decl, Oracle);
  std::vector<const ThreadCreate *> Reach;
  bool Certain = Flow.isValid();
  Flow.forEach([&](const DefinitionState &S, const clang::Stmt *Each) {
    if (Each != U.Call)
      return;
    for (DefinitionId D : Flow.valueOf(U.Call->getArg(0), S)) {
      const size_t Before = Reach.size();
      for (const ThreadCreate *C : Of)
        if (Flow[D].K == Definition::Kind::ByAddress && C->At == Flow[D].Value)
          Reach.push_back(C);
      Certain &= Reach.size() > Before;
    }
  });
  return Certain && !Reach.empty() ? Reach : Of;
}

void Cancellable::findLast(const FunctionIndex &Index, ApiResolver &Apis,
                           const clang::ASTContext &Ctx) {
  ProcessEnds Ends(Apis, Ctx);
  for (const ThreadUse &U : All->uses()) {
    if ((U.Role != CancelRole::Cancel && U.Role != CancelRole::StopRequest) ||
        U.Inside == NoFunction)
      continue;
    const clang::FunctionDecl &Inside = *Index[U.Inside].Decl;
    if (Ends.after(*U.Call, Inside))
      Last.insert(U.Call);
    if (!Ends.isReached(*U.Call, Inside))
      Unreached.insert(U.Call);
  }
}

/// The start routines of the threads that are cancelled. A cancel whose thread
/// is not created here may hit any of them.
void Cancellable::findStarts(const FunctionIndex &Index, ApiResolver &Apis,
                             PlaceTable &Places, const clang::ASTContext &Ctx) {
  std::vector<uint8_t> Is(Index.size());
  bool Unmatched = false;
  const clang::SourceManager &SM = Ctx.getSourceManager();
  auto isUnusedOfHeader = [&](const ThreadUse &U) {
    return U.Inside != NoFunction && Index[U.Inside].Callers.empty() &&
           !Index[U.Inside].AddressTaken &&
           !SM.isInMainFile(SM.getExpansionLoc(U.Call->getBeginLoc()));
  };
  for (const ThreadUse &U : All->uses()) {
    if (U.Role != CancelRole::Cancel || U.Self || U.OfCallers ||
        isLast(*U.Call) || Unreached.count(U.Call))
      continue;
    bool Found = false;
    const std::vector<const ThreadCreate *> Hit =
        creationsReaching(U, *All, Index, Apis, Places, Ctx);
    for (FunctionId F : All->startsOf(U))
      if (U.OfObject ||
          std::any_of(Hit.begin(), Hit.end(),
                      [F](const ThreadCreate *C) { return C->Start == F; })) {
        Is[F] = 1;
        Found = true;
      }
    for (const ThreadCreate &C : All->foreignCreates())
      if (U.Handle != NoHandle && C.Handle == U.Handle) {
        if (C.Start != NoFunction)
          Is[C.Start] = 1;
        Found = true;
      }
    // Created here to run what is elsewhere: nothing here is cancelled. Nor by
    // a header's function that nobody here calls.
    Unmatched |= !Found && Hit.empty() && !isUnusedOfHeader(U);
  }
  for (FunctionId F = 0; F < Index.size(); ++F)
    if (Is[F] ||
        (Unmatched && (Index[F].IsStarted ||
                       (Index[F].IsStartRoutine && Index[F].AddressTaken))))
      Starts.push_back(F);
}

void Cancellable::build(const FunctionIndex &Index, ApiResolver &Apis,
                        PlaceTable &Places, const Options &Opts,
                        const clang::ASTContext &Ctx) {
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
  if (All)
    findLast(Index, Apis, Ctx);
  if (Cancels)
    findStarts(Index, Apis, Places, Ctx);
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
