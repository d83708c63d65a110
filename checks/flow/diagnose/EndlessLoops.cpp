// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// thread-stop-no-cancellation-point: loops and waits in a cancelled thread in
// which the request is never looked at.

#include "flow/diagnose/Diagnosers.h"
#include "flow/diagnose/Points.h"

#include "clang/AST/StmtCXX.h"

#include <algorithm>

using namespace clang;

namespace thread_stop::flow {

namespace {
class EndlessLoopDiagnoser {
public:
  EndlessLoopDiagnoser(TuAnalysis &A, const FunctionFlow &F,
                       std::vector<Finding> &Out)
      : A(A), F(F), Report(A, F), Text(A.context()), Out(Out) {}

  void run() {
    findDeafWaits();
    findActing();
    findLoops();
  }

private:
  /// Cancellation enabled and deferred on every path.
  bool waitsForPoint(const StateSet &S) const {
    return allEnabled(A, S, F.Id) &&
           std::none_of(S.States.begin(), S.States.end(),
                        [](const PathState &P) {
                          const Mode &T = P.mode(ModeKind::Type);
                          return T.isOn() || T.K == Mode::Kind::OfPlace ||
                                 T.K == Mode::Kind::Unknown;
                        });
  }

  //--- Waits that never act

  void findDeafWaits() {
    A.forEachFact(F, [&](const StateSet &S, const Fact &Each) {
      const auto *P = std::get_if<PointCall>(&Each);
      if (!P || !P->Deaf || !waitsForPoint(S))
        return;
      Out.push_back(Report.finding(
          CheckKind::NoCancellationPoint, P->Site,
          Report.callee(P->Site) +
              " is no cancellation point: a cancelled thread waits on and the "
              "join hangs"));
    });
  }

  //--- Loops

  /// Blocks in which a cancel may act, or that nothing is known of.
  void findActing() {
    Acting.assign(F.Graph.Blocks.size(), 0);
    for (uint32_t B = 0; B < F.Graph.Blocks.size(); ++B) {
      const bool Reached = B < F.Solved.AtEntry.size() && F.Solved.AtEntry[B];
      if (!Reached)
        continue;
      Acting[B] = !waitsForPoint(*F.Solved.AtEntry[B]);
      for (const Fact &Each : F.Graph.Blocks[B].Facts)
        Acting[B] |= acts(Each);
    }
  }

  bool acts(const Fact &Each) const {
    if (const auto *P = std::get_if<PointCall>(&Each))
      return P->MayAct || P->Kind != PointKind::None;
    if (std::get_if<SetMode>(&Each))
      return true;
    const auto *C = std::get_if<CallFunction>(&Each);
    if (!C)
      return false;
    if (C->Callee == NoFunction)
      return true;
    const Summary &S = A.summaryOf(C->Callee);
    return !S.Known || S.neverReturns() || S.inside(InsideKind::MayAct) ||
           S.inside(InsideKind::StrictPoint) ||
           S.inside(InsideKind::ThreadExit);
  }

  /// Blocks from which the function's end, or an exit, can be reached.
  std::vector<uint8_t> leaving() const {
    const std::vector<Block> &Blocks = F.Graph.Blocks;
    std::vector<std::vector<uint32_t>> Before(Blocks.size());
    std::vector<uint8_t> Leaves(Blocks.size());
    std::vector<uint32_t> Stack;
    for (uint32_t B = 0; B < Blocks.size(); ++B) {
      for (const Edge &E : Blocks[B].Edges)
        Before[E.To].push_back(B);
      if (Blocks[B].LeavesFunction || Blocks[B].End != Leaving::Continues ||
          Blocks[B].Edges.empty()) {
        Leaves[B] = 1;
        Stack.push_back(B);
      }
    }
    while (!Stack.empty()) {
      const uint32_t B = Stack.back();
      Stack.pop_back();
      for (uint32_t From : Before[B])
        if (!Leaves[From] && F.Solved.AtEntry[B]) {
          Leaves[From] = 1;
          Stack.push_back(From);
        }
    }
    return Leaves;
  }

  /// Strongly connected parts that nothing leaves.
  void findLoops() {
    std::vector<uint8_t> Done = leaving();
    for (uint32_t B : reversePostorder(F.Graph)) {
      if (Done[B] || !F.Solved.AtEntry[B])
        continue;
      const std::vector<uint32_t> Loop = closedLoop(B);
      for (uint32_t M : Loop)
        Done[M] = 1;
      if (Loop.empty() || std::any_of(Loop.begin(), Loop.end(),
                                      [&](uint32_t M) { return Acting[M]; }))
        continue;
      report(Loop);
    }
  }

  /// What can be reached from `B`, if it all leads back to `B` and never out.
  std::vector<uint32_t> closedLoop(uint32_t B) const {
    std::vector<uint32_t> From = reach(B);
    for (uint32_t M : From) {
      const Block &Each = F.Graph.Blocks[M];
      if (Each.LeavesFunction || Each.End != Leaving::Continues ||
          Each.Edges.empty())
        return {};
      std::vector<uint32_t> Back = reach(M);
      if (std::find(Back.begin(), Back.end(), B) == Back.end())
        return {};
    }
    return From;
  }

