// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What threads of the translation unit can answer when they are joined: which
// join belongs to which creation, and what the start routines return.

#ifndef THREAD_STOP_CHECKS_FLOW_JOINS_H
#define THREAD_STOP_CHECKS_FLOW_JOINS_H

#include "flow/Definitions.h"
#include "flow/FunctionIndex.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <memory>
#include <vector>

namespace thread_stop::flow {

class TuAnalysis;

/// What a thread may return by itself, as bits.
struct Answers {
  enum : uint8_t {
    Null = 1,
    Pointer = 2, ///< the address of something
    MinusOne = 4,
    Number = 8,    ///< another number, not negative
    Negative = 16, ///< another negative number
    Any = 32,      ///< nobody knows
    Argument = 64, ///< what the creator passed
  };
  uint8_t Bits = 0;
  /// False: some start routine is not in this file.
  bool Known = true;

  bool may(uint8_t B) const { return !Known || (Bits & (B | Any)) != 0; }
};

/// One call that joins a thread, directly or in a function that hands the
/// result on.
struct JoinCall {
  const clang::CallExpr *Call = nullptr;
  const clang::Expr *Handle = nullptr; ///< in the caller; may be null
  const clang::Expr *Into = nullptr;   ///< pointer to the result; may be null
  bool ReturnsResult = false;
};

class JoinIndex final : public CallOracle {
public:
  explicit JoinIndex(TuAnalysis &A);
  ~JoinIndex() override;

  /// Functions with a call that joins, if any of them wants the result.
  const std::vector<FunctionId> &callers() const { return Callers; }

  JoinCall joinOf(const clang::CallExpr &C);
  /// What the thread behind `Handle` may answer. A handle that no creation
  /// matches may be any thread of this file.
  Answers answersOf(const clang::Expr *Handle);
  /// The flow of a function, or null. Built on demand, kept until the end.
  DefinitionFlow *flow(FunctionId F);
  /// The variable or field that a handle is kept in, or null.
  const clang::ValueDecl *storageOf(const clang::Expr *Handle) const;

  // CallOracle
  const clang::Expr *joinedInto(const clang::CallExpr &C) override;
  bool returnsJoined(const clang::CallExpr &C) override;

private:
  /// A function that joins for its caller: positions of its parameters.
  struct Wrapper {
    int Handle = -1;
    int Into = -1;
    bool ReturnsResult = false;
  };
  struct Creation {
    const clang::ValueDecl *Handle = nullptr;
    const clang::FunctionDecl *Routine = nullptr;
    const clang::Expr *Argument = nullptr;
  };

  void findCreations();
  bool addForwarded(Creation New, FunctionId Creator,
                    const clang::Expr *Routine);
  void findWrappers();
  void findReturns(FunctionId F, Wrapper &W);
  Answers routineAnswers(const clang::FunctionDecl *Routine);
  void addReachableExits(FunctionId Root, Answers &Out);
  uint8_t returnsOf(FunctionId F, unsigned Depth);
  uint8_t valueBits(DefinitionFlow &Flow, const clang::Expr *E,
                    const DefinitionState &S, unsigned Depth);
  uint8_t expressionBits(const clang::Expr *E, unsigned Depth);
  uint8_t callBits(const clang::CallExpr &C, unsigned Depth);
  uint8_t argumentBits(const Creation &C);

  TuAnalysis &A;
  std::vector<FunctionId> Callers;
  std::vector<Creation> Creations;
  llvm::DenseMap<const clang::FunctionDecl *, Wrapper> Wrappers;
  std::map<FunctionId, std::unique_ptr<DefinitionFlow>> Flows;
  std::map<const clang::FunctionDecl *, Answers> Known;
};

} // namespace thread_stop::flow

#endif
