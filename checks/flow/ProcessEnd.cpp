// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/ProcessEnd.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

namespace {
enum class After { GoesOn, Waits, Ends };

class EndFinder {
public:
  explicit EndFinder(ApiResolver &Apis) : Apis(Apis) {}

  bool endsFrom(const CFGBlock &Start, unsigned Element) {
    if (!visit(Start, Element))
      return false;
    while (!Work.empty())
      if (!visit(*Work.pop_back_val(), 0))
        return false;
    return Ends;
  }

private:
  After classify(const CallExpr &C) {
    const FunctionDecl *F = C.getDirectCallee();
    if (!F)
      return After::Waits;
    const Api &Row = Apis.of(*F);
    if (Row.is(CancelRole::ExitProcess))
      return After::Ends;
    if (Row.is(CancelRole::Cancel) || Row.is(CancelRole::StopRequest))
      return After::GoesOn;
    const bool Returns =
        Row.OfCLibrary && !F->isNoReturn() &&
        !(Row.Point && Row.Point->Status == model::PointStatus::Required);
    return Returns ? After::GoesOn : After::Waits;
  }

  /// From one element on. False: something but the process's end may come.
  bool visit(const CFGBlock &B, unsigned Element) {
    for (unsigned I = Element; I < B.size(); ++I) {
      const auto S = B[I].getAs<CFGStmt>();
      const auto *C = S ? dyn_cast<CallExpr>(S->getStmt()) : nullptr;
      const After What = C ? classify(*C) : After::GoesOn;
      if (What == After::Waits)
        return false;
      if (What == After::Ends) {
        Ends = true;
        return true;
      }
    }
    // The function's end, or a block that nothing is known of.
    if (B.succ_empty())
      return false;
    for (const CFGBlock *Next : B.succs())
      if (Next && Seen.insert(Next).second)
        Work.push_back(Next);
    return true;
  }

  ApiResolver &Apis;
  bool Ends = false;
  llvm::SmallPtrSet<const CFGBlock *, 16> Seen;
  llvm::SmallVector<const CFGBlock *, 16> Work;
};
} // namespace

void ProcessEnds::read(const FunctionDecl &Function) {
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  Last = &Function;
  Graph = CFG::buildCFG(&Function, Function.getBody(),
                        const_cast<ASTContext *>(&Ctx), Options);
  Calls.clear();
  Reached.clear();
  if (!Graph)
    return;
  llvm::SmallVector<const CFGBlock *, 16> Work{&Graph->getEntry()};
  while (!Work.empty()) {
    const CFGBlock *B = Work.pop_back_val();
    if (Reached.insert(B).second)
      for (const CFGBlock *Next : B->succs())
        if (Next)
          Work.push_back(Next);
  }
  for (const CFGBlock *B : *Graph)
    for (unsigned I = 0; I < B->size(); ++I)
      if (const auto S = (*B)[I].getAs<CFGStmt>();
          S && isa<CallExpr>(S->getStmt()))
        Calls[S->getStmt()] = {B, I};
}

bool ProcessEnds::after(const CallExpr &Call, const FunctionDecl &Function) {
  if (Last != &Function)
    read(Function);
  const Position At = Calls.lookup(&Call);
  return At.Block && EndFinder(Apis).endsFrom(*At.Block, At.Element + 1);
}

bool ProcessEnds::isReached(const CallExpr &Call,
                            const FunctionDecl &Function) {
  if (Last != &Function)
    read(Function);
  const Position At = Calls.lookup(&Call);
  return !At.Block || Reached.count(At.Block) != 0;
}

} // namespace thread_stop::flow
