// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Waits.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/TuAnalysis.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

using model::DescriptorKind;
using model::WaitKind;
using model::WaitTimeout;
using model::WakerKind;

// Numbers of Linux, the same on x86 and Arm.
static constexpr int64_t SetFlags = 4, NonBlockRequest = 0x5421;
static constexpr int64_t TimeOptions[] = {20, 21, 66, 67};
static constexpr int64_t SocketTypes = 0xf, StreamSocket = 1;

const Expr *Waits::argument(const CallExpr &C, int I) {
  if (I == model::ImplicitObject) {
    const auto *M = dyn_cast<CXXMemberCallExpr>(&C);
    return M ? M->getImplicitObjectArgument() : nullptr;
  }
  return I >= 0 && static_cast<unsigned>(I) < C.getNumArgs() ? C.getArg(I)
                                                             : nullptr;
}

//===--- Descriptors ------------------------------------------------------===//

uint32_t Waits::node(const ValueDecl *D) {
  auto [It, New] = Nodes.try_emplace(D, Parents.size());
  if (New)
    Parents.push_back(It->second);
  return It->second;
}

uint32_t Waits::root(const ValueDecl *D) const {
  auto It = Nodes.find(D);
  if (!D || It == Nodes.end())
    return ~0u;
  uint32_t N = It->second;
  while (Parents[N] != N)
    N = Parents[N] = Parents[Parents[N]];
  return N;
}

void Waits::join(const ValueDecl *X, const ValueDecl *Y) {
  node(X);
  node(Y);
  const uint32_t A = root(X), B = root(Y);
  Parents[B] = A;
}

Waits::Waits(TuAnalysis &A) : A(A) { collect(); }

static bool isNumber(const Expr *E) {
  return E->getType()->isIntegerType() && !E->getType()->isBooleanType();
}

void Waits::collect() {
  Values &Vals = A.signals().values();
  KnowsAgain.resize(A.index().size());
  for (const ValueDecl *D : Vals.written())
    for (const ValueWrite &W : Vals.writesOf(D))
      if (W.Value && isNumber(W.Value)) {
        if (const ValueDecl *From = storageDecl(W.Value))
          join(D, From);
        noteMaker(D, W.Value);
      }
  for (FunctionId F = 0; F < A.index().size(); ++F) {
    if (A.index()[F].Decl->isDependentContext())
      continue;
    forEachEvaluated(
        A.index()[F].Decl->getBody(), [&](const Stmt *S, const Stmt *) {
          if (const auto *C = dyn_cast<CallExpr>(S))
            noteCall(*C, F);
          noteAgain(S, F);
          const auto *D = dyn_cast<DeclStmt>(S);
          if (!D)
            return;
          for (const Decl *Each : D->decls())
            if (const auto *V = dyn_cast<VarDecl>(Each);
                V && V->getInit() && isNumber(V->getInit())) {
              const auto *To = cast<ValueDecl>(V->getCanonicalDecl());
              if (const ValueDecl *From = storageDecl(V->getInit()))
                join(To, From);
              noteMaker(To, V->getInit());
            }
        });
  }
  spread();
}

/// `errno == EAGAIN`, but not `errno == EINTR || errno == EAGAIN`: what is made
/// again at once was not expected to say that.
void Waits::noteAgain(const Stmt *S, FunctionId F) {
  auto Is = [&](const Stmt *Each, llvm::StringRef Name) {
    return isa<IntegerLiteral>(Each) &&
           isSpelledAs(Each->getBeginLoc(), Name, A.context());
  };
  auto IsAgain = [&](const Stmt *Each) {
    return Is(Each, "EAGAIN") || Is(Each, "EWOULDBLOCK");
  };
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && B->getOpcode() == BO_LOr &&
      anyEvaluated(
          B, [&](const Stmt *Each, const Stmt *) { return Is(Each, "EINTR"); }))
    forEachEvaluated(B, [&](const Stmt *Each, const Stmt *) {
      if (IsAgain(Each))
        BesideEintr.insert(Each);
    });
  KnowsAgain[F] |= IsAgain(S) && !BesideEintr.count(S);
}

