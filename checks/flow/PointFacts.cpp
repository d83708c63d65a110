// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls as a pending cancel sees them: does it act there, could it, and would
// it be safe to be stopped inside by an asynchronous one?

#include "flow/FactsGenerator.h"
#include "model/AsyncSafety.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace thread_stop::flow {

using model::CancelRole;

static bool isNothrow(const FunctionDecl &F) {
  // In C only the attribute says it.
  if (F.hasAttr<NoThrowAttr>())
    return true;
  const auto *T = F.getType()->getAs<FunctionProtoType>();
  return T && !isUnresolvedExceptionSpec(T->getExceptionSpecType()) &&
         T->isNothrow();
}

/// The value of the argument that decides whether `A` is a point, if any.
static std::optional<int64_t> pointArgument(const CallExpr &C, const Api &A,
                                            const PlaceBuilder &Builder) {
  const int I = model::pointArgumentIndex(A.Point->Name);
  if (I < 0 || static_cast<unsigned>(I) >= C.getNumArgs())
    return std::nullopt;
  return Builder.constant(C.getArg(I));
}

void FactsGenerator::classifyRow(PointCall &P, const CallExpr &C,
                                 const Api &A) const {
  static const model::PointPolicy Plain, Strict(true, "");
  const llvm::StringRef Name = A.Point->Name;
  const std::optional<int64_t> Argument = pointArgument(C, A, Builder);
  if (model::isCancellationPoint(Name, Library, Plain, Argument))
    P.Kind = PointKind::Sure;
  else if (model::isCancellationPoint(Name, Library, Strict, Argument))
    P.Kind = PointKind::Strict;
  P.MayAct = model::mayBeCancellationPoint(Name, Library, Strict, Argument);
}

/// Classes of the C++ library that wait or do I/O, or call what they are given.
static bool mayWait(const FunctionDecl &F) {
  const std::string Name = plainQualifiedName(F);
  return llvm::StringSwitch<bool>(Name.substr(0, Name.rfind("::")))
      .Cases("std::basic_ostream", "std::basic_istream", "std::basic_iostream",
             "std::basic_fstream", "std::basic_ifstream", true)
      .Cases("std::basic_ofstream", "std::basic_filebuf",
             "std::basic_streambuf", "std::thread", "std::jthread", true)
      .Cases("std::condition_variable", "std::_V2::condition_variable_any",
             "std::condition_variable_any", "std::this_thread", true)
      .Cases("std::function", "std::packaged_task", "std::move_only_function",
             "std::filesystem", "std::counting_semaphore", true)
      .Default(false);
}

/// Whether some argument is something that the callee may call.
static bool passesCode(const CallExpr &C) {
  for (const Expr *A : C.arguments()) {
    QualType T = A->getType().getNonReferenceType();
    if (T->isFunctionPointerType() || T->isFunctionType())
      return true;
    if (const CXXRecordDecl *R = T->getAsCXXRecordDecl(); R && R->isLambda())
      return true;
  }
  return false;
}

/// Only reads or hands out what the object already has.
static bool isAccessor(const FunctionDecl &F) {
  if (isNothrow(F) || F.isConstexpr())
    return true;
  const auto *M = dyn_cast<CXXMethodDecl>(&F);
  if (!M)
    return false;
  if (M->isConst() || M->getOverloadedOperator() == OO_Subscript)
    return true;
  return M->getDeclName().isIdentifier() &&
         llvm::StringSwitch<bool>(M->getName())
             .Cases("front", "back", "data", "begin", "end", true)
             .Default(false);
}

/// No option makes a lock call look at a request.
static bool isNeverPoint(const Api &A) {
  return A.Lock || (A.Point && (A.Point->Status == model::PointStatus::Never ||
                                A.Point->Rule == model::PointRule::Never));
}

static bool hasLockAttribute(const FunctionDecl &F) {
  return F.hasAttr<AcquireCapabilityAttr>() ||
         F.hasAttr<ReleaseCapabilityAttr>() ||
         F.hasAttr<TryAcquireCapabilityAttr>();
}

