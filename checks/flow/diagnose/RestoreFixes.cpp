// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/diagnose/RestoreFixes.h"

#include "flow/AstWalk.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

static const char *setterOf(ModeKind W) {
  return W == ModeKind::State ? "pthread_setcancelstate"
                              : "pthread_setcanceltype";
}

static const char *newVariable(ModeKind W) {
  return W == ModeKind::State ? "old_cancel_state" : "old_cancel_type";
}

void RestoreFixes::scan() {
  if (!Parents.empty())
    return;
  forEachEvaluated(F.Decl->getBody(), [&](const Stmt *S, const Stmt *Parent) {
    Parents[S] = Parent;
    if (const auto *D = dyn_cast<DeclStmt>(S))
      for (const Decl *Each : D->decls()) {
        Blocks[Each] = Parent;
        const auto *Named = dyn_cast<NamedDecl>(Each);
        note(Named);
        if (Named)
          ++Declarations[Named->getIdentifier()];
      }
    else if (const auto *R = dyn_cast<DeclRefExpr>(S))
      note(R->getDecl());
  });
}

void RestoreFixes::note(const NamedDecl *D) {
  if (D && D->getIdentifier())
    Names.insert(D->getIdentifier());
}

bool RestoreFixes::isOnlyOneOfItsName(const VarDecl *V) {
  scan();
  const bool InBody = V->isLocalVarDecl();
  return Declarations.lookup(V->getIdentifier()) == (InBody ? 1u : 0u);
}

bool RestoreFixes::keepSave(const StateSet &States, SiteId Save) {
  return std::all_of(
      States.States.begin(), States.States.end(), [Save](const PathState &P) {
        return std::any_of(P.Saves.begin(), P.Saves.end(),
                           [Save](const Saved &V) { return V.By == Save; });
      });
}

const RestoreFixes::Before &RestoreFixes::before(SiteId S) {
  if (SetCalls.empty())
    A.forEachFact(F, isAnyOf<SetMode>,
                  [&](const StateSet &Set, const Fact &Each) {
                    Before &B = SetCalls[std::get<SetMode>(Each).Site];
                    for (const PathState &P : Set.States) {
                      std::set<SiteId> Saves;
                      for (const Saved &V : P.Saves)
                        if (!B.Seen || B.Saves.count(V.By))
                          Saves.insert(V.By);
                      B.Saves = std::move(Saves);
                      for (size_t W = 0; W < 2; ++W)
                        if (!B.Seen)
                          B.SetBy[W] = P.Modes[W].Site;
                        else if (B.SetBy[W] != P.Modes[W].Site)
                          B.SetBy[W] = NoSite;
                      B.Seen = true;
                    }
                  });
  return SetCalls[S];
}

const Stmt *RestoreFixes::parent(const Stmt *S) {
  scan();
  return Parents.lookup(S);
}

/// The statement that a local variable's declaration is part of.
const Stmt *RestoreFixes::blockOf(const VarDecl *V) {
  scan();
  return Blocks.lookup(V);
}

const CallExpr *RestoreFixes::call(SiteId S) const {
  const Stmt *At = S < F.Sites.size() ? F.Sites[S].S : nullptr;
  const auto *C = dyn_cast_or_null<CallExpr>(At);
  const FunctionDecl *Callee = C ? C->getDirectCallee() : nullptr;
  // A wrapper takes other arguments.
  return Callee && Callee->getDeclName().isIdentifier() &&
                 (Callee->getName() == "pthread_setcancelstate" ||
                  Callee->getName() == "pthread_setcanceltype")
             ? C
             : nullptr;
}

std::string RestoreFixes::savedVariable(const CallExpr &C) {
  if (C.getNumArgs() < 2)
    return "";
  const Expr *E = C.getArg(1)->IgnoreParenImpCasts();
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_AddrOf)
    return Text.text(U->getSubExpr()->IgnoreParens());
  if (isa<DeclRefExpr>(E) && E->getType()->isPointerType()) {
    const std::string Name = Text.text(E);
    return Name.empty() ? "" : "*" + Name;
  }
  return "";
}

