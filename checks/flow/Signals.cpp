// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Signals.h"

#include "flow/AstWalk.h"
#include "flow/Definitions.h"
#include "flow/History.h"
#include "flow/TuAnalysis.h"
#include "clang/AST/Attr.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

using model::SignalRole;

static constexpr unsigned MaxWrappers = 3;

//===--- Numbers and sets -------------------------------------------------===//

std::string signalName(SignalKey S) {
  if (S == RealTimeMin || S == RealTimeMax)
    return S == RealTimeMin ? "SIGRTMIN" : "SIGRTMAX";
  if (isRealTime(S))
    return S < (RealTimeMin + RealTimeMax) / 2
               ? "SIGRTMIN + " + std::to_string(S - RealTimeMin)
               : "SIGRTMAX - " + std::to_string(RealTimeMax - S);
  if (const model::SignalNumber *N = model::findSignal(int64_t(S)))
    return N->Name.str();
  return "signal " + std::to_string(S);
}

bool SignalKeys::has(SignalKey S) const {
  return std::find(Known.begin(), Known.end(), S) != Known.end();
}

std::optional<bool> SignalSet::has(SignalKey S) const {
  if (!Known)
    return std::nullopt;
  return Full != (Except.count(S) != 0);
}

void SignalSet::join(const SignalSet &Other) {
  if (Known && Other.Known && Full == Other.Full && Except == Other.Except)
    return;
  Known = false;
}

/// `SIGRTMIN + n`, as the C libraries write it.
static std::optional<SignalKey> realTime(const Expr *E, const Values &Vals) {
  E = E->IgnoreParenCasts()->IgnoreImplicit();
  if (const auto *C = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *F = C->getDirectCallee();
    const llvm::StringRef Name =
        F && F->getIdentifier() ? F->getName() : llvm::StringRef();
    if (Name == "__libc_current_sigrtmin")
      return RealTimeMin;
    if (Name == "__libc_current_sigrtmax")
      return RealTimeMax;
    return std::nullopt;
  }
  const auto *B = dyn_cast<BinaryOperator>(E);
  if (!B || !B->isAdditiveOp())
    return std::nullopt;
  if (const auto Base = realTime(B->getLHS(), Vals))
    if (const auto N = Vals.integer(B->getRHS()))
      return static_cast<SignalKey>(B->getOpcode() == BO_Add ? *Base + *N
                                                             : *Base - *N);
  if (const auto Base = realTime(B->getRHS(), Vals);
      Base && B->getOpcode() == BO_Add)
    if (const auto N = Vals.integer(B->getLHS()))
      return static_cast<SignalKey>(*Base + *N);
  return std::nullopt;
}

static SignalKeys keysOfAll(const ResolvedSet &All, const Values &Vals) {
  SignalKeys Out;
  Out.Incomplete = All.Incomplete;
  for (const Resolved &R : All.Items) {
    std::optional<SignalKey> K = realTime(R.E, Vals);
    if (const auto N = Vals.integer(R.E); !K && N && *N >= 0 && *N < 128)
      K = static_cast<SignalKey>(*N);
    if (!K)
      Out.Incomplete = true;
    else if (!Out.has(*K))
      Out.Known.push_back(*K);
  }
  llvm::sort(Out.Known);
  return Out;
}

SignalKeys Signals::keysOf(const Expr *E, const Frame *In) const {
  return keysOfAll(Vals.resolve(E, In), Vals);
}

static const Expr *argument(const CallExpr &C, int I) {
  return I >= 0 && static_cast<unsigned>(I) < C.getNumArgs() ? C.getArg(I)
                                                             : nullptr;
}