/// Roles that the checks of asynchronous cancellation leave to others.
static bool isHarmlessRole(const Api &A) {
  if (!A.Cancel)
    return false;
  switch (A.Cancel->Role) {
  case CancelRole::SetState:
  case CancelRole::SetType:
  case CancelRole::TestCancel:
  case CancelRole::Cancel:
  case CancelRole::CleanupPush:
  case CancelRole::CleanupPop:
  case CancelRole::ExitProcess:
  case CancelRole::ExitThread:
  case CancelRole::Self:
    return true;
  default:
    return A.Cancel->AsyncSafe;
  }
}

void FactsGenerator::classifyLibrary(PointCall &P, const CallExpr &C,
                                     const FunctionDecl &F,
                                     const Api &A) const {
  // __errno_location, __builtin_expect
  const bool Plain = !A.Point && F.getName().take_front(2) == "__";
  if (A.Point)
    classifyRow(P, C, A);
  else
    P.MayAct = !Plain && !isNothrow(F) && !A.Lock && !A.Obtains &&
               !A.Releases && !isHarmlessRole(A) &&
               !model::findAsyncSafety(F.getName());
  if (A.is(CancelRole::ExitThread))
    P.Kind = PointKind::Exit;
  // Unsafe for reasons of other systems alone, or for none that is named
  // (sleep), is no reason here.
  const model::AsyncSafety *Row = model::findAsyncSafety(F.getName());
  P.AsyncUnsafe = !Plain && !A.Lock && !isHarmlessRole(A) &&
                  !(Row && !StrictAsync &&
                    (Row->ElsewhereOnly || Row->Reasons == model::NoReason)) &&
                  !model::isAsyncCancelSafe(F.getName(), StrictAsync);
  P.Nothrow = P.Kind == PointKind::Sure && isNothrow(F);
}

/// The mutex of a condition wait.
PlaceId FactsGenerator::waitMutex(const CallExpr &C, const Api &A) {
  if (!A.Lock || A.Lock->Op != model::LockOp::Wait || A.Lock->LockArg < 0 ||
      static_cast<unsigned>(A.Lock->LockArg) >= C.getNumArgs())
    return NoPlace;
  const Expr *E = C.getArg(A.Lock->LockArg);
  return E->getType()->isPointerType() ? Builder.pointee(E) : NoPlace;
}

/// A wait for something that others have to do, in a function that is never a
/// cancellation point. A mutex is not meant: it is soon given back.
bool FactsGenerator::isDeafWait(const CallExpr &C, const FunctionDecl &F,
                                const Api &A) const {
  if (!F.getDeclName().isIdentifier())
    return false;
  if (A.OfCLibrary && F.getName() == "flock" && C.getNumArgs() == 2) {
    constexpr int64_t Shared = 1, Exclusive = 2; // LOCK_SH, LOCK_EX
    const std::optional<int64_t> How = Builder.constant(C.getArg(1));
    return How == Shared || How == Exclusive;
  }
  return llvm::StringSwitch<bool>(plainQualifiedName(F))
      .Cases("std::future::wait", "std::future::get",
             "std::shared_future::wait", "std::shared_future::get", true)
      .Case("std::__basic_future::wait", true) // libstdc++'s base of both
      .Default(false);
}

/// free(p), pthread_mutex_destroy(m), delete p.
void FactsGenerator::addDestroy(const Expr *Call, const FunctionDecl *F) {
  if (!Index.AsksThreads)
    return;
  const Expr *What = nullptr;
  bool IsLock = false;
  if (const auto *D = dyn_cast<CXXDeleteExpr>(Call)) {
    What = D->getArgument();
  } else if (const auto *C = dyn_cast<CallExpr>(Call); C && F) {
    const Api &A = Apis.of(*F);
    if (!A.OfCLibrary || !F->getDeclName().isIdentifier())
      return addDestroyingCall(*C, *F);
    const int I = A.Releases ? A.Releases->Index : 0;
    const llvm::StringRef Name = F->getName();
    IsLock = Name.size() > 8 && Name.take_back(8) == "_destroy" &&
             Name != "pthread_attr_destroy";
    if ((!A.Releases && !IsLock) || static_cast<unsigned>(I) >= C->getNumArgs())
      return;
    What = C->getArg(I);
  }
  if (!What)
    return;
  Destroy D;
  D.Site = site(Call);
  D.What = site(What);
  D.IsLock = IsLock;
  D.Object = Builder.pointee(What);
  Now->Facts.push_back(D);
}

