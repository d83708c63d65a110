// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/migrate/StopEdits.h"

#include "flow/AstWalk.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

const StopEdits::Parents &StopEdits::parents(FunctionId F) {
  auto [It, New] = Known.try_emplace(F);
  Parents &Of = It->second;
  if (New)
    forEachEvaluated(A.index()[F].Decl->getBody(),
                     [&](const Stmt *S, const Stmt *P) { Of[S] = P; });
  return Of;
}

//===--- Positions --------------------------------------------------------===//

/// The end of a statement with its semicolon; invalid in a macro.
SourceLocation StopEdits::endOf(const Stmt *S) const {
  const SourceManager &SM = A.context().getSourceManager();
  while (true) {
    if (const auto *If = dyn_cast<IfStmt>(S))
      S = If->getElse() ? If->getElse() : If->getThen();
    else if (const auto *W = dyn_cast<WhileStmt>(S))
      S = W->getBody();
    else if (const auto *L = dyn_cast<ForStmt>(S))
      S = L->getBody();
    else if (const auto *Label = dyn_cast<LabelStmt>(S))
      S = Label->getSubStmt();
    else if (const auto *Case = dyn_cast<SwitchCase>(S))
      S = Case->getSubStmt();
    else
      break;
  }
  if (isa<CompoundStmt>(S) || isa<DeclStmt>(S) || isa<NullStmt>(S)) {
    const SourceLocation End = S->getEndLoc();
    return End.isMacroID() ? SourceLocation()
                           : Lexer::getLocForEndOfToken(
                                 End, 0, SM, A.context().getLangOpts());
  }
  return Text.afterSemicolon(S);
}

/// `L`, or behind the comment that is all that follows it in its line.
SourceLocation StopEdits::endOfLine(SourceLocation L) const {
  const SourceManager &SM = A.context().getSourceManager();
  auto [File, Offset] = SM.getDecomposedLoc(L);
  bool Invalid = false;
  const StringRef Buffer = SM.getBufferData(File, &Invalid);
  if (Invalid)
    return L;
  const size_t End =
      std::min(Buffer.find_first_of("\r\n", Offset), Buffer.size());
  const StringRef Rest = Buffer.slice(Offset, End).trim();
  // A comment that goes on in the next line is left where it is.
  const bool Whole =
      Rest.take_front(2) == "//" ||
      (Rest.take_front(2) == "/*" && Rest.find("*/") == Rest.size() - 2);
  return Whole && Rest.back() != '\\'
             ? L.getLocWithOffset(static_cast<int>(End - Offset))
             : L;
}

bool StopEdits::insert(SourceLocation L, std::string What) {
  if (L.isInvalid() || L.isMacroID())
    return false;
  Edits.push_back({support::SourceText::at(L), std::move(What)});
  return true;
}

/// What keeps code that follows in the same line out of a test before it.
std::string StopEdits::lineEnd(SourceLocation L,
                               const std::string &Indent) const {
  const SourceManager &SM = A.context().getSourceManager();
  auto [File, Offset] = SM.getDecomposedLoc(L);
  bool Invalid = false;
  const StringRef Buffer = SM.getBufferData(File, &Invalid);
  const size_t Next =
      Invalid ? StringRef::npos : Buffer.find_first_not_of(" \t", Offset);
  return Next == StringRef::npos || StringRef("\r\n}").contains(Buffer[Next])
             ? ""
             : "\n" + Indent;
}

/// One step of indentation, as the function's body has it.
std::string StopEdits::unit(FunctionId F) {
  const auto *Body = dyn_cast<CompoundStmt>(A.index()[F].Decl->getBody());
  if (Body && !Body->body_empty()) {
    const std::string Outer =
        Text.indentation(A.index()[F].Decl->getBeginLoc());
    const std::string Inner =
        Text.indentation(Text.fileLoc(Body->body_front()->getBeginLoc()));
    if (Inner.size() > Outer.size())
      return Inner.substr(Outer.size());
  }
  return "  ";
}

/// A statement beside which another one can stand without braces.
bool StopEdits::inBlock(FunctionId F, const Stmt *S) {
  const Stmt *P = parent(F, S);
  while (P && (isa<SwitchCase>(P) || isa<LabelStmt>(P)))
    P = parent(F, P);
  return P && isa<CompoundStmt>(P);
}

