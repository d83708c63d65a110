// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-swapped-cancel-constant: a state given to pthread_setcanceltype,
// a type given to pthread_setcancelstate, as a constant or as a saved value.

#include "flow/ModeArguments.h"
#include "flow/TuAnalysis.h"
#include "flow/diagnose/Diagnosers.h"
#include "support/SourceText.h"
#include "clang/Basic/IdentifierTable.h"
#include "clang/Basic/SourceManager.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static const char *setterOf(ModeKind W) {
  return W == ModeKind::State ? "pthread_setcancelstate"
                              : "pthread_setcanceltype";
}

static ModeKind other(ModeKind W) {
  return W == ModeKind::State ? ModeKind::Type : ModeKind::State;
}

/// What glibc and musl do with the number behind the name.
static const char *effectOf(StringRef Constant, ModeKind Which) {
  if (Constant == "PTHREAD_CANCEL_DISABLE")
    return "this turns asynchronous cancellation on";
  if (Constant == "PTHREAD_CANCEL_ENABLE")
    return "this sets the type to deferred";
  if (Constant == "PTHREAD_CANCEL_ASYNCHRONOUS")
    return "this disables cancellation";
  if (Constant == "PTHREAD_CANCEL_DEFERRED")
    return "this enables cancellation";
  return Which == ModeKind::State ? "this changes no state"
                                  : "this changes no type";
}

namespace {
class SwappedConstantDiagnoser {
public:
  SwappedConstantDiagnoser(TuAnalysis &A, std::vector<Finding> &Out)
      : A(A), Out(Out), Text(A.context()) {}

  void checkCall(const ApiCall &C) {
    const auto *Call = dyn_cast<CallExpr>(C.Call);
    if (!Call || Call->getNumArgs() < 1 ||
        !A.apis().isUserCode(Call->getBeginLoc()) || isLibraryMacro(Call))
      return;
    const FunctionFlow *F = A.flow(C.Inside);
    if (F && !F->reaches(Call))
      return;
    const ModeKind Which =
        A.apis().of(*C.Callee).is(model::CancelRole::SetState) ? ModeKind::State
                                                               : ModeKind::Type;
    const ModeArms Arms =
        modeArms(Call->getArg(0), A.context(), [&](const VarDecl *V) {
          return F && V->hasLocalStorage() && useOf(*F).neverWritten(V);
        });
    if (F && Arms.size() == 1 && Arms[0].K == ModeArm::Kind::Variable)
      checkVariable(C, *Call, Which, *F);
    for (const ModeArm &Arm : Arms) {
      if (isSwapped(Arm, Which)) {
        reportNamed(C, *Call, Which, Arm, Arms.size() == 1);
        return;
      }
      if (Arm.K == ModeArm::Kind::Number && !isPlausible(Arm.Value, Which)) {
        reportNumber(*Call, Which, Arm.Value);
        return;
      }
    }
  }

  /// A saved type given to the state function, or the reverse.
  void checkSaved(const FunctionFlow &F) {
    A.forEachFact(F, isRestore, [&](const StateSet &S, const Fact &Each) {
      const auto *M = std::get_if<SetMode>(&Each);
      if (M->Hidden || S.Overflow)
        return;
      const bool Wrong = std::all_of(
          S.States.begin(), S.States.end(), [&](const PathState &P) {
            const Saved *V = P.saved(M->Argument.From);
            return V ? V->Which != M->Which
                     : A.holdsOtherKind(M->Argument.From, M->Which);
          });
      if (!Wrong)
        return;
      const bool IsState = M->Which == ModeKind::State;
      Finding New = start(F.Sites[M->Site].Loc);
      New.Message = std::string("a saved cancellation ") +
                    (IsState ? "type" : "state") + " is given to '" +
                    setterOf(M->Which) + "'";
      const Saved *From = S.States[0].saved(M->Argument.From);
      const SiteId By = From ? From->By : NoSite;
      if (By != NoSite)
        New.Notes.push_back({Text.fileLoc(F.Sites[By].Loc),
                             std::string("the ") +
                                 (IsState ? "type" : "state") +
                                 " is saved here",
                             {},
                             false});
      Note Advice{New.Loc,
                  std::string("restore it with '") + setterOf(other(M->Which)) +
                      "'",
                  {},
                  false};
      if (const auto *Call = dyn_cast_or_null<CallExpr>(F.Sites[M->Site].S))
        addRename(Advice.Edits, *Call, other(M->Which));
      New.Notes.push_back(std::move(Advice));
      Out.push_back(std::move(New));
    });
  }

private:
  /// Whatever the variable may hold is wrong.
  void checkVariable(const ApiCall &C, const CallExpr &Call, ModeKind Which,
                     const FunctionFlow &F) {
    const auto *D = dyn_cast<DeclRefExpr>(Call.getArg(0)->IgnoreParenCasts());
    const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    if (!V || A.isBroken() || useOf(F).AddressTaken.count(V))
      return;
    const ModeArms Arms =
        reachingArms(Call, *F.Decl, A.context(), A.places(), A.apis());
    if (!Arms.empty() && llvm::all_of(Arms, [&](const ModeArm &Arm) {
          return isSwapped(Arm, Which);
        }))
      reportNamed(C, Call, Which, Arms[0], false);
  }

