// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that create, cancel or join the thread that a parameter names: each
// call of them counts as such a call, with the caller's handle and routine. So
// the handles of two callers are not taken for one.

#include "flow/Threads.h"

#include "flow/Values.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace thread_stop::flow {

/// Functions that hand on a parameter to the next one, and so on.
static constexpr unsigned MaxDepth = 4;

/// Many callers of a wrapper of a wrapper: no more than that are told apart.
static constexpr size_t MaxEntries = 4096;

static const ParmVarDecl *parameterBehind(const Expr *E) {
  const auto *D = E ? dyn_cast<DeclRefExpr>(E->IgnoreParenCasts()) : nullptr;
  return D ? dyn_cast<ParmVarDecl>(D->getDecl()) : nullptr;
}

/// What `C` gives for the parameter behind `E`; `E` itself if it is none.
static const Expr *givenFor(const Expr *E, const CallExpr &C) {
  const ParmVarDecl *P = parameterBehind(E);
  if (!P)
    return E;
  const unsigned I = P->getFunctionScopeIndex();
  return I < C.getNumArgs() ? C.getArg(I) : nullptr;
}

/// A parameter that is copied to somewhere else stands for what it is copied
/// to, and so do the handles that callers give for it.
void Threads::joinCopiedParameters() {
  std::vector<unsigned> Members(Parents.size());
  for (uint32_t N = 0; N < Parents.size(); ++N)
    ++Members[root(N)];
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (auto &[P, To] : Links) {
      if (To.empty() || Members[root(node(P))] < 2)
        continue;
      for (const Link &L : To) {
        const uint32_t A = root(node(L.Given)), B = root(node(P));
        if (A == B)
          continue;
        Parents[B] = A;
        Members[A] += Members[B];
      }
      To.clear();
      Changed = true;
    }
  }
}

Threads::~Threads() = default;

void Threads::addCallersOf(size_t Use) {
  const ThreadUse U = Uses[Use];
  const auto It = U.Handle == NoHandle || U.Depth == MaxDepth
                      ? Links.end()
                      : Links.find(Decls[U.Handle]);
  if (It == Links.end() || It->second.empty())
    return;
  Uses[Use].OfCallers = true;
  for (const Link &L : It->second) {
    Uses.push_back(U);
    Uses.back().Handle = node(L.Given);
    Uses.back().At = L.Call;
    ++Uses.back().Depth;
  }
}

void Threads::addCallersOf(const ThreadCreate &C, unsigned Depth) {
  const FunctionDecl *Api = Index.calleeOf(*C.Call);
  const model::CancelApi *Row = Api ? Apis.of(*Api).Cancel : nullptr;
  if (Depth == MaxDepth || C.Inside == NoFunction ||
      Creates.size() > MaxEntries || !Row)
    return;
  const auto It =
      C.Handle == NoHandle ? Links.end() : Links.find(Decls[C.Handle]);
  const bool OfParameter = It != Links.end() && !It->second.empty();
  if (!OfParameter && !parameterBehind(C.RoutineExpr))
    return;
  for (const Link &Site : CallSites[C.Inside]) {
    ThreadCreate New = C;
    New.At = Site.Call;
    New.Inside = Site.Inside;
    New.Data = givenFor(C.Data, *Site.Call);
    New.RoutineExpr = givenFor(C.RoutineExpr, *Site.Call);
    if (New.RoutineExpr && New.RoutineExpr != C.RoutineExpr) {
      New.Routine = Index.functionOf(New.RoutineExpr);
      New.Start = Index.idOf(New.Routine);
    }
    if (OfParameter) {
      New.Handle = NoHandle;
      for (const Link &L : It->second)
        if (L.Call == Site.Call)
          New.Handle = node(L.Given);
    }
    if (New.Handle == NoHandle)
      continue;
    Creates.push_back(New);
    addCallersOf(New, Depth + 1);
  }
}

/// The functions that a table, or a member with few writes, may hold.
void Threads::addRoutines(const ThreadCreate &C) {
  if (C.Routine || !C.RoutineExpr || parameterBehind(C.RoutineExpr))
    return;
  if (!Constants)
    Constants = std::make_unique<Values>(Ctx, Index);
  for (const Resolved &R : Constants->resolve(C.RoutineExpr, nullptr).Items) {
    ThreadCreate New = C;
    New.Routine = Index.functionOf(R.E);
    New.Start = Index.idOf(New.Routine);
    if (New.Routine)
      Creates.push_back(New);
  }
}

void Threads::followCallers() {
  for (size_t I = 0; I < Uses.size() && Uses.size() < MaxEntries; ++I)
    addCallersOf(I);
  for (size_t I = 0, N = Creates.size(); I < N; ++I)
    addCallersOf(ThreadCreate(Creates[I]), 0);
  for (size_t I = 0, N = Creates.size(); I < N; ++I)
    addRoutines(ThreadCreate(Creates[I]));
  // What leaves the file's sight by a parameter, does so for the callers.
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const auto &[P, From] : Links)
      for (const Link &L : From) {
        const SourceLocation At = EscapedAt[node(P)];
        if (At.isValid() && EscapedAt[node(L.Given)].isInvalid()) {
          escape(L.Given, At);
          Changed = true;
        }
      }
  }
}

} // namespace thread_stop::flow