void Waits::noteMaker(const ValueDecl *To, const Expr *Value) {
  const auto *C =
      dyn_cast<CallExpr>(Value->IgnoreParenCasts()->IgnoreImplicit());
  const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
  const auto *Row = F && F->getIdentifier()
                        ? model::findDescriptorMaker(F->getName())
                        : nullptr;
  if (!Row || Row->Array >= 0)
    return;
  if (F->getName() == "socket" && C->getNumArgs() > 1)
    if (const auto Type = A.signals().values().integer(C->getArg(1));
        Type && (*Type & SocketTypes) != StreamSocket)
      Datagrams.push_back(To);
  // `/dev/input/event0` has no end.
  const auto *Path =
      C->getNumArgs() > 0
          ? dyn_cast<StringLiteral>(C->getArg(0)->IgnoreParenImpCasts())
          : nullptr;
  if (!(Path && Path->getCharByteWidth() == 1 &&
        Path->getString().take_front(5) == "/dev/"))
    Made.push_back({To, Row->Kind});
  if (const Expr *Flags = argument(*C, Row->Flags);
      Flags && mentionsNonBlock(Flags))
    Marked.push_back(To);
}

/// `O_NONBLOCK | ...`, also by way of a variable.
bool Waits::mentionsNonBlock(const Expr *E, unsigned Depth) const {
  Values &Vals = A.signals().values();
  if (Depth > 4)
    return false;
  return anyEvaluated(E, [&](const Stmt *S, const Stmt *) {
    const auto *Each = dyn_cast<Expr>(S);
    if (!Each)
      return false;
    if (const auto *U = dyn_cast<UnaryOperator>(Each);
        U && U->getOpcode() == UO_Not)
      return false;
    if (const auto N = Vals.integer(Each))
      return *N >= 0 && (*N & model::NonBlockFlag) != 0;
    const auto *D = dyn_cast<DeclRefExpr>(Each);
    const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    if (!V)
      return false;
    if (V->getInit() && mentionsNonBlock(V->getInit(), Depth + 1))
      return true;
    for (const ValueWrite &W : Vals.writesOf(V)) {
      const auto *B = dyn_cast<BinaryOperator>(W.At);
      if (B && B->getOpcode() != BO_AndAssign &&
          mentionsNonBlock(B->getRHS(), Depth + 1))
        return true;
    }
    return false;
  });
}

/// What is waited for or woken; null where it comes through a pointer.
static const ValueDecl *objectOf(const Expr *E) {
  if (!E)
    return nullptr;
  const ValueDecl *D =
      E->getType()->isPointerType() ? pointeeDecl(E) : storageDecl(E);
  return D && D->getType()->isPointerType() ? nullptr : D;
}

void Waits::noteCall(const CallExpr &C, FunctionId Inside) {
  const FunctionDecl *F = A.index().calleeOf(C);
  if (!F || !F->getIdentifier())
    return;
  const llvm::StringRef Name = F->getName();
  Values &Vals = A.signals().values();
  auto Number = [&](int I) {
    const Expr *E = argument(C, I);
    return E ? Vals.integer(E) : std::nullopt;
  };
  auto Mark = [&](int I) {
    const Expr *E = argument(C, I);
    if (const ValueDecl *D = E ? storageDecl(E) : nullptr) {
      node(D);
      Marked.push_back(D);
    } else if (const auto N = Number(I)) {
      NonBlockingNumbers.insert(*N);
    }
  };
  if (Name == "fcntl" || Name == "fcntl64") {
    if (Number(1) == SetFlags && argument(C, 2) &&
        mentionsNonBlock(argument(C, 2)))
      Mark(0);
  } else if (Name == "ioctl") {
    if (Number(1) == NonBlockRequest)
      Mark(0);
  } else if (Name == "setsockopt") {
    if (const auto N = Number(2); N && llvm::is_contained(TimeOptions, *N))
      Mark(0);
  } else if (A.index().idOf(F) == NoFunction &&
             (Name.find("nonblock") != llvm::StringRef::npos ||
              Name.find("non_block") != llvm::StringRef::npos)) {
    Mark(0); // a helper of another file says what it does
  }
  if (const auto *Row = model::findDescriptorMaker(Name);
      Row && Row->Array >= 0)
    if (const Expr *To = argument(C, Row->Array))
      if (const ValueDecl *D = pointeeDecl(To)) {
        node(D);
        Made.push_back({D, Row->Kind});
        if (const Expr *Flags = argument(C, Row->Flags);
            Flags && mentionsNonBlock(Flags))
          Marked.push_back(D);
      }
  if (rowOf(C))
    Places[&C] = Inside;
  const model::Waker *Waker = isa<CXXMethodDecl>(F)
                                  ? model::findWaker(plainQualifiedName(*F))
                                  : model::findWaker(Name);
  if (!Waker || A.index().idOf(F) != NoFunction)
    return;
  const Expr *Object = argument(C, Waker->Object);
  // A message for the user wakes nobody.
  if (const auto N = Object ? Vals.integer(Object) : std::nullopt; N)
    return;
  Wakes.push_back({Waker->Kind, objectOf(Object), Inside});
}

