// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-pthread-cancel: every forced stop that control can reach.

#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace thread_stop::flow {

/// The variable or field that a thread handle is kept in; null if the
/// expression is anything else.
static const ValueDecl *handleOf(const Expr *E) {
  for (unsigned Depth = 0; E && Depth < 24; ++Depth) {
    E = E->IgnoreParenCasts()->IgnoreImplicit();
    if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
      // auto h = worker.native_handle();
      if (const auto *V = dyn_cast<VarDecl>(D->getDecl());
          V && V->getInit() && V->hasLocalStorage())
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(
                V->getInit()->IgnoreParenCasts()->IgnoreImplicit())) {
          E = M->getImplicitObjectArgument();
          continue;
        }
      return D->getDecl();
    }
    if (const auto *M = dyn_cast<MemberExpr>(E))
      return M->getMemberDecl();
    if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
      E = A->getBase();
    else if (const auto *U = dyn_cast<UnaryOperator>(E))
      E = U->getSubExpr();
    else if (const auto *B = dyn_cast<BinaryOperator>(E))
      E = B->getLHS(); // handles + i
    else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
      E = M->getImplicitObjectArgument(); // worker.native_handle()
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
             O && O->getNumArgs() > 0)
      E = O->getArg(0); // handles[i], *optional
    else
      return nullptr;
  }
  return nullptr;
}

static std::string className(QualType T) {
  if (T->isPointerType() || T->isReferenceType())
    T = T->getPointeeType();
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  return R && R->getIdentifier() ? plainQualifiedName(*R) : std::string();
}

namespace {
class ForcedStopDiagnoser {
public:
  explicit ForcedStopDiagnoser(TuAnalysis &A) : A(A), Text(A.context()) {
    for (const ApiCall &Create : A.index().Creations) {
      const auto *Call = dyn_cast<CallExpr>(Create.Call);
      const model::CancelApi *Row = A.apis().of(*Create.Callee).Cancel;
      const int At = Row ? Row->Handle : 0;
      if (!Call || At < 0 || static_cast<unsigned>(At) >= Call->getNumArgs())
        continue;
      if (const ValueDecl *Created = handleOf(Call->getArg(At)))
        CreatedBy.try_emplace(Created->getCanonicalDecl(), Call);
    }
  }

  std::optional<Finding> diagnose(const ApiCall &C) {
    if (!A.apis().isUserCode(C.Call->getBeginLoc()))
      return std::nullopt;
    if (const FunctionFlow *F = A.flow(C.Inside); F && !F->reaches(C.Call))
      return std::nullopt;
    Finding Out;
    Out.Check = CheckKind::PthreadCancel;
    Out.Loc = Text.fileLoc(C.Call->getBeginLoc());
    Out.Message = "'" + plainQualifiedName(*C.Callee) +
                  "' stops a thread by force: what it holds is lost";
    const auto *Call = dyn_cast<CallExpr>(C.Call);
    const Expr *Handle =
        Call && Call->getNumArgs() > 0 ? Call->getArg(0) : nullptr;
    if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Call); M && !Handle)
      Handle = M->getImplicitObjectArgument();
    addCreation(Out, Handle);
    addAdvice(Out, C, Call, Handle);
    return Out;
  }

private:
  void addCreation(Finding &Out, const Expr *Handle) {
    const ValueDecl *D = Handle ? handleOf(Handle) : nullptr;
    if (!D)
      return;
    if (const CallExpr *Call = CreatedBy.lookup(D->getCanonicalDecl())) {
      Out.Notes.push_back({Text.fileLoc(Call->getBeginLoc()),
                           "the thread is created here",
                           {},
                           false});
      return;
    }
    const auto *V = dyn_cast<VarDecl>(D);
    if (V && !isa<ParmVarDecl>(V) && V->getInit() &&
        (className(V->getType()) == "std::thread" ||
         className(V->getType()) == "std::jthread"))
      Out.Notes.push_back({Text.fileLoc(V->getLocation()),
                           "the thread is created here",
                           {},
                           false});
  }

  /// The object of a `x.native_handle()` on a std::jthread.
  static const Expr *jthread(const Expr *Handle) {
    const auto *M = Handle ? dyn_cast<CXXMemberCallExpr>(
                                 Handle->IgnoreParenCasts()->IgnoreImplicit())
                           : nullptr;
    const Expr *Object = M ? M->getImplicitObjectArgument() : nullptr;
    return Object && className(Object->getType()) == "std::jthread" ? Object
                                                                    : nullptr;
  }

  static bool isSelf(const Expr *Handle) {
    const auto *C =
        Handle ? dyn_cast<CallExpr>(Handle->IgnoreParenCasts()) : nullptr;
    const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
    return F && F->getDeclName().isIdentifier() &&
           F->getName() == "pthread_self";
  }

  void addAdvice(Finding &Out, const ApiCall &C, const CallExpr *Call,
                 const Expr *Handle) {
    Note Advice;
    Advice.Loc = Out.Loc;
    if (!A.apis().of(*C.Callee).is(model::CancelRole::Cancel)) {
      const auto *Method = dyn_cast<CXXMethodDecl>(C.Callee);
      Advice.Message =
          Method && plainQualifiedName(*Method->getParent()) == "QThread"
              ? "call 'requestInterruption' and let 'run' look at "
                "'isInterruptionRequested'"
              : "set a flag that the thread looks at, wake it, and join it";
    } else if (const Expr *Object = jthread(Handle)) {
      Advice.Message = "a 'std::jthread' can be asked: 'request_stop'";
      const std::string Name = Text.text(Object);
      const char *Access = Object->getType()->isPointerType() ? "->" : ".";
      if (std::optional<CharSourceRange> R = Text.range(Call);
          R && !Name.empty() && Text.afterSemicolon(Call).isValid())
        Advice.Edits.push_back({*R, Name + Access + "request_stop()"});
    } else if (isSelf(Handle)) {
      Advice.Message = "a thread ends itself by returning from its start "
                       "routine";
    } else {
      // A thread that the runtime does not know cannot be asked.
      Advice.Message = "ask it with 'thread_stop_request' (ESRCH unless "
                       "'thread_stop_create' or 'thread_stop_attach')";
      const auto *Name =
          dyn_cast<DeclRefExpr>(Call->getCallee()->IgnoreImplicit());
      if (Name && !C.ThroughPointer)
        if (std::optional<CharSourceRange> R =
                Text.fileRange(Name->getSourceRange())) {
          Advice.Edits.push_back({*R, Name->getQualifierLoc().hasQualifier()
                                          ? "::thread_stop_request"
                                          : "thread_stop_request"});
          Advice.NeedsShimHeader = true;
        }
    }
    Out.Notes.push_back(std::move(Advice));
  }

  TuAnalysis &A;
  support::SourceText Text;
  /// The first creation of the thread of each handle.
  llvm::DenseMap<const Decl *, const CallExpr *> CreatedBy;
};
} // namespace

void diagnoseForcedStops(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.index().ForcedStops.empty())
    return;
  ForcedStopDiagnoser D(A);
  for (const ApiCall &C : A.index().ForcedStops)
    if (std::optional<Finding> F = D.diagnose(C))
      Out.push_back(std::move(*F));
}

} // namespace thread_stop::flow