  std::vector<uint32_t> reach(uint32_t B) const {
    std::vector<uint8_t> Seen(F.Graph.Blocks.size());
    std::vector<uint32_t> Stack, Out;
    auto Enter = [&](uint32_t From) {
      for (const Edge &E : F.Graph.Blocks[From].Edges)
        if (!Seen[E.To] && F.Solved.AtEntry[E.To]) {
          Seen[E.To] = 1;
          Stack.push_back(E.To);
          Out.push_back(E.To);
        }
    };
    Enter(B);
    while (!Stack.empty()) {
      const uint32_t M = Stack.back();
      Stack.pop_back();
      Enter(M);
    }
    return Out;
  }

  /// The outermost loop statement of the blocks, or the label that a goto
  /// leads back to.
  SiteId headOf(const std::vector<uint32_t> &Loop) const {
    const SourceManager &SM = A.context().getSourceManager();
    SiteId Head = NoSite;
    auto Consider = [&](SiteId S) {
      if (S != NoSite &&
          (Head == NoSite ||
           SM.isBeforeInTranslationUnit(Report.loc(S), Report.loc(Head))))
        Head = S;
    };
    for (uint32_t B : Loop)
      Consider(F.Graph.Blocks[B].LoopSite);
    if (Head == NoSite)
      for (uint32_t B : Loop)
        Consider(F.Graph.Blocks[B].LabelSite);
    return Head;
  }

  void report(const std::vector<uint32_t> &Loop) {
    const SiteId Head = headOf(Loop);
    if (Head == NoSite)
      return;
    // `fail(); for (;;);` only says that it does not return.
    if (isEmpty(F.Sites[Head].S) && !A.gate().isOfCancelledThread(F.Id))
      return;
    Finding New = Report.finding(
        CheckKind::NoCancellationPoint, Head,
        "endless loop without a cancellation point: a cancel never acts and "
        "the join hangs");
    addFix(New, F.Sites[Head].S);
    Out.push_back(std::move(New));
  }

  static bool isEmpty(const Stmt *Loop) {
    const auto *For = dyn_cast_or_null<ForStmt>(Loop);
    const auto *While = dyn_cast_or_null<WhileStmt>(Loop);
    const Stmt *Body = For     ? For->getBody()
                       : While ? While->getBody()
                               : nullptr;
    const auto *Braces = dyn_cast_or_null<CompoundStmt>(Body);
    return isa_and_nonnull<NullStmt>(Body) || (Braces && Braces->body_empty());
  }

  void addFix(Finding &To, const Stmt *Loop) const {
    const Stmt *Body = nullptr;
    if (const auto *L = dyn_cast<ForStmt>(Loop))
      Body = L->getBody();
    else if (const auto *L = dyn_cast<WhileStmt>(Loop))
      Body = L->getBody();
    else if (const auto *L = dyn_cast<DoStmt>(Loop))
      Body = L->getBody();
    const auto *Braces = dyn_cast_or_null<CompoundStmt>(Body);
    if (!Body || !Loop->getBeginLoc().isFileID() ||
        !Body->getBeginLoc().isFileID() || !Body->getEndLoc().isFileID())
      return;
    if (Braces) {
      const std::string Indent =
          Braces->body_empty()
              ? Text.indentation(Loop->getBeginLoc()) + "    "
              : Text.indentation((*Braces->body_begin())->getBeginLoc());
      To.Fix.push_back(
          {support::SourceText::at(Braces->getLBracLoc().getLocWithOffset(1)),
           "\n" + Indent + "pthread_testcancel();"});
      return;
    }
    const SourceLocation End = Text.afterSemicolon(Body);
    if (End.isInvalid())
      return;
    const std::string Indent = Text.indentation(Loop->getBeginLoc());
    To.Fix.push_back(
        {support::SourceText::at(Body->getBeginLoc()),
         "{\n" + Indent + "    pthread_testcancel();\n" + Indent + "    "});
    To.Fix.push_back({support::SourceText::at(End), "\n" + Indent + "}"});
  }

  TuAnalysis &A;
  const FunctionFlow &F;
  const Reporter Report;
  const support::SourceText Text;
  std::vector<Finding> &Out;
  std::vector<uint8_t> Acting;
};
} // namespace

void diagnoseEndlessLoops(TuAnalysis &A, std::vector<Finding> &Out) {
  const bool Assume =
      A.options().gated(CheckKind::NoCancellationPoint).AssumeCancellable;
  forEachCancellable(A, CheckKind::NoCancellationPoint,
                     [&](const FunctionFlow &F) {
                       if (F.Solved.Converged && !F.Solved.AtEntry.empty() &&
                           (Assume || A.gate().isOfCancelledThread(F.Id)))
                         EndlessLoopDiagnoser(A, F, Out).run();
                     });
}

} // namespace thread_stop::flow