/// What a helper does to its parameter it does to what its callers pass; what
/// all callers pass is so in the callee.
void Waits::spread() {
  Values &Vals = A.signals().values();
  for (const auto &[D, Kind] : Made) {
    node(D);
    Kinds[root(D)] |= 1u << static_cast<unsigned>(Kind);
  }
  for (const ValueDecl *D : Datagrams) {
    node(D);
    Packets.insert(root(D));
  }
  std::vector<const ParmVarDecl *> Parameters;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    for (const ParmVarDecl *P : A.index()[F].Decl->parameters())
      if (!Vals.callsOf(F).empty() &&
          (P->getType()->isIntegerType() || P->getType()->isPointerType()))
        Parameters.push_back(P);
  for (const ValueDecl *D : Marked) {
    node(D);
    NonBlocking.insert(root(D));
  }
  auto Argument = [&](const CallSite &C, const ParmVarDecl *P) {
    const Expr *E = argument(*C.Call, P->getFunctionScopeIndex());
    return E ? storageDecl(E) : nullptr;
  };
  for (unsigned Round = 0; Round < 4; ++Round) {
    bool Changed = false;
    for (const ParmVarDecl *P : Parameters) {
      const auto *D = cast<ValueDecl>(P->getCanonicalDecl());
      const FunctionId F =
          A.index().idOf(cast<FunctionDecl>(P->getDeclContext()));
      node(D);
      if (NonBlocking.count(root(D))) {
        for (const CallSite &C : Vals.callsOf(F)) {
          if (const ValueDecl *Given = Argument(C, P)) {
            node(Given);
            Changed |= NonBlocking.insert(root(Given)).second;
          } else if (const Expr *E =
                         argument(*C.Call, P->getFunctionScopeIndex())) {
            if (const auto N = Vals.integer(E))
              NonBlockingNumbers.insert(*N);
          }
        }
      } else if (llvm::all_of(Vals.callsOf(F), [&](const CallSite &C) {
                   const ValueDecl *Given = Argument(C, P);
                   return Given && root(Given) != ~0u &&
                          NonBlocking.count(root(Given));
                 })) {
        Changed |= NonBlocking.insert(root(D)).second;
      }
    }
    if (!Changed)
      return;
  }
}

//===--- Questions --------------------------------------------------------===//

const model::Wait *Waits::rowOf(const CallExpr &C) const {
  const FunctionDecl *F = A.index().calleeOf(C);
  return F ? A.apis().of(*F).Wait : nullptr;
}

bool Waits::mayWait(const Expr *Descriptor, const model::Wait &Row) const {
  const ValueDecl *D = storageDecl(Descriptor);
  // Written bytes go somewhere, unless it is known that somebody has to read.
  const bool NeedsReader =
      Row.Kind == WaitKind::Output && Row.Name != "connect";
  if (!D) {
    const auto N = A.signals().values().integer(Descriptor);
    return !NeedsReader && !(N && NonBlockingNumbers.count(*N));
  }
  const uint32_t R = root(D);
  if (R == ~0u)
    return !NeedsReader;
  if (NonBlocking.count(R))
    return false;
  const unsigned Bits = Kinds.lookup(R);
  auto Is = [&](DescriptorKind K) {
    return (Bits >> static_cast<unsigned>(K)) & 1;
  };
  if (NeedsReader)
    return Is(DescriptorKind::Stream) && !Packets.count(R);
  return !Is(DescriptorKind::File) && !Is(DescriptorKind::Timer) &&
         !Is(DescriptorKind::Signal);
}