std::vector<Edit> RestoreFixes::useSavedOf(SiteId Site, SiteId Save) {
  const CallExpr *At = call(Site), *From = call(Save);
  if (!At || !From || At->getNumArgs() < 1)
    return {};
  const std::string Variable = savedVariable(*From);
  std::optional<CharSourceRange> R = Text.range(At->getArg(0));
  if (Variable.empty() || !R || At->getBeginLoc().isMacroID() ||
      !isVisible(*From, At) || !before(Site).Saves.count(Save))
    return {};
  return {{*R, Variable}};
}

bool RestoreFixes::nameIsFree(const std::string &Name) {
  scan();
  if (Given.count(Name))
    return false;
  const IdentifierTable &All = A.context().Idents;
  const auto It = All.find(Name);
  return It == All.end() ||
         (!Names.count(It->second) && !It->second->hasMacroDefinition());
}

std::string RestoreFixes::freeName(ModeKind W) {
  const std::string First = newVariable(W);
  std::string Name = First;
  for (unsigned I = 2; !nameIsFree(Name) && I < 100; ++I)
    Name = First + std::to_string(I);
  return Name;
}

/// Whether the variable that a call saves to can be named at `Use`: it is not
/// local, or declared above in a block that is around.
bool RestoreFixes::isVisible(const CallExpr &Saving, const Stmt *Use) {
  const Expr *E = Saving.getArg(1)->IgnoreParenCasts();
  while (true) {
    if (const auto *U = dyn_cast<UnaryOperator>(E))
      E = U->getSubExpr()->IgnoreParenCasts();
    else if (const auto *M = dyn_cast<MemberExpr>(E))
      E = M->getBase()->IgnoreParenCasts();
    else if (const auto *S = dyn_cast<ArraySubscriptExpr>(E))
      E = S->getBase()->IgnoreParenCasts();
    else
      break;
  }
  const auto *D = dyn_cast<DeclRefExpr>(E);
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!V)
    return isa<CXXThisExpr>(E);
  if (!isOnlyOneOfItsName(V))
    return false;
  if (!V->isLocalVarDecl())
    return true;
  const SourceManager &SM = A.context().getSourceManager();
  if (!SM.isBeforeInTranslationUnit(V->getLocation(), Use->getBeginLoc()))
    return false;
  // Its DeclStmt's parent must be around the use.
  const Stmt *Block = blockOf(V);
  for (const Stmt *S = Use; S && Block; S = parent(S))
    if (S == Block)
      return true;
  return false;
}

const std::map<SiteId, std::vector<StateSet>> &RestoreFixes::exits() {
  if (!Exits) {
    Exits.emplace();
    A.forEachExit(F, [&](const StateSet &S, SiteId Exit) {
      (*Exits)[Exit].push_back(S);
    });
  }
  return *Exits;
}

/// The statement of a block that a call is, through casts to void.
bool RestoreFixes::isStatement(const Stmt *S) const {
  return S && isa<CompoundStmt>(S);
}

std::optional<std::vector<Edit>>
RestoreFixes::declareSave(const CallExpr &C, const Stmt *Upto, ModeKind W,
                          std::string &Variable) {
  Variable = freeName(W);
  // The call must be a statement of a block that also contains its use.
  const Stmt *Statement = &C;
  const Stmt *Block = parent(Statement);
  while (Block && (isa<CastExpr>(Block) || isa<ParenExpr>(Block) ||
                   isa<FullExpr>(Block))) {
    Statement = Block;
    Block = parent(Block);
  }
  if (!isStatement(Block) || C.getNumArgs() < 2)
    return std::nullopt;
  if (!A.context().getSourceManager().isBeforeInTranslationUnit(
          C.getBeginLoc(), Upto->getBeginLoc()) &&
      &C != Upto)
    return std::nullopt;
  bool Visible = false;
  for (const Stmt *S = Upto; S && !Visible; S = parent(S))
    Visible = S == Block;
  std::optional<CharSourceRange> Whole =
      Text.fileRange(Statement->getSourceRange());
  std::optional<CharSourceRange> Old = Text.range(C.getArg(1));
  if (!Visible || !Whole || !Old)
    return std::nullopt;
  // In a switch a jump past a declaration with no initialiser is fine.
  return std::vector<Edit>{
      {support::SourceText::at(Whole->getBegin()),
       "int " + Variable + ";\n" + Text.indentation(Whole->getBegin())},
      {*Old, "&" + Variable}};
}

