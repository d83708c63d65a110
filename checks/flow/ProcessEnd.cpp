// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/ProcessEnd.h"

#include "clang/Analysis/CFG.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

namespace {
enum class After { GoesOn, Waits, Ends };

class EndFinder {
public:
  EndFinder(ApiResolver &Apis, const CallExpr &From) : Apis(Apis), From(From) {}

  bool endsFrom(const CFGBlock &Start) {
    if (!visit(Start, true))
      return false;
    while (!Work.empty())
      if (!visit(*Work.pop_back_val(), false))
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

  /// False: something other than the process's end may come.
  bool visit(const CFGBlock &B, bool IsFirst) {
    bool Counts = !IsFirst;
    for (const CFGElement &E : B) {
      const auto S = E.getAs<CFGStmt>();
      const auto *C = S ? dyn_cast<CallExpr>(S->getStmt()) : nullptr;
      if (!C)
        continue;
      if (C == &From) {
        Counts = true;
        continue;
      }
      if (!Counts)
        continue;
      const After What = classify(*C);
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
  const CallExpr &From;
  bool Ends = false;
  llvm::SmallPtrSet<const CFGBlock *, 16> Seen;
  llvm::SmallVector<const CFGBlock *, 16> Work;
};
} // namespace

bool processEndsAfter(const CallExpr &Call, const FunctionDecl &Function,
                      ApiResolver &Apis, const ASTContext &Ctx) {
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  const std::unique_ptr<CFG> Graph =
      CFG::buildCFG(&Function, Function.getBody(),
                    const_cast<ASTContext *>(&Ctx), Options);
  if (!Graph)
    return false;
  for (const CFGBlock *B : *Graph)
    for (const CFGElement &E : *B)
      if (const auto S = E.getAs<CFGStmt>(); S && S->getStmt() == &Call)
        return EndFinder(Apis, Call).endsFrom(*B);
  return false;
}

} // namespace thread_stop::flow
