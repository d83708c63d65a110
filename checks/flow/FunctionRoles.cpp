// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of FunctionIndex that comes after all bodies are read: what each
// function is for, the components of the call graph, what has to be followed.

#include "flow/FunctionIndex.h"

#include "flow/AstWalk.h"
#include "flow/CleanupRegions.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace thread_stop::flow {

//===--- Roles and the call graph -----------------------------------------===//

/// `void *f(T *)`: cast to the type of a start routine, it works as one.
static bool mayStartThread(const FunctionDecl &F) {
  return F.getNumParams() == 1 && F.getReturnType()->isVoidPointerType() &&
         F.getParamDecl(0)->getType()->isPointerType() &&
         !(isa<CXXMethodDecl>(F) && cast<CXXMethodDecl>(F).isInstance());
}

/// `void *f(void *)`.
static bool looksLikeStartRoutine(const FunctionDecl &F) {
  return mayStartThread(F) && F.getParamDecl(0)->getType()->isVoidPointerType();
}

void FunctionIndex::findRoles() {
  for (FunctionId F = 0; F < Functions.size(); ++F)
    for (FunctionId Callee : Functions[F].Callees)
      Functions[Callee].Callers.push_back(F);
  for (FunctionInfo &I : Functions) {
    const FunctionDecl *Key = I.Decl->getCanonicalDecl();
    I.IsMain = I.Decl->isMain();
    I.AddressTaken = Mentions.lookup(Key) > Uses.lookup(Key);
    const auto *M = dyn_cast<CXXMethodDecl>(I.Decl);
    I.MayBeThreadBody =
        I.Callers.empty() &&
        (Mentions.lookup(Key) > Uses.lookup(Key) + Callbacks.lookup(Key) ||
         (M && (M->isVirtual() || M->getParent()->isLambda() ||
                M->getOverloadedOperator() == OO_Call)));
    I.IsStartRoutine |= I.IsStarted;
    if (mayStartThread(*I.Decl) && I.Callers.empty()) {
      I.MayOwnThread = I.AddressTaken;
      I.MayBeThreadBody |= I.Decl->isExternallyVisible();
    }
    if (!looksLikeStartRoutine(*I.Decl))
      continue;
    // Its address goes somewhere, or another file starts it: the signature
    // leaves little else for a function that nobody here calls.
    if (I.AddressTaken || (I.Callers.empty() && I.Decl->isExternallyVisible()))
      I.IsStartRoutine = true;
  }
}

/// Tarjan's algorithm with its own stack: a chain of calls may be long.
void FunctionIndex::findComponents() {
  const size_t N = Functions.size();
  constexpr uint32_t None = ~0u;
  std::vector<uint32_t> Number(N, None), Low(N, 0);
  std::vector<uint8_t> OnStack(N, 0);
  std::vector<FunctionId> Stack;
  std::vector<std::pair<FunctionId, size_t>> Frames;
  uint32_t Next = 0;
  for (FunctionId Root = 0; Root < N; ++Root) {
    if (Number[Root] != None)
      continue;
    Frames.push_back({Root, 0});
    while (!Frames.empty()) {
      auto &[F, I] = Frames.back();
      if (I == 0 && Number[F] == None) {
        Number[F] = Low[F] = Next++;
        Stack.push_back(F);
        OnStack[F] = 1;
      }
      const std::vector<FunctionId> &Calls = Functions[F].Callees;
      const std::vector<FunctionId> &Names = Functions[F].Named;
      if (I < Calls.size() + Names.size()) {
        FunctionId To = I < Calls.size() ? Calls[I] : Names[I - Calls.size()];
        ++I;
        if (Number[To] == None)
          Frames.push_back({To, 0});
        else if (OnStack[To])
          Low[F] = std::min(Low[F], Number[To]);
        continue;
      }
      if (Low[F] == Number[F]) {
        Components.emplace_back();
        FunctionId Member;
        do {
          Member = Stack.back();
          Stack.pop_back();
          OnStack[Member] = 0;
          Components.back().push_back(Member);
        } while (Member != F);
      }
      FunctionId Done = F;
      Frames.pop_back();
      if (!Frames.empty())
        Low[Frames.back().first] =
            std::min(Low[Frames.back().first], Low[Done]);
    }
  }
}

void FunctionIndex::propagate() {
  for (const std::vector<FunctionId> &C : Components) {
    bool Mode = false, Effect = false, Threads = false;
    for (FunctionId F : C) {
      const FunctionInfo &I = Functions[F];
      Mode |= I.SetsMode || I.HasRegion;
      Effect |= I.UsesLocks;
      Threads |= I.UsesThreads;
      for (FunctionId To : I.Callees) {
        Threads |= Functions[To].ReachesThreads;
        Mode |= Functions[To].ReachesMode;
        Effect |= Functions[To].ReachesEffect;
      }
    }
    for (FunctionId F : C) {
      Functions[F].ReachesMode = Mode;
      Functions[F].ReachesThreads = Threads;
      Functions[F].ReachesEffect = Mode || Effect;
    }
  }
  // Callers first: what a function with an own effect calls, or pushes as a
  // handler, is needed for its locks.
  for (auto C = Components.rbegin(); C != Components.rend(); ++C) {
    bool Needed = false;
    for (FunctionId F : *C)
      Needed |= Functions[F].ReachesMode || Functions[F].Needed;
    for (FunctionId F : *C) {
      Functions[F].Needed = Needed;
      if (!Needed)
        continue;
      for (FunctionId To : Functions[F].Callees)
        Functions[To].Needed = true;
      for (FunctionId To : Functions[F].Named)
        Functions[To].Needed = true;
    }
  }
}

void FunctionIndex::follow(const std::vector<FunctionId> &Roots) {
  std::vector<FunctionId> Stack = Roots;
  while (!Stack.empty()) {
    FunctionInfo &I = Functions[Stack.back()];
    Stack.pop_back();
    if (I.Gated)
      continue;
    I.Gated = true;
    Stack.insert(Stack.end(), I.Callees.begin(), I.Callees.end());
    Stack.insert(Stack.end(), I.Named.begin(), I.Named.end());
  }
  for (FunctionInfo &I : Functions)
    I.Followed = I.Gated || (I.Needed && I.ReachesEffect);
  // What is done to threads is looked at everywhere, and which locks are held
  // meanwhile; nothing else of the callees.
  for (FunctionId F = 0; F < Functions.size(); ++F)
    if (Functions[F].UsesThreads ||
        (Functions[F].ReachesThreads && Functions[F].UsesLocks))
      Stack.push_back(F);
  std::vector<uint8_t> Seen(Functions.size());
  while (!Stack.empty()) {
    const FunctionId F = Stack.back();
    Stack.pop_back();
    if (Seen[F])
      continue;
    Seen[F] = 1;
    Functions[F].Followed = true;
    for (FunctionId To : Functions[F].Callees)
      if (Functions[To].ReachesEffect || Functions[To].ReachesThreads)
        Stack.push_back(To);
  }
}

} // namespace thread_stop::flow