/// Who looks for EAGAIN has a descriptor that does not block, or a timeout;
/// but not if it is made here without either.
bool Waits::isExpectedToFail(const CallExpr &C) const {
  const auto Place = Places.find(&C);
  if (Place == Places.end() || !KnowsAgain[Place->second])
    return false;
  const Expr *Descriptor = argument(C, rowOf(C)->Object);
  const ValueDecl *D = Descriptor ? storageDecl(Descriptor) : nullptr;
  const uint32_t R = D ? root(D) : ~0u;
  return R == ~0u || !Kinds.count(R);
}

bool Waits::isEndless(const CallExpr &C, const Frame *In) const {
  const model::Wait *Row = rowOf(C);
  // wait(lock, predicate) looks at the flag by itself.
  if (Row && isa<CXXMemberCallExpr>(C) && C.getNumArgs() > 1)
    return false;
  if (!Row || Row->Kind == WaitKind::Sleep || Row->Kind == WaitKind::Join ||
      Row->Form == WaitTimeout::Finite)
    return false;
  Values &Vals = A.signals().values();
  if (const Expr *Timeout = argument(C, Row->Timeout)) {
    auto IsNone = [&](const Resolved &R) {
      if (Row->Form != WaitTimeout::Millis)
        return Vals.isNull(R.E, R.In);
      const std::optional<int64_t> N = Vals.number(R.E, R.In);
      return N && *N < 0;
    };
    llvm::SmallVector<Resolved, 4> Choices;
    Vals.choices(Timeout, In, Choices);
    if (llvm::none_of(Choices, IsNone))
      return false;
  }
  if (const Expr *Flags = argument(C, Row->Flags)) {
    const std::optional<int64_t> N = Vals.number(Flags, In);
    if (!N || (*N & Row->NonBlock))
      return false;
  }
  if (Row->Kind == WaitKind::Input || Row->Kind == WaitKind::Output) {
    const Expr *Descriptor = argument(C, Row->Object);
    if (!Descriptor || !mayWait(Descriptor, *Row) || isExpectedToFail(C))
      return false;
    // What a parameter stands for.
    for (const Frame *F = In; F; F = F->Outer)
      if (const auto *D = dyn_cast<DeclRefExpr>(
              Descriptor->IgnoreParenCasts()->IgnoreImplicit()))
        if (const auto *P = dyn_cast<ParmVarDecl>(D->getDecl());
            P && F->Call && F->Callee &&
            cast<FunctionDecl>(P->getDeclContext())->getCanonicalDecl() ==
                F->Callee)
          if (const Expr *Given =
                  argument(*F->Call, P->getFunctionScopeIndex());
              Given && !mayWait(Given, *Row))
            return false;
  }
  return true;
}

