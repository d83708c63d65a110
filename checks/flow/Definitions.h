// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the values of one function's variables come from: for each statement
// and place, the set of the definitions that may have reached it. For checks
// that ask "is this still null?" or "is this the result of a join?"; locks and
// cancellation modes have an analysis of their own (CancelAnalysis.h).
//
// Assumed: a pointer that a called library function gets is not kept and used
// for writing later. A variable whose address goes elsewhere is unknown from
// the beginning.

#ifndef THREAD_STOP_CHECKS_FLOW_DEFINITIONS_H
#define THREAD_STOP_CHECKS_FLOW_DEFINITIONS_H

#include "flow/Api.h"
#include "flow/DefinitionState.h"
#include "flow/PlaceBuilder.h"
#include "clang/AST/Decl.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace thread_stop::flow {

/// One way in which a place got its value.
struct Definition {
  enum class Kind : uint8_t {
    Unknown,       ///< through a pointer, by another function, too many ways
    Parameter,     ///< by the caller; `Number` is the position
    Uninitialized, ///< declared without a value
    Constant,      ///< `Number`
    Joined,        ///< the exit value of a thread; `Value` is the call
    Expression,    ///< `Value`, without casts
    ByAddress,     ///< by the call `Value`, which got the place's address
  };
  Kind K = Kind::Unknown;
  const clang::Expr *Value = nullptr;
  int64_t Number = 0;
  bool IsCanceled = false; ///< Constant: spelled PTHREAD_CANCELED
  clang::SourceLocation Loc;

  bool isNumber(int64_t N) const {
    return K == Kind::Constant && !IsCanceled && Number == N;
  }
};

/// What a statement does to a place.
struct PlaceWrite {
  PlaceId To = NoPlace;
  DefinitionSet Value;
  /// Some element of an array is written: the others keep theirs.
  bool Weak = false;
  /// Nothing else is written: no pointer may lead elsewhere.
  bool Exact = false;
};

/// What is known of the calls in a function.
class CallOracle {
public:
  explicit CallOracle(ApiResolver &Apis) : Apis(Apis) {}
  virtual ~CallOracle() = default;
  /// The argument behind which a call leaves a thread's exit value, or null.
  virtual const clang::Expr *joinedInto(const clang::CallExpr &) {
    return nullptr;
  }
  /// Whether a call returns a thread's exit value.
  virtual bool returnsJoined(const clang::CallExpr &) { return false; }
  /// A function of the C library: it does nothing but what its manual says.
  bool isLibraryCall(const clang::CallExpr &C) const;
  /// Declared in a system header.
  bool isLibrary(const clang::FunctionDecl &F) const;

private:
  ApiResolver &Apis;
};

class DefinitionFlow {
public:
  DefinitionFlow(const clang::ASTContext &Ctx, PlaceTable &Places,
                 const clang::FunctionDecl &F, CallOracle &Oracle);
  ~DefinitionFlow();

  /// False: no graph, or the visit limit was hit. Nothing is known then.
  bool isValid() const { return Valid; }

  const Definition &operator[](DefinitionId D) const { return Table[D]; }

  /// Calls `Visit(state before, statement)` for each reachable statement: a
  /// call, a declaration, an operator, a return; operands come before what
  /// uses them. A `switch` comes with the state in which it is decided.
  void
  forEach(llvm::function_ref<void(const DefinitionState &, const clang::Stmt *)>
              Visit);

  /// The definitions of an expression's value; casts are seen through.
  DefinitionSet valueOf(const clang::Expr *E, const DefinitionState &S) {
    return valueOf(E, S, 0);
  }
  DefinitionSet valueOf(PlaceId P, const DefinitionState &S) const {
    return valueOfPlace(P, S);
  }
  /// The place that `E` designates. An element of an array counts as the whole
  /// array, `IsElement` tells.
  PlaceId placeOf(const clang::Expr *E, bool *IsElement = nullptr);
  /// What `S` writes.
  llvm::SmallVector<PlaceWrite, 2> writesOf(const clang::Stmt *S,
                                            const DefinitionState &Before);

private:
  using Writes = llvm::SmallVectorImpl<PlaceWrite>;

  DefinitionSet valueOf(const clang::Expr *E, const DefinitionState &S,
                        unsigned Depth);
  DefinitionSet valueOfPlace(PlaceId P, const DefinitionState &S) const;
  std::optional<Definition> constant(const clang::Expr *E) const;
  DefinitionId intern(const void *Key, Definition D);
  DefinitionSet defined(const clang::Expr *E, Definition::Kind K);
  void addWrite(Writes &Out, const clang::Expr *To, DefinitionSet Value);
  void addDeclaration(Writes &Out, const clang::VarDecl *V,
                      const DefinitionState &Before);
  void addFields(Writes &Out, PlaceId Object, const clang::InitListExpr *List,
                 const DefinitionState &Before);
  void addCall(Writes &Out, const clang::CallExpr *C,
               const DefinitionState &Before);
  PlaceId pointee(const clang::Expr *Pointer, bool *IsElement);
  PlaceId wholeArray(PlaceId P, bool *IsElement);
  void forgetBehind(DefinitionState &S, const clang::Stmt *Call);
  void store(DefinitionState &S, const PlaceWrite &W) const;
  void transfer(DefinitionState &S, const clang::Stmt *Each);
  bool findEscapes(const clang::Stmt *Body);
  void escape(const clang::Expr *E);
  void escapeReferences(const clang::CXXConstructExpr *C);
  DefinitionState entryState();
  bool isEscaped(PlaceId P) const;
  bool isPartOf(PlaceId Id, PlaceId Of) const;
  bool solve();

  const clang::ASTContext &Ctx;
  const clang::FunctionDecl &Function;
  PlaceTable &Places;
  CallOracle &Oracle;
  PlaceBuilder Builder;
  VariableUse Use;
  std::unique_ptr<clang::CFG> Cfg;
  std::deque<Definition> Table; // 0: unknown; references stay valid
  llvm::DenseMap<std::pair<const void *, unsigned>, DefinitionId> Ids;
  llvm::DenseSet<uintptr_t> Escaped;
  std::vector<std::optional<DefinitionState>> AtEntry;
  bool Valid = false;
};

/// Whether the token at `L` was written as the macro `Name`, directly or in
/// another macro's definition or argument.
bool isSpelledAs(clang::SourceLocation L, llvm::StringRef Name,
                 const clang::ASTContext &Ctx);

/// Without parentheses, casts and the wrappers of full expressions; null stays
/// null.
const clang::Expr *withoutCasts(const clang::Expr *E);

} // namespace thread_stop::flow

#endif