/// The variable that is filled may be a global that another function fills.
SignalSet Signals::setAt(const Expr *E, const Stmt *At, FunctionId Inside) {
  SignalSet Unknown;
  Unknown.Known = false;
  const ValueDecl *Of = E ? pointeeDecl(E) : nullptr;
  if (!Of || Inside == NoFunction)
    return Unknown;
  auto Effect = [&](SignalSet &Now, const Stmt *S) {
    const auto *C = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = C ? A.index().calleeOf(*C) : nullptr;
    if (!F)
      return;
    const model::SignalApi *Row = A.apis().of(*F).Signal;
    for (unsigned I = 0; I < C->getNumArgs(); ++I) {
      const QualType T = C->getArg(I)->IgnoreParenImpCasts()->getType();
      if ((!T->isPointerType() && !T->isArrayType()) ||
          pointeeDecl(C->getArg(I)) != Of)
        continue;
      const bool IsSet = Row && Row->Set == static_cast<int>(I);
      const SignalKeys Keys =
          IsSet && Row->Signal >= 0 && argument(*C, Row->Signal)
              ? keysOf(C->getArg(Row->Signal), nullptr)
              : SignalKeys();
      if (IsSet && (Row->Role == SignalRole::SetEmpty ||
                    Row->Role == SignalRole::SetFill)) {
        Now = SignalSet();
        Now.Full = Row->Role == SignalRole::SetFill;
      } else if (IsSet && (Row->Role == SignalRole::SetAdd ||
                           Row->Role == SignalRole::SetDelete)) {
        const bool Add = Row->Role == SignalRole::SetAdd;
        if (Keys.Incomplete || Keys.Known.size() != 1)
          Now.Known = false;
        else if (Add != Now.Full)
          Now.Except.insert(Keys.Known[0]);
        else
          Now.Except.erase(Keys.Known[0]);
      } else if (!IsSet) {
        Now.Known = false; // an old mask, or a function that fills it
      }
    }
  };
  auto Run = [&](FunctionId F, const Stmt *Until) {
    History<SignalSet> H(Unknown, Effect);
    return Until ? H.before(A.index()[F].Decl->getBody(), Until)
                 : H.atEnd(A.index()[F].Decl->getBody());
  };
  if (const std::optional<SignalSet> Here = Run(Inside, At);
      Here && Here->Known)
    return *Here;
  const auto *V = dyn_cast<VarDecl>(Of);
  if ((V && V->hasLocalStorage()) || isa<ParmVarDecl>(Of))
    return Unknown;
  // The one function that touches it besides this one.
  FunctionId Filler = NoFunction;
  for (const ApiCall &C : A.index().SignalCalls) {
    const model::SignalApi *Row = A.apis().of(*C.Callee).Signal;
    const auto *Call = dyn_cast<CallExpr>(C.Call);
    const Expr *Set = Call ? argument(*Call, Row->Set) : nullptr;
    const bool Fills =
        Row->Role == SignalRole::SetEmpty || Row->Role == SignalRole::SetFill ||
        Row->Role == SignalRole::SetAdd || Row->Role == SignalRole::SetDelete;
    if (!Set || !Fills || pointeeDecl(Set) != Of)
      continue;
    if (Filler != NoFunction && Filler != C.Inside)
      return Unknown;
    Filler = C.Inside;
  }
  if (Filler == NoFunction || Filler == Inside)
    return Unknown;
  const std::optional<SignalSet> There = Run(Filler, nullptr);
  return There ? *There : Unknown;
}

//===--- Calls ------------------------------------------------------------===//

Signals::Signals(TuAnalysis &A)
    : A(A), Vals(A.context(), A.index()), InHandler(A.index().size()) {
  for (const ApiCall &C : A.index().SignalCalls)
    if (C.Inside != NoFunction && isa<CallExpr>(C.Call))
      add(C);
  findReached();
}

Signals::~Signals() = default;

/// The position of the signal in `syscall(SYS_tgkill, ...)`, or -1.
static int signalOfRaw(const CallExpr &C, const ASTContext &Ctx) {
  const SourceLocation At =
      C.getNumArgs() > 0 ? C.getArg(0)->getBeginLoc() : SourceLocation();
  const auto Is = [&](llvm::StringRef Name) {
    return isSpelledAs(At, ("SYS_" + Name).str(), Ctx) ||
           isSpelledAs(At, ("__NR_" + Name).str(), Ctx);
  };
  const int Signal = Is("tgkill") ? 3 : Is("tkill") ? 2 : -1;
  return Signal < static_cast<int>(C.getNumArgs()) ? Signal : -1;
}

void Signals::addSend(const CallExpr &C, FunctionId Inside, int Signal) {
  Send S;
  S.Call = &C;
  S.Inside = Inside;
  S.Signals = keysOf(argument(C, Signal), nullptr);
  for (const ThreadUse &U : A.threads().uses())
    if (U.Call == &C)
      S.ToSelf = U.Self;
  Sends.push_back(S);
}