//===--- Tests ------------------------------------------------------------===//

/// Puts braces around a statement that is all of a branch, once for all that
/// comes before and after it.
bool StopEdits::wrap(FunctionId F, const Stmt *S, const std::string &Before,
                     const std::string &After) {
  if (!parent(F, S) || Text.afterPrevious(S->getBeginLoc()).isInvalid() ||
      endOf(S).isInvalid() || S->getBeginLoc().isMacroID())
    return false;
  const auto [It, New] = Wraps.insert({S, Wrap{F, {}, {}}});
  It->second.Before += Before;
  It->second.After += After;
  return true;
}

void StopEdits::finishWrap(const Stmt *S, const Wrap &W) {
  const SourceLocation Open = Text.afterPrevious(S->getBeginLoc());
  // `} else stmt`: the brace belongs to the line of the else.
  const std::string Outer = Text.indentation(Open);
  const std::string Inner = Outer + unit(W.F);
  std::string Head = " {";
  if (!W.Before.empty())
    Head += "\n" + Inner + W.Before;
  SourceLocation HeadEnd = Open;
  if (Text.line(Open) == Text.line(S->getBeginLoc())) { // if (...) stmt;
    Head += "\n" + Inner;
    HeadEnd = S->getBeginLoc();
  }
  std::string Tail;
  if (!W.After.empty())
    Tail += "\n" + Inner + W.After;
  Tail += "\n" + Outer + "}";
  Edits.push_back({CharSourceRange::getCharRange(Open, HeadEnd), Head});
  insert(endOfLine(endOf(S)), Tail);
}

/// The next statement is a return that does nothing else: it is the way out.
bool StopEdits::leavesNext(FunctionId F, const Stmt *S) {
  const auto *Block = dyn_cast_or_null<CompoundStmt>(parent(F, S));
  if (!Block || !Code.isStart(F) || KeepResult)
    return false;
  const auto *It = std::find(Block->body_begin(), Block->body_end(), S);
  if (It == Block->body_end() || ++It == Block->body_end())
    return false;
  const auto *R = dyn_cast<ReturnStmt>(*It);
  PlaceBuilder Builder(A.context(), A.places());
  return R && R->getRetValue() && Builder.constant(R->getRetValue());
}

bool StopEdits::testAfter(FunctionId F, const Stmt *S,
                          const std::string &Failed) {
  if (!isNew(S, 'a'))
    return true;
  if (!inBlock(F, S)) {
    const Stmt *P = parent(F, S);
    const SourceLocation Open = Text.afterPrevious(S->getBeginLoc());
    if (!P || Open.isInvalid())
      return false;
    return wrap(F, S, "", test(F, S, Text.indentation(Open) + unit(F), Failed));
  }
  if (leavesNext(F, S))
    return true;
  const SourceLocation End = endOf(S);
  if (End.isInvalid() || S->getBeginLoc().isMacroID())
    return false;
  const std::string Indent = Text.indentation(S->getBeginLoc());
  const SourceLocation At = endOfLine(End);
  return insert(At, "\n" + Indent + test(F, S, Indent, Failed) +
                        lineEnd(At, Indent));
}

static const char *failedText(const model::StopForm &Form) {
  return Form.Result == model::StopResult::MinusOne ? " < 0 && " : " != 0 && ";
}

/// `sem_wait(&s);` becomes `if (... < 0 && thread_stop_requested())`: where it
/// has succeeded, what it has taken is not thrown away.
bool StopEdits::testOfCall(const StopCall &S) {
  const Stmt *P = parent(S.Inside, S.Call);
  const auto *If = dyn_cast_or_null<IfStmt>(P);
  const SourceLocation End = Text.afterSemicolon(S.Call);
  std::optional<CharSourceRange> R = Text.fileRange(S.Call->getSourceRange());
  if (!P || End.isInvalid() || !R || (If && If->getElse()))
    return false;
  const std::string Indent = Text.indentation(S.Call->getBeginLoc());
  const std::string Test =
      failedText(*S.Form) + std::string("thread_stop_requested())\n") + Indent +
      unit(S.Inside) + wayOut(S.Inside, S.Call) + ";" + lineEnd(End, Indent);
  Edits.push_back({CharSourceRange::getCharRange(R->getEnd(), End), Test});
  return insert(S.Call->getBeginLoc(), "if (");
}