  static bool isRestore(const Fact &F) {
    const auto *M = std::get_if<SetMode>(&F);
    return M && M->Argument.K == ModeArgument::Kind::FromPlace;
  }

  /// Calls come function by function. Few arguments need this.
  const VariableUse &useOf(const FunctionFlow &F) {
    if (UseOf != &F) {
      UseOf = &F;
      Use = useOfVariables(F.Decl->getBody());
    }
    return Use;
  }

  /// pthread_cleanup_push_defer_np calls pthread_setcanceltype itself.
  bool isLibraryMacro(const CallExpr *C) const {
    const SourceManager &SM = A.context().getSourceManager();
    return C->getBeginLoc().isMacroID() &&
           SM.isInSystemHeader(SM.getSpellingLoc(C->getBeginLoc()));
  }

  Finding start(SourceLocation L) const {
    Finding New;
    New.Check = CheckKind::SwappedCancelConstant;
    New.Loc = Text.fileLoc(L);
    return New;
  }

  /// 0 and 1 fit both functions. musl has a third state.
  bool isPlausible(int64_t Value, ModeKind Which) const {
    if (Value == 0 || Value == 1)
      return true;
    auto &Names = const_cast<ASTContext &>(A.context()).Idents;
    return Which == ModeKind::State && Value == 2 &&
           Names.get("PTHREAD_CANCEL_MASKED").hadMacroDefinition();
  }

  void reportNumber(const CallExpr &Call, ModeKind Which, int64_t Value) {
    Finding New = start(Call.getBeginLoc());
    New.Message = std::to_string(Value) + " is no cancellation " +
                  (Which == ModeKind::State ? "state" : "type") +
                  ": the call fails with EINVAL and changes nothing";
    Out.push_back(std::move(New));
  }

  bool addRename(std::vector<Edit> &Edits, const CallExpr &Call,
                 ModeKind To) const {
    const auto *Name =
        dyn_cast<DeclRefExpr>(Call.getCallee()->IgnoreImplicit());
    std::optional<CharSourceRange> R =
        Name ? Text.fileRange(Name->getSourceRange()) : std::nullopt;
    if (!R)
      return false;
    const bool Qualified = Name->getQualifierLoc().hasQualifier();
    Edits.push_back({*R, std::string(Qualified ? "::" : "") + setterOf(To)});
    return true;
  }

  /// Renames the call and the restores of what it saves; no edits unless all
  /// of them are known.
  std::vector<Edit> renameAll(const ApiCall &C, const CallExpr &Call,
                              ModeKind Which) {
    std::vector<Edit> Edits;
    if (!addRename(Edits, Call, other(Which)))
      return {};
    const bool Saves =
        Call.getNumArgs() >= 2 && !Call.getArg(1)->isNullPointerConstant(
                                      const_cast<ASTContext &>(A.context()),
                                      Expr::NPC_ValueDependentIsNotNull);
    if (!Saves)
      return Edits;
    const FunctionFlow *F = A.flow(C.Inside);
    if (!F || !F->Valid || F->Solved.AtEntry.empty())
      return {};
    // Saved to a local variable, or another function may restore it.
    readSaves(*F);
    const SetMode *Saving = Savings.lookup(&Call);
    if (!Saving || Saving->SaveTo == NoPlace ||
        A.places()[Saving->SaveTo].Kind != BaseKind::Local)
      return {};
    for (const Restore &R : Restores[Saving->Site]) {
      const auto *Restoring =
          dyn_cast_or_null<CallExpr>(F->Sites[R.By->Site].S);
      if (!R.Always || R.By->Which != Which || !Restoring ||
          !addRename(Edits, *Restoring, other(Which)))
        return {};
    }
    return Edits;
  }