void Signals::add(const ApiCall &C) {
  const auto &Call = *cast<CallExpr>(C.Call);
  const model::SignalApi &Row = *A.apis().of(*C.Callee).Signal;
  switch (Row.Role) {
  case SignalRole::Install:
  case SignalRole::Action:
  case SignalRole::Ignore:
    addInstall(C, nullptr, 0);
    break;
  case SignalRole::SendThread:
    addSend(Call, C.Inside, Row.Signal);
    break;
  case SignalRole::Raw: {
    const int Signal = signalOfRaw(Call, A.context());
    if (Signal >= 0)
      addSend(Call, C.Inside, Signal);
    break;
  }
  case SignalRole::Interrupt:
    if (const Expr *On = argument(Call, Row.Argument)) {
      const std::optional<int64_t> N = Vals.integer(On);
      const SignalKeys Keys = keysOf(argument(Call, Row.Signal), nullptr);
      if (N && *N == 0)
        break;
      Interrupting.Incomplete |= Keys.Incomplete;
      Interrupting.Known.append(Keys.Known.begin(), Keys.Known.end());
    }
    break;
  case SignalRole::Mask:
    addMask(C);
    break;
  case SignalRole::Accept:
    Accepted.push_back(setAt(argument(Call, Row.Set), &Call, C.Inside));
    break;
  case SignalRole::Repeat:
    Repeats = true;
    break;
  case SignalRole::Alarm:
    Alarms.push_back(C.Inside);
    break;
  default:
    break;
  }
}

void Signals::addMask(const ApiCall &C) {
  const auto &Call = *cast<CallExpr>(C.Call);
  const model::SignalApi &Row = *A.apis().of(*C.Callee).Signal;
  const Expr *Set = argument(Call, Row.Set);
  const Expr *How = argument(Call, Row.Argument);
  if (!Set || !How || Vals.isNull(Set, nullptr))
    return;
  MaskCall M;
  M.Call = &Call;
  M.Inside = C.Inside;
  if (const std::optional<int64_t> N = Vals.number(How, nullptr))
    M.Does = *N == 0   ? MaskCall::How::Block
             : *N == 1 ? MaskCall::How::Unblock
             : *N == 2 ? MaskCall::How::Set
                       : MaskCall::How::Unknown;
  M.Set = setAt(Set, &Call, C.Inside);
  if (const Expr *Old = argument(Call, Row.Set + 1))
    M.Old = pointeeDecl(Old);
  Masks.push_back(std::move(M));
}

/// `signal` as System V has it, by the name that the header gives it.
static bool isRenamed(const FunctionDecl &F) {
  for (const FunctionDecl *D : F.redecls())
    if (const auto *L = D->getAttr<AsmLabelAttr>())
      return L->getLabel() == "__sysv_signal";
  return false;
}

void Signals::addInstall(const ApiCall &C, const Frame *In, unsigned Depth) {
  const auto &Call = *cast<CallExpr>(C.Call);
  const model::SignalApi &Row = *A.apis().of(*C.Callee).Signal;
  const Expr *Signal = argument(Call, Row.Signal);
  const Expr *What = argument(Call, Row.Argument);
  if (!Signal)
    return;
  const FunctionDecl *Inside = A.index()[C.Inside].Decl;
  Install New;
  New.Call = &Call;
  ResolvedSet Handlers;
  const ResolvedSet Numbers = Vals.resolve(Signal, In);
  if (Row.Role == SignalRole::Ignore) {
    New.Does = Install::What::Ignore;
  } else if (Row.Role == SignalRole::Action) {
    if (!What || Vals.isNull(What, In))
      return; // asks for the old one
    ActionValue V = actionAt(What, &Call, Inside, In, Vals, A.index());
    Handlers = V.Handlers;
    New.Restarts = V.Restarts;
    New.Flags = V.Flags;
  } else if (What) {
    Handlers = Vals.resolve(What, In);
    New.Restarts = Row.Restarts && !isRenamed(*C.Callee) ? Install::Restart::Yes
                                                         : Install::Restart::No;
  }
  // Seen from the callers, or for each row of a table.
  const FunctionDecl *Open =
      Handlers.Parameter ? Handlers.Parameter : Numbers.Parameter;
  if (Open && expandCallers(C, In, Open, Depth))
    return;
  if (Handlers.Items.size() + Numbers.Items.size() > 2 && What &&
      expandRows(C, In, Signal, What, Depth))
    return;
  New.Signals = keysOfAll(Numbers, Vals);
  finish(std::move(New), C, In, Handlers);
}

