// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a clang declaration to its row in the model: is this `pthread_cancel`
// the library's, and what does it do?

#ifndef THREAD_STOP_CHECKS_FLOW_API_H
#define THREAD_STOP_CHECKS_FLOW_API_H

#include "flow/Options.h"
#include "model/CancelApi.h"
#include "model/CancellationPoints.h"
#include "model/LockApi.h"
#include "model/ResourceApi.h"
#include "model/SignalApi.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "llvm/ADT/DenseMap.h"
#include <deque>
#include <string>

namespace thread_stop::flow {

/// The rows that describe one function; null where the model has none.
struct Api {
  const model::CancelApi *Cancel = nullptr;
  const model::LockApi *Lock = nullptr;
  const model::CancellationPoint *Point = nullptr;
  const model::ResourceAcquire *Obtains = nullptr;
  const model::ResourceRelease *Releases = nullptr;
  const model::SignalApi *Signal = nullptr;
  const model::Wait *Wait = nullptr;
  /// A function of C that the program does not define.
  bool OfCLibrary = false;
  /// Named in the option CancellationPoints.
  bool DeclaredPoint = false;
  /// From the options: 0 none, 1 first of a pair, 2 second of a pair.
  int DeclaredPair = 0;
  int DeclaredLock = 0;
  int DeclaredResource = 0;
  bool ForcedStop = false;
  bool ThreadCreate = false;
  bool Benign = false; ///< a call of it does not end a function's prologue
  /// setjmp and friends.
  bool SetJump = false;

  bool is(model::CancelRole R) const { return Cancel && Cancel->Role == R; }
  bool setsMode() const {
    return is(model::CancelRole::SetState) || is(model::CancelRole::SetType);
  }
};

/// The qualified name without inline namespaces and template arguments.
std::string plainQualifiedName(const clang::NamedDecl &D);

/// Looks functions up, once each.
class ApiResolver {
public:
  ApiResolver(const clang::ASTContext &Ctx, const Options &Opts)
      : Ctx(Ctx), Opts(Opts) {}

  const Api &of(const clang::FunctionDecl &F);

  /// The guard class of a variable's type (std::lock_guard ...), or null.
  const model::LockGuard *guardOf(const clang::CXXRecordDecl &R);

  /// glibc, unless the headers or the target are musl's.
  model::Libc library() const;

  /// Whether the user can be told about code here: not in a system header.
  bool isUserCode(clang::SourceLocation L) const;

private:
  Api resolve(const clang::FunctionDecl &F) const;

  const clang::ASTContext &Ctx;
  const Options &Opts;
  std::deque<Api> Storage; // stable addresses
  llvm::DenseMap<const clang::FunctionDecl *, const Api *> Known;
  llvm::DenseMap<const clang::CXXRecordDecl *, const model::LockGuard *> Guards;
};

} // namespace thread_stop::flow

#endif
