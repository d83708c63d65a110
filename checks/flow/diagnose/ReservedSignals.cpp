// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-reserved-signal: 32, 33 and 34 as signal numbers.

#include "flow/Definitions.h"
#include "flow/Signals.h"
#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Lex/Lexer.h"

#include <optional>
#include <set>

using namespace clang;

namespace thread_stop::flow {

using model::SignalRole;

/// The first number that the kernel has for real-time signals.
static constexpr int64_t First = 32, Last = 34;

static bool takesSignal(SignalRole R) {
  switch (R) {
  case SignalRole::Install:
  case SignalRole::Action:
  case SignalRole::Interrupt:
  case SignalRole::SendThread:
  case SignalRole::SendProcess:
  case SignalRole::SendSelf:
  case SignalRole::SetAdd:
    return true;
  default: // to take it out of a set, or to ignore it, does no harm
    return false;
  }
}

/// A definition in which `SIGRTMIN`, a function call, cannot stand.
static bool needsConstant(const ValueDecl &D, const LangOptions &L) {
  if (isa<EnumConstantDecl>(D))
    return true;
  const auto *V = dyn_cast<VarDecl>(&D);
  return V && (V->isConstexpr() || (!L.CPlusPlus && V->hasGlobalStorage()));
}

namespace {
class ReservedDiagnoser {
public:
  ReservedDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Text(A.context()), Out(Out) {}

  void check(const ApiCall &C) {
    const auto *Call = dyn_cast<CallExpr>(C.Call);
    const model::SignalApi &Row = *A.apis().of(*C.Callee).Signal;
    if (!Call || !takesSignal(Row.Role) || Row.Signal < 0 ||
        static_cast<unsigned>(Row.Signal) >= Call->getNumArgs() ||
        !A.apis().isUserCode(Call->getBeginLoc()))
      return;
    if (const FunctionFlow *F = A.flow(C.Inside); F && !F->reaches(Call))
      return;
    // To give the default back, or to ignore it, is how all are reset.
    if (Row.Role == SignalRole::Install && Row.Argument >= 0 &&
        A.signals().values().integer(
            Call->getArg(Row.Argument)->IgnoreParenCasts()))
      return;
    if (isCLibrary())
      return;
    const Expr *Argument = Call->getArg(Row.Signal);
    for (const Resolved &R :
         A.signals().values().resolve(Argument, nullptr).Items)
      if (const auto N = A.signals().values().integer(R.E);
          N && *N >= First && *N <= Last) {
        report(*Call, *Argument, R, static_cast<int>(*N));
        return;
      }
  }

private:
  /// The numbers are reserved for it: it has a body, or an alias, for a
  /// function that others only call.
  bool isCLibrary() {
    if (!Library) {
      Library = false;
      for (const Decl *D : A.context().getTranslationUnitDecl()->decls()) {
        const auto *F = dyn_cast<FunctionDecl>(D);
        const IdentifierInfo *Name = F ? F->getIdentifier() : nullptr;
        if (Name &&
            (F->isThisDeclarationADefinition() || F->hasAttr<AliasAttr>()))
          *Library |= model::findSignalApi(Name->getName()) ||
                      model::findCancelApi(Name->getName());
      }
    }
    return *Library;
  }

  static const char *consequence(int N) {
    return N == 34 ? "musl keeps it for itself, and glibc may give it to "
                     "others as SIGRTMIN"
                   : "the C library keeps it for itself, the call fails or "
                     "breaks it";
  }

  /// The declaration in which the number stands, or null.
  const ValueDecl *definitionOf(const Expr *Argument) const {
    const auto *D =
        dyn_cast<DeclRefExpr>(Argument->IgnoreParenCasts()->IgnoreImplicit());
    const ValueDecl *V = D ? D->getDecl() : nullptr;
    if (!V || !A.apis().isUserCode(V->getLocation()) || isa<ParmVarDecl>(V))
      return nullptr;
    return V;
  }

  void report(const CallExpr &Call, const Expr &Argument, const Resolved &R,
              int N) {
    const ValueDecl *D = definitionOf(R.E);
    if (!D)
      D = definitionOf(&Argument);
    const bool AtDefinition = D && needsConstant(*D, A.context().getLangOpts());
    Finding New;
    New.Check = CheckKind::ReservedSignal;
    New.Loc =
        Text.fileLoc(AtDefinition ? D->getLocation() : Call.getBeginLoc());
    if (!Done.insert(New.Loc.getRawEncoding()).second)
      return;
    New.Message =
        "signal " + std::to_string(N) + " is reserved: " + consequence(N);
    const SourceLocation Written = R.E->getBeginLoc();
    if (AtDefinition) {
      New.Notes.push_back(
          {Text.fileLoc(Call.getBeginLoc()), "it is used here", {}, false});
      New.Notes.push_back({New.Loc,
                           "make it a macro or a function that gives "
                           "'SIGRTMIN + n': that is no constant",
                           {},
                           false});
    } else if (Written.isMacroID()) {
      const SourceManager &SM = A.context().getSourceManager();
      const SourceLocation Defined = SM.getSpellingLoc(Written);
      if (A.apis().isUserCode(Defined))
        New.Notes.push_back({Defined, "the number stands here", {}, false});
    } else if (D && D->getLocation().isValid()) {
      New.Notes.push_back({Text.fileLoc(D->getLocation()),
                           "the number stands here",
                           {},
                           false});
    }
    addFix(New, R.E, N, AtDefinition);
    Out.push_back(std::move(New));
  }

  /// Different numbers stay different: 32 becomes SIGRTMIN.
  void addFix(Finding &To, const Expr *E, int N, bool AtDefinition) const {
    const std::string Name =
        "SIGRTMIN" + (N > First ? " + " + std::to_string(N - First) : "");
    const auto *Literal = dyn_cast<IntegerLiteral>(E->IgnoreParenImpCasts());
    if (AtDefinition || !Literal)
      return;
    if (Literal->getBeginLoc().isMacroID() &&
        !isSpelledAs(Literal->getBeginLoc(), "__SIGRTMIN", A.context()))
      return;
    if (std::optional<CharSourceRange> R = Text.range(Literal))
      To.Fix.push_back({*R, Name});
  }

  TuAnalysis &A;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::optional<bool> Library;
  std::set<unsigned> Done;
};
} // namespace

void diagnoseReservedSignals(TuAnalysis &A, std::vector<Finding> &Out) {
  if (A.isBroken() || A.index().SignalCalls.empty())
    return;
  ReservedDiagnoser D(A, Out);
  for (const ApiCall &C : A.index().SignalCalls)
    D.check(C);
}

} // namespace thread_stop::flow