/// `n < 0 && ` for a statement that stores the result in a variable.
std::string StopEdits::failedVariable(const StopCall &S, const Stmt *Holder) {
  const VarDecl *V = nullptr;
  const Expr *Stored = nullptr;
  if (const auto *D = dyn_cast<DeclStmt>(Holder); D && D->isSingleDecl()) {
    V = dyn_cast<VarDecl>(D->getSingleDecl());
    Stored = V ? V->getInit() : nullptr;
  } else if (const auto *B = dyn_cast<BinaryOperator>(Holder);
             B && B->getOpcode() == BO_Assign) {
    const auto *D = dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParens());
    V = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    Stored = B->getRHS();
  }
  if (!V || !Stored || Stored->IgnoreParenCasts() != S.Call ||
      !V->getIdentifier() || !V->getType()->isSignedIntegerType())
    return "";
  return V->getName().str() + failedText(*S.Form);
}

/// A block with nothing but a test, behind the head of a branch.
std::string StopEdits::block(FunctionId F, const Stmt *At,
                             SourceLocation Head) {
  const std::string Outer = Text.indentation(Head);
  const std::string Inner = Outer + unit(F);
  return " {\n" + Inner + test(F, At, Inner) + "\n" + Outer + "}";
}

/// `while (...);`
bool StopEdits::replaceEmpty(FunctionId F, const Stmt *S) {
  const SourceLocation Open = Text.afterPrevious(S->getBeginLoc());
  std::optional<CharSourceRange> R = Text.fileRange(S->getSourceRange());
  if (!R || Open.isInvalid())
    return false;
  Edits.push_back(
      {CharSourceRange::getCharRange(Open, R->getEnd()), block(F, S, Open)});
  return true;
}

/// At the beginning of a branch or of a loop's body.
bool StopEdits::testAtStart(FunctionId F, const Stmt *Branch) {
  if (!isNew(Branch, 's'))
    return true;
  if (isa<NullStmt>(Branch))
    return replaceEmpty(F, Branch);
  const auto *Block = dyn_cast<CompoundStmt>(Branch);
  if (!Block) {
    const SourceLocation Open = Text.afterPrevious(Branch->getBeginLoc());
    if (Open.isInvalid())
      return false;
    return wrap(F, Branch, test(F, Branch, Text.indentation(Open) + unit(F)),
                "");
  }
  if (Block->getLBracLoc().isMacroID())
    return false;
  // A way out of the region is one out of the loop that it is the body of.
  const std::string Inner = Text.indentation(Block->getLBracLoc()) + unit(F);
  const SourceLocation After =
      endOfLine(Block->getLBracLoc().getLocWithOffset(1));
  return insert(After,
                "\n" + Inner + test(F, Branch, Inner) + lineEnd(After, Inner));
}

/// The call decides a branch: the test goes to where its failure leads.
bool StopEdits::testAfterCondition(const StopCall &S, const Stmt *Holder,
                                   const Stmt *Child) {
  const auto *Condition = dyn_cast<Expr>(Child);
  if (!Condition)
    return false;
  const std::optional<bool> Holds =
      conditionAfter(A.context(), Condition, S.Failed);
  const Stmt *Then = nullptr, *Else = nullptr;
  if (const auto *If = dyn_cast<IfStmt>(Holder)) {
    Then = If->getThen();
    Else = If->getElse();
  } else if (const auto *W = dyn_cast<WhileStmt>(Holder)) {
    Then = W->getBody();
  } else if (const auto *L = dyn_cast<ForStmt>(Holder)) {
    Then = L->getBody();
    if (L->getInc() == Child)
      return testAtStart(S.Inside, Then);
  } else if (const auto *D = dyn_cast<DoStmt>(Holder)) {
    Then = D->getBody();
  }
  if (!Then)
    return false;
  bool Done = true;
  if (!Holds || *Holds)
    Done &= testAtStart(S.Inside, Then);
  if (!Holds || !*Holds)
    Done &= Else ? testAtStart(S.Inside, Else) : testAfter(S.Inside, Holder);
  return Done;
}