/// Whether the array that is polled, if all of it is filled in this function,
/// has the descriptor.
bool Waits::isInPollSet(const CallExpr &C, FunctionId Inside,
                        const ValueDecl *Descriptor, bool &Known) const {
  const Expr *Array = argument(C, 0);
  const ValueDecl *Of = Array ? pointeeDecl(Array) : nullptr;
  const auto *V = dyn_cast_or_null<VarDecl>(Of);
  const FunctionDecl *F = A.index().calleeOf(C);
  Known = V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) &&
          !V->getType()->isPointerType() && F && F->getIdentifier() &&
          (F->getName() == "poll" || F->getName() == "ppoll");
  if (!Known)
    return false;
  bool Found = false, Filled = false;
  auto Consider = [&](const Expr *E) {
    const ValueDecl *D = E ? storageDecl(E) : nullptr;
    Filled = true;
    Found |= D && (D == Descriptor || root(D) == root(Descriptor));
  };
  if (const Expr *Init = V->getInit())
    forEachEvaluated(Init, [&](const Stmt *S, const Stmt *) {
      if (const auto *E = dyn_cast<Expr>(S);
          E && isNumber(E) && !isa<InitListExpr>(E))
        Consider(E);
    });
  forEachEvaluated(A.index()[Inside].Decl->getBody(), [&](const Stmt *S,
                                                          const Stmt *) {
    const auto *B = dyn_cast<BinaryOperator>(S);
    const auto *M = B && B->getOpcode() == BO_Assign
                        ? dyn_cast<MemberExpr>(B->getLHS()->IgnoreParenCasts())
                        : nullptr;
    if (M && storageDecl(M->getBase()) == Of)
      Consider(B->getRHS());
  });
  Known = Filled;
  return Found;
}

bool Waits::runsInThread(FunctionId F) const {
  for (const ThreadCreate &C : A.threads().creates())
    if (C.Start != NoFunction &&
        llvm::is_contained(Threads::reachable(A.index(), C.Start), F))
      return true;
  return false;
}

bool Waits::isWoken(const CallExpr &C, FunctionId Inside,
                    llvm::ArrayRef<FunctionId> Setters) const {
  const model::Wait *Row = rowOf(C);
  if (!Row)
    return true;
  std::vector<uint8_t> Sets(A.index().size());
  for (FunctionId S : Setters)
    for (FunctionId F : Threads::reachable(A.index(), S))
      Sets[F] = 1;
  const Expr *Object = argument(C, Row->Object);
  const ValueDecl *D = objectOf(Object);
  auto Same = [&](const Wake &W) {
    return W.Object == D || !W.Object || !D ||
           (root(D) != ~0u && root(D) == root(W.Object));
  };
  for (const Wake &W : Wakes) {
    const bool Sure = W.Object && D && Same(W);
    switch (W.Kind) {
    case WakerKind::Shutdown:
      if ((Row->Kind == WaitKind::Input || Row->Kind == WaitKind::Output) &&
          (Sure || (Sets[W.Inside] && Same(W))))
        return true;
      if (Row->Kind == WaitKind::Poll && Sets[W.Inside])
        return true;
      break;
    case WakerKind::Condition:
      // Whoever it is: a signal handler cannot be the one.
      if (Row->Kind == WaitKind::Condition && Same(W))
        return true;
      break;
    case WakerKind::Input:
      if (!Sets[W.Inside])
        break;
      if (Row->Kind == WaitKind::Input && Same(W))
        return true;
      if (Row->Kind == WaitKind::Poll) {
        bool Known = false;
        if (!W.Object || isInPollSet(C, Inside, W.Object, Known) || !Known)
          return true;
      }
      break;
    case WakerKind::Semaphore:
      // One that the same function gives back is a lock; one that a thread, or
      // another handler, posts tells that it has done something.
      if (Row->Kind == WaitKind::Semaphore && Same(W) &&
          (Sets[W.Inside] || W.Inside == Inside || runsInThread(W.Inside) ||
           A.signals().runsInHandler(W.Inside)))
        return true;
      break;
    case WakerKind::Child:
      if (Sets[W.Inside] && Row->Kind == WaitKind::Child)
        return true;
      break;
    case WakerKind::Queue:
      if (Sets[W.Inside] && Row->Kind == WaitKind::Queue)
        return true;
      break;
    case WakerKind::Close:
      if (!Sets[W.Inside] || !Sure)
        break;
      if (Row->Kind == WaitKind::Input || Row->Kind == WaitKind::Output)
        return true;
      if (Row->Kind == WaitKind::Poll) {
        bool Known = false;
        if (isInPollSet(C, Inside, W.Object, Known) && Known)
          return true;
      }
      break;
    case WakerKind::Connection:
      if (Sets[W.Inside] &&
          (Row->Kind == WaitKind::Input || Row->Kind == WaitKind::Poll))
        return true;
      break;
    }
  }
  return false;
}

} // namespace thread_stop::flow