  /// Which calls of a function save, and who restores what each has saved.
  void readSaves(const FunctionFlow &F) {
    if (SavesOf == &F)
      return;
    SavesOf = &F;
    Savings.clear();
    Restores.clear();
    for (const Block &B : F.Graph.Blocks)
      for (const Fact &Each : B.Facts)
        if (const auto *M = std::get_if<SetMode>(&Each))
          Savings[F.Sites[M->Site].S] = M;
    A.forEachFact(F, isRestore, [&](const StateSet &S, const Fact &Each) {
      const auto *M = std::get_if<SetMode>(&Each);
      llvm::SmallDenseMap<SiteId, size_t> Given; // by how many pasts
      for (const PathState &P : S.States)
        if (const Saved *V = P.saved(M->Argument.From); V && V->By != NoSite)
          ++Given[V->By];
      for (const auto &[Site, Count] : Given)
        Restores[Site].push_back({M, Count == S.States.size()});
    });
  }

  void reportNamed(const ApiCall &C, const CallExpr &Call, ModeKind Which,
                   const ModeArm &Arm, bool Only) {
    const StringRef Name = Arm.Row->Name;
    Finding New = start(Call.getBeginLoc());
    New.Message = "'" + Name.str() + "' is no cancellation " +
                  (Which == ModeKind::State ? "state" : "type") + ": " +
                  effectOf(Name, Which);
    if (Name == "PTHREAD_CANCEL_ASYNCHRONOUS") {
      // Which of the two was meant nobody knows; arming asynchronous
      // cancellation is nothing to do unasked.
      Note Type{New.Loc,
                "for asynchronous cancellation call 'pthread_setcanceltype'",
                {},
                false};
      Note Disable{New.Loc,
                   "to disable cancellation pass 'PTHREAD_CANCEL_DISABLE'",
                   {},
                   false};
      if (Only) {
        addRename(Type.Edits, Call, ModeKind::Type);
        if (std::optional<CharSourceRange> R = Text.range(Call.getArg(0));
            R && !Call.getBeginLoc().isMacroID())
          Disable.Edits.push_back({*R, "PTHREAD_CANCEL_DISABLE"});
      }
      New.Notes.push_back(std::move(Type));
      New.Notes.push_back(std::move(Disable));
    } else if (Only && !Call.getBeginLoc().isMacroID() &&
               Name != "PTHREAD_CANCEL_MASKED") {
      New.Fix = renameAll(C, Call, Which);
    }
    Out.push_back(std::move(New));
  }

  TuAnalysis &A;
  std::vector<Finding> &Out;
  support::SourceText Text;
  const FunctionFlow *UseOf = nullptr;
  VariableUse Use;

  struct Restore {
    const SetMode *By = nullptr;
    bool Always = false; ///< on all paths
  };
  const FunctionFlow *SavesOf = nullptr;
  llvm::DenseMap<const Stmt *, const SetMode *> Savings;
  llvm::DenseMap<SiteId, std::vector<Restore>> Restores;
};
} // namespace

void diagnoseSwappedConstants(TuAnalysis &A, std::vector<Finding> &Out) {
  SwappedConstantDiagnoser D(A, Out);
  for (const ApiCall &C : A.index().ModeCalls)
    D.checkCall(C);
  if (A.isBroken())
    return;
  for (FunctionId F = 0; F < A.index().size(); ++F)
    if (A.index()[F].ReachesMode)
      if (const FunctionFlow *Flow = A.flow(F))
        D.checkSaved(*Flow);
}

} // namespace thread_stop::flow