static bool savesNothing(const CallExpr &C, const ASTContext &Ctx) {
  return C.getNumArgs() >= 2 &&
         C.getArg(1)->isNullPointerConstant(const_cast<ASTContext &>(Ctx),
                                            Expr::NPC_ValueDependentIsNotNull);
}

std::vector<Edit> RestoreFixes::restoreInstead(const std::set<SiteId> &Closers,
                                               SiteId Close, SiteId Open,
                                               ModeKind W) {
  const CallExpr *At = call(Close), *From = call(Open);
  if (!At || !From || At->getBeginLoc().isMacroID() ||
      From->getBeginLoc().isMacroID())
    return {};
  std::optional<CharSourceRange> R = Text.range(At->getArg(0));
  if (!R)
    return {};
  std::string Variable = savedVariable(*From);
  if (!Variable.empty()) {
    if (!isVisible(*From, At) || !before(Close).Saves.count(Open))
      return {};
    return {{*R, Variable}};
  }
  if (!savesNothing(*From, A.context()) || !Declared.insert(Open).second)
    return {};
  std::vector<Edit> Edits;
  for (SiteId Each : Closers) {
    // A way around the opening call would restore what was never saved.
    if (before(Each).SetBy[static_cast<size_t>(W)] != Open)
      return {};
    const CallExpr *C = call(Each);
    std::optional<CharSourceRange> Literal = C && !C->getBeginLoc().isMacroID()
                                                 ? Text.range(C->getArg(0))
                                                 : std::nullopt;
    std::optional<std::vector<Edit>> Declares =
        Literal ? declareSave(*From, C, W, Variable) : std::nullopt;
    if (!Declares)
      return {};
    if (Edits.empty())
      Edits = *Declares;
    Edits.push_back({*Literal, Variable});
  }
  Given.insert(Variable);
  return Edits;
}

/// Whether evaluating `E` runs no call, which would come after the restore.
static bool isPlain(const Expr *E) {
  bool Plain = true;
  if (E)
    forEachEvaluated(E, [&](const Stmt *Each, const Stmt *) {
      Plain &= !isa<CallExpr>(Each) && !isa<CXXConstructExpr>(Each);
    });
  return Plain;
}

bool RestoreFixes::restoreAt(SiteId Exit, const std::string &Variable,
                             ModeKind W, std::vector<Edit> &Edits) {
  const Stmt *S = F.Sites[Exit].S;
  const std::string Restore =
      std::string(setterOf(W)) + "(" + Variable + ", " +
      (A.context().getLangOpts().CPlusPlus11 ? "nullptr" : "NULL") + ");";
  const SourceLocation At = F.Sites[Exit].Loc;
  const auto *Body = dyn_cast<CompoundStmt>(F.Decl->getBody());
  if (At.isInvalid() || At.isMacroID() || !Body || Body->body_empty())
    return false;
  const std::string Outer = Text.indentation(Text.fileLoc(Body->getEndLoc()));
  const std::string First =
      Text.indentation(Text.fileLoc(Body->body_front()->getBeginLoc()));
  const std::string Step =
      First.size() > Outer.size() ? First.substr(Outer.size()) : "  ";
  if (!S) { // the closing brace
    Edits.push_back(
        {support::SourceText::at(At), Step + Restore + "\n" + Outer});
    return true;
  }
  const auto *R = dyn_cast<ReturnStmt>(S);
  if (!R || !isPlain(R->getRetValue()))
    return false;
  if (isa_and_nonnull<CompoundStmt>(parent(S))) {
    Edits.push_back(
        {support::SourceText::at(At), Restore + "\n" + Text.indentation(At)});
    return true;
  }
  // The only statement of a branch: give it braces.
  const SourceLocation End = Text.afterSemicolon(S);
  if (End.isInvalid())
    return false;
  const SourceLocation Before = Text.afterPrevious(At);
  if (Before.isValid()) {
    const std::string Branch = Text.indentation(Before);
    const std::string Inner = Branch + Step;
    Edits.push_back({CharSourceRange::getCharRange(Before, At),
                     " {\n" + Inner + Restore + "\n" + Inner});
    Edits.push_back({support::SourceText::at(End), "\n" + Branch + "}"});
    return true;
  }
  // A comment or directive stands between: they open where it begins.
  const std::string Inner = Text.indentation(At);
  Edits.push_back(
      {support::SourceText::at(At), "{ " + Restore + "\n" + Inner + "  "});
  Edits.push_back({support::SourceText::at(End), " }"});
  return true;
}