bool StopEdits::testAfterCall(const StopCall &S) {
  const Stmt *Child = S.Call;
  const Stmt *P = parent(S.Inside, Child);
  while (P && (isa<Expr>(P) && !isa<StmtExpr>(P))) {
    Child = P;
    P = parent(S.Inside, P);
  }
  if (!P)
    return false;
  const bool Takes = S.K == StopCall::Kind::Wait && S.Form->Takes;
  if (isa<DeclStmt>(P))
    return testAfter(S.Inside, P, Takes ? failedVariable(S, P) : "");
  if (isa<ReturnStmt>(P))
    return !Code.isStart(S.Inside) || !KeepResult;
  // A statement of its own, or what decides a branch?
  auto After = [&] {
    return (Takes && Child == S.Call && testOfCall(S)) ||
           testAfter(S.Inside, Child, Takes ? failedVariable(S, Child) : "");
  };
  const Stmt *Body = nullptr;
  if (const auto *If = dyn_cast<IfStmt>(P)) {
    if (If->getCond() == Child)
      return testAfterCondition(S, P, Child);
    return After();
  }
  if (const auto *W = dyn_cast<WhileStmt>(P))
    Body = W->getBody();
  else if (const auto *D = dyn_cast<DoStmt>(P))
    Body = D->getBody();
  else if (const auto *L = dyn_cast<ForStmt>(P))
    Body = L->getBody();
  if (Body && Body != Child)
    return testAfterCondition(S, P, Child);
  if (!Body && !inBlock(S.Inside, Child))
    return false; // the value of a switch
  return After();
}

/// `pthread_testcancel();`
bool StopEdits::replaceTest(const StopCall &S) {
  const Stmt *Whole = S.Call;
  const SourceLocation End = Text.afterSemicolon(Whole);
  if (End.isInvalid())
    return false;
  const CharSourceRange R =
      CharSourceRange::getCharRange(Whole->getBeginLoc(), End);
  const std::string Indent = Text.indentation(Whole->getBeginLoc());
  if (inBlock(S.Inside, Whole)) {
    Edits.push_back({R, test(S.Inside, Whole, Indent) + lineEnd(End, Indent)});
    return true;
  }
  // A branch of its own: an `else` below must not become the test's.
  const Stmt *P = parent(S.Inside, Whole);
  const SourceLocation Open = Text.afterPrevious(Whole->getBeginLoc());
  if (!P || isa<Expr>(P) || Open.isInvalid())
    return false;
  Edits.push_back(
      {CharSourceRange::getCharRange(Open, End), block(S.Inside, Whole, Open)});
  return true;
}

//===--- Edits ------------------------------------------------------------===//

bool StopEdits::rename(const CallExpr *C, llvm::StringRef Name) {
  const auto *D = dyn_cast<DeclRefExpr>(C->getCallee()->IgnoreImplicit());
  const SourceManager &SM = A.context().getSourceManager();
  if (!D || D->getLocation().isMacroID() || !SM.isInMainFile(D->getLocation()))
    return false;
  std::optional<CharSourceRange> R = Text.fileRange(D->getLocation());
  if (!R)
    return false;
  Edits.push_back({*R, Name.str()});
  return true;
}

/// glibc takes any socket address for these; the header does not.
static const char *castFor(QualType Given, const FunctionDecl &F) {
  if (!Given->isPointerType() || !Given->getPointeeType()->isRecordType())
    return nullptr;
  const RecordDecl *R = Given->getPointeeType()->getAsRecordDecl();
  if (!R->getIdentifier() || R->getName() == "sockaddr" ||
      R->getName().find("sockaddr") != 0)
    return nullptr;
  return F.getName() == "connect" || F.getName() == "sendto"
             ? "(const struct sockaddr *)"
             : "(struct sockaddr *)";
}

