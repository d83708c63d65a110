// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/BirthMasks.h"

#include "flow/TuAnalysis.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

/// Functions that call the next one, up or down.
static constexpr unsigned MaxDepth = 4;

BirthMasks::BirthMasks(TuAnalysis &A) : A(A), Masks(A.index().size()) {
  std::vector<FunctionId> Work;
  for (const MaskCall &M : A.signals().masks())
    if (M.Inside != NoFunction)
      Work.push_back(M.Inside);
  while (!Work.empty()) {
    const FunctionId F = Work.back();
    Work.pop_back();
    if (Masks[F])
      continue;
    Masks[F] = 1;
    const std::vector<FunctionId> &Callers = A.index()[F].Callers;
    Work.insert(Work.end(), Callers.begin(), Callers.end());
  }
}

const CFG *BirthMasks::graph(FunctionId F) {
  const auto [It, New] = Graphs.try_emplace(F);
  const FunctionDecl &Decl = *A.index()[F].Decl;
  if (New && !Decl.isDependentContext()) {
    CFG::BuildOptions Options;
    Options.setAllAlwaysAdd();
    It->second = CFG::buildCFG(&Decl, Decl.getBody(),
                               const_cast<ASTContext *>(&A.context()), Options);
  }
  return It->second.get();
}

void BirthMasks::transfer(Mask &M, const CallExpr &C, SignalKey K,
                          unsigned Depth) {
  for (const MaskCall &Each : A.signals().masks()) {
    if (Each.Call != &C)
      continue;
    const std::optional<bool> Has = Each.Set.has(K);
    if (Each.Does == MaskCall::How::Block || Each.Does == MaskCall::How::Set) {
      if (Has == true)
        M = Mask::Blocked;
      else if (Each.Does == MaskCall::How::Set)
        M = Mask::Open;
    } else if (Each.Does != MaskCall::How::Unblock || Has != false) {
      M = Mask::Open;
    }
    return;
  }
  const FunctionDecl *F = A.index().calleeOf(C);
  const FunctionId Callee = F ? A.index().idOf(F) : NoFunction;
  if (Callee == NoFunction || !Masks[Callee])
    return;
  const Mask After = Depth < MaxDepth ? walk(Callee, K, Depth + 1,
                                             [](const CallExpr &, Mask) {})
                                      : Mask::Open;
  if (After != Mask::Entry)
    M = After;
}

/// Shows each call of `F` with what holds before it. What holds at the end;
/// several ways that differ are `Open`.
BirthMasks::Mask BirthMasks::walk(FunctionId F, SignalKey K, unsigned Depth,
                                  Visitor Visit) {
  const CFG *G = graph(F);
  if (!G)
    return Mask::Open;
  std::vector<std::optional<Mask>> AtEntry(G->getNumBlockIDs());
  AtEntry[G->getEntry().getBlockID()] = Mask::Entry;
  auto Run = [&](const CFGBlock &B, Visitor Each) {
    Mask M = *AtEntry[B.getBlockID()];
    for (const CFGElement &E : B)
      if (const auto S = E.getAs<CFGStmt>())
        if (const auto *C = dyn_cast<CallExpr>(S->getStmt())) {
          Each(*C, M);
          transfer(M, *C, K, Depth);
        }
    return M;
  };
  llvm::SmallVector<const CFGBlock *, 16> Work{&G->getEntry()};
  while (!Work.empty()) {
    const CFGBlock *B = Work.pop_back_val();
    const Mask M = Run(*B, [](const CallExpr &, Mask) {});
    for (const CFGBlock *To : B->succs()) {
      if (!To)
        continue;
      std::optional<Mask> &Old = AtEntry[To->getBlockID()];
      const Mask New = !Old || *Old == M ? M : Mask::Open;
      if (Old == New)
        continue;
      Old = New;
      Work.push_back(To);
    }
  }
  for (const CFGBlock *B : *G)
    if (AtEntry[B->getBlockID()])
      Run(*B, Visit);
  return AtEntry[G->getExit().getBlockID()].value_or(Mask::Entry);
}

/// By `Inside` itself, or before each call of it here.
bool BirthMasks::isBlockedAt(const CallExpr &Call, FunctionId Inside,
                             SignalKey K, unsigned Depth) {
  if (Inside == NoFunction || Depth > MaxDepth)
    return false;
  Mask At = Mask::Open;
  walk(Inside, K, 0, [&](const CallExpr &C, Mask M) {
    if (&C == &Call)
      At = M;
  });
  const FunctionInfo &Info = A.index()[Inside];
  if (At != Mask::Entry || Info.IsStartRoutine || Info.AddressTaken ||
      Info.Callers.empty())
    return At == Mask::Blocked;
  return llvm::all_of(Info.Callers, [&](FunctionId Caller) {
    std::vector<const CallExpr *> Calls;
    walk(Caller, K, 0, [&](const CallExpr &C, Mask) {
      const FunctionDecl *F = A.index().calleeOf(C);
      if (F && A.index().idOf(F) == Inside)
        Calls.push_back(&C);
    });
    return !Calls.empty() && llvm::all_of(Calls, [&](const CallExpr *C) {
      return isBlockedAt(*C, Caller, K, Depth + 1);
    });
  });
}

/// What the thread runs may let the signal in.
bool BirthMasks::letsIn(FunctionId Start, SignalKey K) const {
  const std::vector<FunctionId> Runs = Threads::reachable(A.index(), Start);
  return llvm::any_of(A.signals().masks(), [&](const MaskCall &M) {
    const std::optional<bool> Has = M.Set.has(K);
    return llvm::is_contained(Runs, M.Inside) &&
           M.Does != MaskCall::How::Block &&
           !(M.Does == MaskCall::How::Unblock && Has == false) &&
           !(M.Does == MaskCall::How::Set && Has == true);
  });
}

bool BirthMasks::keep(SignalKey K, const Send &S) {
  bool Found = false;
  for (const ThreadUse &U : A.threads().uses()) {
    if (U.Call != S.Call || U.OfCallers)
      continue;
    const std::vector<const ThreadCreate *> Creates =
        A.threads().createsOf(U.Handle);
    if (Creates.empty() || llvm::any_of(Creates, [&](const ThreadCreate *C) {
          return letsIn(C->Start, K) || !isBlockedAt(*C->At, C->Inside, K, 0);
        }))
      return false;
    Found = true;
  }
  return Found;
}

} // namespace thread_stop::flow
