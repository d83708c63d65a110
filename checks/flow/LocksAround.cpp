// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/LocksAround.h"

#include "flow/AstWalk.h"
#include "flow/History.h"
#include "flow/Signals.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

namespace {
/// How many locks are held on all ways, at least.
struct LockDepth {
  int Held = 0;
  void join(const LockDepth &Other) { Held = std::min(Held, Other.Held); }
};
} // namespace

int LocksAround::effectOf(FunctionId F) {
  auto [It, New] = Effects.try_emplace(F, 0);
  if (!New)
    return It->second;
  int Takes = 0, Gives = 0;
  forEachEvaluated(A.index()[F].Decl->getBody(),
                   [&](const Stmt *S, const Stmt *) {
                     const int E = effectOfCall(S, false);
                     Takes += E > 0;
                     Gives += E < 0;
                   });
  return Effects[F] = Takes && !Gives ? 1 : Gives && !Takes ? -1 : 0;
}

int LocksAround::effectOfCall(const Stmt *S, bool Deep) {
  const auto *C = dyn_cast<CallExpr>(S);
  const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
  if (!F)
    return 0;
  const Api &Row = A.apis().of(*F);
  if (Row.DeclaredLock)
    return Row.DeclaredLock == 1 ? 1 : -1;
  if (Row.Lock && Row.Lock->Kind != model::LockKind::Semaphore &&
      Row.Lock->Kind != model::LockKind::Barrier)
    switch (Row.Lock->Op) {
    case model::LockOp::Acquire:
    case model::LockOp::Try:
    case model::LockOp::Timed:
      return 1;
    case model::LockOp::Release:
      return -1;
    default:
      return 0;
    }
  if (F->hasAttr<AcquireCapabilityAttr>())
    return 1;
  if (F->hasAttr<ReleaseCapabilityAttr>())
    return -1;
  const FunctionId Id = A.index().idOf(F);
  if (Id != NoFunction)
    return Deep ? effectOf(Id) : 0;
  // A wrapper of another file says what it does.
  const std::string Name = F->getIdentifier() ? F->getName().lower() : "";
  if (Name.find("unlock") != std::string::npos)
    return -1;
  return Name.find("lock") != std::string::npos &&
                 Name.find("clock") == std::string::npos &&
                 Name.find("block") == std::string::npos
             ? 1
             : 0;
}

bool LocksAround::isGuarded(FunctionId F, const Stmt *At) {
  const auto [It, New] = ParentsOf.try_emplace(F);
  auto &Parents = It->second;
  if (New)
    forEachEvaluated(
        A.index()[F].Decl->getBody(),
        [&](const Stmt *S, const Stmt *Parent) { Parents[S] = Parent; });
  for (const Stmt *S = At; S; S = Parents.lookup(S)) {
    const auto *Block = dyn_cast_or_null<CompoundStmt>(Parents.lookup(S));
    if (!Block)
      continue;
    for (const Stmt *Each : Block->body()) {
      if (Each == S)
        break;
      const auto *D = dyn_cast<DeclStmt>(Each);
      if (!D)
        continue;
      for (const Decl *V : D->decls())
        if (isGuard(V))
          return true;
    }
  }
  return false;
}

bool LocksAround::isGuard(const Decl *D) const {
  const auto *V = dyn_cast<VarDecl>(D);
  const CXXRecordDecl *R = V ? V->getType()->getAsCXXRecordDecl() : nullptr;
  if (!R)
    return false;
  const std::string Name = R->getName().lower();
  return A.apis().guardOf(*R) || R->hasAttr<ScopedLockableAttr>() ||
         Name.find("lock") != std::string::npos ||
         Name.find("guard") != std::string::npos;
}

bool LocksAround::isHeld(FunctionId F, const Stmt *At, unsigned Depth) {
  if (isGuarded(F, At))
    return true;
  auto Effect = [&](LockDepth &Now, const Stmt *S) {
    Now.Held = std::max(0, Now.Held + effectOfCall(S, true));
  };
  History<LockDepth> H(LockDepth(), Effect);
  const std::optional<LockDepth> Here =
      H.before(A.index()[F].Decl->getBody(), At);
  if (Here && Here->Held > 0)
    return true;
  const std::vector<CallSite> &Calls = A.signals().values().callsOf(F);
  return Depth < 2 && !Calls.empty() &&
         llvm::all_of(Calls, [&](const CallSite &C) {
           return C.Inside != F && isHeld(C.Inside, C.Call, Depth + 1);
         });
}

} // namespace thread_stop::flow