std::vector<Edit> RestoreFixes::saveAndRestore(SiteId Site, ModeKind W) {
  const CallExpr *At = call(Site);
  if (!At || At->getBeginLoc().isMacroID())
    return {};
  // Every way out must come from this call, or the variable might be unset.
  std::set<SiteId> WaysOut;
  for (const auto &[Exit, States] : exits()) {
    WaysOut.insert(Exit);
    for (const StateSet &S : States)
      for (const PathState &P : S.States)
        if (!P.mode(W).isOff() || P.mode(W).Site != Site)
          return {};
  }
  std::string Variable;
  std::vector<Edit> Edits;
  const auto *Body = dyn_cast<CompoundStmt>(F.Decl->getBody());
  if (!Body || Body->body_empty())
    return {};
  if (std::string Saved = savedVariable(*At); !Saved.empty()) {
    for (const auto &[Exit, States] : exits())
      for (const StateSet &S : States)
        if (!isVisible(*At, Body->body_back()) || !keepSave(S, Site))
          return {};
    Variable = Saved;
  } else {
    auto Declares = declareForAll(*At, W, Variable);
    if (!Declares)
      return {};
    Edits = *Declares;
  }
  return restoreAtAll(WaysOut, Variable, W, std::move(Edits));
}

std::vector<Edit> RestoreFixes::restoreAtAll(const std::set<SiteId> &WaysOut,
                                             const std::string &Variable,
                                             ModeKind W,
                                             std::vector<Edit> Edits) {
  for (SiteId Exit : WaysOut)
    if (!restoreAt(Exit, Variable, W, Edits))
      return {};
  Given.insert(Variable);
  return Edits;
}

/// The same for use at any way out: they lie below the function's own block.
std::optional<std::vector<Edit>>
RestoreFixes::declareForAll(const CallExpr &C, ModeKind W,
                            std::string &Variable) {
  const auto *Body = dyn_cast<CompoundStmt>(F.Decl->getBody());
  const Stmt *Block = parent(&C);
  while (Block && !isa<CompoundStmt>(Block))
    Block = parent(Block);
  if (!Body || Body->body_empty() || Block != Body)
    return std::nullopt;
  return declareSave(C, Body->body_back(), W, Variable);
}

bool RestoreFixes::isOwed(const std::set<SiteId> &WaysOut, SiteId Site,
                          ModeKind W) {
  for (SiteId Exit : WaysOut)
    if (const auto It = exits().find(Exit); It != exits().end())
      for (const StateSet &S : It->second)
        for (const PathState &P : S.States)
          if (!P.mode(W).isOwnOn() || P.mode(W).Site != Site)
            return false;
  return true;
}

std::vector<Edit> RestoreFixes::restoreBefore(const std::set<SiteId> &WaysOut,
                                              SiteId Site, ModeKind W) {
  const CallExpr *At = call(Site);
  if (!At || At->getBeginLoc().isMacroID() || !isOwed(WaysOut, Site, W))
    return {};
  std::string Variable = savedVariable(*At);
  if (Variable.empty() && savesNothing(*At, A.context())) {
    auto Declares = declareForAll(*At, W, Variable);
    return Declares ? restoreAtAll(WaysOut, Variable, W, *Declares)
                    : std::vector<Edit>();
  }
  if (Variable.empty())
    return {};
  for (SiteId Exit : WaysOut)
    if (const auto It = exits().find(Exit); It != exits().end())
      for (const StateSet &S : It->second)
        if (!keepSave(S, Site))
          return {};
  // The variable must be in scope there: declared in the function's block.
  const auto *Saved =
      dyn_cast<UnaryOperator>(At->getArg(1)->IgnoreParenImpCasts());
  const auto *D =
      Saved ? dyn_cast<DeclRefExpr>(Saved->getSubExpr()->IgnoreParenImpCasts())
            : nullptr;
  const auto *V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!V || !V->hasLocalStorage() || !isOnlyOneOfItsName(V))
    return {};
  if (!isa<ParmVarDecl>(V) && (!isa<CompoundStmt>(F.Decl->getBody()) ||
                               blockOf(V) != F.Decl->getBody()))
    return {};
  return restoreAtAll(WaysOut, Variable, W, {});
}

} // namespace thread_stop::flow