bool StopEdits::stop(StopCall &S) {
  if (S.K == StopCall::Kind::Test)
    return replaceTest(S);
  if (S.K == StopCall::Kind::Wait) {
    if (!rename(S.Call, S.Form->Form))
      return false;
    const FunctionDecl *F = S.Call->getDirectCallee();
    for (unsigned I = 0; F && I < F->getNumParams(); ++I)
      if (F->getParamDecl(I)->getType()->isUnionType()) {
        const Expr *Given = S.Call->getArg(I)->IgnoreImplicit();
        if (const auto *L = dyn_cast<CompoundLiteralExpr>(Given))
          Given = L->getInitializer();
        if (const auto *L = dyn_cast<InitListExpr>(Given);
            L && L->getNumInits() == 1)
          Given = L->getInit(0);
        Given = Given->IgnoreImpCasts();
        if (const char *Cast = castFor(Given->getType(), *F))
          if (!insert(Given->getBeginLoc(), Cast))
            return false;
      }
  }
  if (S.NeedsTest && !S.Rounds.empty())
    return llvm::all_of(S.Rounds,
                        [&](const Stmt *L) { return loop(S.Inside, L); });
  return !S.NeedsTest || testAfterCall(S);
}

bool StopEdits::loop(FunctionId F, const Stmt *Loop) {
  if (!isNew(Loop, 'l'))
    return true;
  const Stmt *Body = nullptr;
  if (const auto *W = dyn_cast<WhileStmt>(Loop)) {
    Body = W->getBody();
    // `while (1)`: the loop's own way out.
    std::optional<CharSourceRange> R = Text.range(W->getCond());
    PlaceBuilder Builder(A.context(), A.places());
    if (R && Builder.constant(W->getCond()) && wayOut(F, Body) == "break") {
      Edits.push_back({*R, "!thread_stop_requested()"});
      return true;
    }
  } else if (const auto *L = dyn_cast<ForStmt>(Loop)) {
    Body = L->getBody();
  } else if (const auto *D = dyn_cast<DoStmt>(Loop)) {
    Body = D->getBody();
  }
  return Body && testAtStart(F, Body);
}

/// The start routine's returns that a stop now leads to say so to the joiner.
bool StopEdits::returns(const StopCall &S) {
  if (!KeepResult || !Code.isStart(S.Inside) ||
      (S.NeedsTest && S.Rounds.empty()))
    return true;
  for (const ReturnStmt *R : S.Paths.Returns) {
    if (!isNew(R, 'r'))
      continue;
    if (!inBlock(S.Inside, R) || R->getBeginLoc().isMacroID())
      return false;
    const std::string Indent = Text.indentation(R->getBeginLoc());
    if (!insert(R->getBeginLoc(), "if (thread_stop_requested())\n" + Indent +
                                      unit(S.Inside) +
                                      "return PTHREAD_CANCELED;\n" + Indent))
      return false;
  }
  return true;
}

/// Sorted, and with one edit for each position: of two, clang-tidy would apply
/// none. What is inserted stands before what replaces.
std::vector<Edit> StopEdits::take() {
  // What ends at one place: inner braces, outer ones, what comes behind.
  std::vector<Edit> Behind = std::move(Edits);
  Edits.clear();
  auto Inner = [](const auto &L, const auto &R) {
    return R.first->getBeginLoc() < L.first->getBeginLoc();
  };
  std::vector<std::pair<const Stmt *, Wrap>> Sorted(Wraps.begin(), Wraps.end());
  llvm::stable_sort(Sorted, Inner);
  for (const auto &[S, W] : Sorted)
    finishWrap(S, W);
  Edits.insert(Edits.end(), Behind.begin(), Behind.end());
  auto Begin = [](const Edit &E) { return E.Range.getBegin(); };
  auto Inserts = [](const Edit &E) {
    return E.Range.getBegin() == E.Range.getEnd();
  };
  std::stable_sort(Edits.begin(), Edits.end(),
                   [&](const Edit &L, const Edit &R) {
                     if (Begin(L) != Begin(R))
                       return Begin(L) < Begin(R);
                     return Inserts(L) && !Inserts(R);
                   });
  std::vector<Edit> Out;
  for (Edit &E : Edits) {
    if (!Out.empty() && Begin(Out.back()) == Begin(E) && Inserts(Out.back())) {
      Out.back().Range = E.Range;
      Out.back().Text += E.Text;
    } else {
      Out.push_back(std::move(E));
    }
  }
  return Out;
}

} // namespace thread_stop::flow