bool Signals::expandCallers(const ApiCall &C, const Frame *In,
                            const FunctionDecl *Parameter, unsigned Depth) {
  const FunctionId F = A.index().idOf(Parameter);
  if (F == NoFunction || Depth >= MaxWrappers || Vals.callsOf(F).empty())
    return false;
  for (const Frame *Each = In; Each; Each = Each->Outer)
    if (Each->Callee == Parameter->getCanonicalDecl())
      return false;
  // The new frame is the outermost: append a copy of the chain to it.
  for (const CallSite &Site : Vals.callsOf(F)) {
    const Frame *Chain = Vals.enter(Site, A.index()[F].Decl, nullptr);
    llvm::SmallVector<const Frame *, 4> Inner;
    for (const Frame *Each = In; Each; Each = Each->Outer)
      Inner.push_back(Each);
    for (const Frame *Each : llvm::reverse(Inner))
      Chain = Each->Table
                  ? Vals.row(Each->Table, Each->Row, Chain)
                  : Vals.enter({Each->Call, Each->Inside}, Each->Callee, Chain);
    addInstall(C, Chain, Depth + 1);
  }
  return true;
}

/// Signal and handler stand in the same rows of one table.
bool Signals::expandRows(const ApiCall &C, const Frame *In, const Expr *Signal,
                         const Expr *Handler, unsigned Depth) {
  const InitListExpr *Table = Vals.tableOf(Signal->IgnoreParenCasts());
  if (!Table || Depth >= MaxWrappers)
    return false;
  for (const Frame *Each = In; Each; Each = Each->Outer)
    if (Each->Table == Table)
      return false;
  (void)Handler;
  for (unsigned Row = 0; Row < Table->getNumInits(); ++Row)
    addInstall(C, Vals.row(Table, Row, In), Depth + 1);
  return true;
}

void Signals::finish(Install New, const ApiCall &C, const Frame *In,
                     const ResolvedSet &Handlers) {
  New.Named = New.Call;
  New.Inside = C.Inside;
  for (const Frame *Each = In; Each; Each = Each->Outer)
    if (Each->Call) {
      New.Named = Each->Call;
      New.Inside = Each->Inside;
    }
  if (New.Does == Install::What::Ignore) {
    Installs.push_back(std::move(New));
    return;
  }
  auto Add = [&](Install::What Does, const FunctionDecl *F) {
    Install Each = New;
    Each.Does = Does;
    Each.Handler = F;
    Each.Id = F ? A.index().idOf(F) : NoFunction;
    for (const Install &Known : Installs)
      if (Known.Named == Each.Named && Known.Handler == F &&
          Known.Does == Does && Known.Call == Each.Call &&
          Known.Signals.Known == Each.Signals.Known)
        return;
    Installs.push_back(std::move(Each));
  };
  if (Handlers.Incomplete)
    Add(Install::What::Unknown, nullptr);
  else if (Handlers.Items.empty())
    Add(Install::What::Default, nullptr);
  for (const Resolved &R : Handlers.Items) {
    if (const std::optional<int64_t> N = Vals.integer(R.E)) {
      Add(*N == 0   ? Install::What::Default
          : *N == 1 ? Install::What::Ignore
                    : Install::What::Unknown,
          nullptr);
    } else if (const FunctionDecl *F = A.index().functionOf(R.E)) {
      Add(Install::What::Function, F);
    } else {
      Add(Install::What::Unknown, nullptr);
    }
  }
}

void Signals::findReached() {
  for (const Install &I : Installs)
    if (I.Id != NoFunction)
      for (FunctionId F : Threads::reachable(A.index(), I.Id))
        InHandler[F] = 1;
  for (FunctionId F : Alarms)
    Repeats |= InHandler[F] != 0;
}

//===--- Questions --------------------------------------------------------===//

bool Signals::mayBeHandled(SignalKey S) const {
  for (const Install &I : Installs)
    if (I.Does != Install::What::Default && I.Signals.mayHave(S))
      return true;
  for (const SignalSet &Set : Accepted)
    if (Set.has(S) != false)
      return true;
  return false;
}

bool Signals::isInterrupting(SignalKey S) const {
  return Interrupting.mayHave(S);
}

std::vector<const Install *> Signals::installsOf(FunctionId Handler) const {
  std::vector<const Install *> Out;
  for (const Install &I : Installs)
    if (I.Id == Handler && Handler != NoFunction)
      Out.push_back(&I);
  return Out;
}

} // namespace thread_stop::flow