/// A function of the file may do so for its caller.
void FactsGenerator::addDestroyingCall(const CallExpr &C,
                                       const FunctionDecl &F) {
  const FunctionId Id = Index.idOf(&F);
  // Of use to a function that asks threads, and to one that releases for it.
  if (Id == NoFunction || isa<CXXMethodDecl>(F) ||
      (!Index[Flow.Id].ReachesThreads && Flow.Decl->param_empty()))
    return;
  for (unsigned I = 0; I < C.getNumArgs() && I < F.getNumParams(); ++I) {
    if (!F.getParamDecl(I)->getType()->isPointerType())
      continue;
    Destroy D;
    D.Site = site(&C);
    D.What = site(C.getArg(I));
    D.Object = Builder.pointee(C.getArg(I));
    D.Callee = Id;
    D.Parameter = I;
    Now->Facts.push_back(D);
  }
}

static std::optional<ThreadDeed> deedOf(CancelRole R) {
  switch (R) {
  case CancelRole::Create:
    return ThreadDeed::Create;
  case CancelRole::Cancel:
  case CancelRole::StopRequest:
    return ThreadDeed::Request;
  case CancelRole::Join:
    return ThreadDeed::Join;
  case CancelRole::Detach:
    return ThreadDeed::Detach;
  case CancelRole::Signal:
  case CancelRole::HandleUse:
    return ThreadDeed::Use;
  default:
    return std::nullopt;
  }
}

/// pthread_join(t, ...) and the like. Objects know themselves whether they can
/// be joined.
void FactsGenerator::addThreadOp(const CallExpr *C, const Api &A) {
  if (A.is(CancelRole::Join) && A.Cancel->Form == model::ApiForm::Method) {
    Now->Facts.push_back(JoinObject{site(C), objectOf(C).Target});
    return;
  }
  const int I = A.Cancel->Handle;
  const std::optional<ThreadDeed> Deed = deedOf(A.Cancel->Role);
  if (!Deed || A.Cancel->Form != model::ApiForm::Function || I < 0 ||
      static_cast<unsigned>(I) >= C->getNumArgs())
    return;
  ThreadOp Op;
  Op.Site = site(C);
  Op.Deed = *Deed;
  const Expr *Handle = C->getArg(I);
  Op.Handle = *Deed == ThreadDeed::Create ? Builder.pointee(Handle)
                                          : Builder.lvalue(Handle);
  // A call gives another handle each time.
  if (Op.Handle != NoPlace && Places[Op.Handle].Kind == BaseKind::Expression)
    return;
  Op.MayFail = A.Cancel->Name.find("timed") != llvm::StringRef::npos ||
               A.Cancel->Name.find("try") != llvm::StringRef::npos ||
               A.Cancel->Name.find("clock") != llvm::StringRef::npos;
  if (resultIsTested(C) && *Deed != ThreadDeed::Use &&
      *Deed != ThreadDeed::Request) {
    Op.Result = Builder.valueOf(C);
    ValueCalls.insert(C);
  }
  Now->Facts.push_back(Op);
}

void FactsGenerator::addPoint(const CallExpr *C, const FunctionDecl *F) {
  if (!Index[Flow.Id].Gated && !Index[Flow.Id].UsesThreads)
    return;
  PointCall P;
  P.Site = site(C);
  if (!F) {
    P.MayAct = P.AsyncUnsafe = true;
  } else {
    const Api &A = Apis.of(*F);
    if (A.DeclaredPoint && !isNeverPoint(A))
      P.Kind = PointKind::Sure, P.MayAct = P.AsyncUnsafe = true;
    else if (A.OfCLibrary && F->getDeclName().isIdentifier())
      classifyLibrary(P, *C, *F, A);
    else if (!Apis.isUserCode(F->getLocation())) {
      P.MayAct = mayWait(*F) || passesCode(*C);
      P.AsyncUnsafe = !A.Lock && !isHarmlessRole(A) && !isAccessor(*F);
    } else if (!F->isDefaulted() && Index.idOf(F) == NoFunction) {
      P.MayAct = P.AsyncUnsafe =
          !A.Lock && !A.DeclaredLock && !hasLockAttribute(*F);
    }
    P.Reacquires = waitMutex(*C, A);
    P.Deaf = isDeafWait(*C, *F, A);
  }
  if (P.Kind != PointKind::None || P.MayAct || P.AsyncUnsafe || P.Deaf)
    Now->Facts.push_back(P);
}

} // namespace thread_stop::flow
