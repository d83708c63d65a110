// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proves that the analysis needs no more than part of the AST to be visited, as
// in an editor, which hands over the main file's declarations one by one: what
// those call is found all the same, and what they do not mention is not looked
// at.

#include "flow/Snippet.h"

namespace thread_stop::flow {
namespace {

/// The analysis when only the function `Visited` is in the traversal scope.
std::unique_ptr<TuAnalysis> analyze(Snippet &S, const std::string &Visited) {
  // One analysis saw all of it; this one sees the scope only.
  auto &Ctx = const_cast<clang::ASTContext &>(S.tu().context());
  Ctx.setTraversalScope(
      {const_cast<clang::FunctionDecl *>(S.info(Visited).Decl)});
  auto Tu = std::make_unique<TuAnalysis>(Ctx, Options(), CleanupExpansions());
  Tu->findings();
  Ctx.setTraversalScope({Ctx.getTranslationUnitDecl()});
  return Tu;
}

const char *const Code = R"(
  static int enter(void) {
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    return old;
  }
  static void leave(int old) { pthread_setcancelstate(old, NULL); }
  void other(pthread_t t) { pthread_cancel(t); }
  int forgets(int c) {
    int old = enter();
    if (c)
      return -1;
    leave(old);
    return 0;
  }
  int careful(int c) {
    int old = enter();
    leave(old);
    return c;
  })";

TEST(TraversalTest, CalleesOutsideTheScopeAreFound) {
  Snippet S(Code);
  std::unique_ptr<TuAnalysis> Tu = analyze(S, "forgets");
  const std::vector<Finding> &Found = Tu->findings();
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_EQ(Found[0].Check, CheckKind::CancelStateNotRestored);
  // forgets, enter and leave; not other, not careful.
  EXPECT_EQ(Tu->index().size(), 3u);
}

TEST(TraversalTest, NothingOutsideTheScopeIsReported) {
  Snippet S(Code);
  EXPECT_TRUE(analyze(S, "careful")->findings().empty());
}

} // namespace
} // namespace thread_stop::flow
