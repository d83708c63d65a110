// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which functions a cancel can hit, as far as one translation unit shows. The
// gated checks speak of these only.

#ifndef THREAD_STOP_CHECKS_FLOW_CANCELLABLE_H
#define THREAD_STOP_CHECKS_FLOW_CANCELLABLE_H

#include "flow/FunctionIndex.h"
#include "flow/Threads.h"
#include "llvm/ADT/DenseSet.h"
#include <memory>
#include <vector>

namespace thread_stop::flow {

class Cancellable {
public:
  void build(const FunctionIndex &Index, ApiResolver &Apis, PlaceTable &Places,
             const Options &Opts, const clang::ASTContext &Ctx);

  /// A thread that is cancelled runs it, or it reckons with being cancelled:
  /// it pushes handlers, tests for a cancel, sets state or type.
  bool isCancellable(FunctionId F) const { return Can[F] != 0; }
  /// A thread that is cancelled runs it, from its start routine on.
  bool isOfCancelledThread(FunctionId F) const { return OfThread[F] != 0; }
  /// The start routines of threads that are cancelled.
  const std::vector<FunctionId> &cancelledStarts() const { return Starts; }

  /// What has to be followed for the gated checks.
  const std::vector<FunctionId> &roots() const { return Roots; }

  /// The process ends right after this request.
  bool isLast(const clang::CallExpr &Request) const {
    return Last.count(&Request) != 0;
  }

  /// Threads and their handles; null where nothing creates or stops one.
  const Threads *threads() const { return All.get(); }

private:
  void findLast(const FunctionIndex &Index, ApiResolver &Apis,
                const clang::ASTContext &Ctx);
  void findStarts(const FunctionIndex &Index, ApiResolver &Apis,
                  PlaceTable &Places, const clang::ASTContext &Ctx);

  std::unique_ptr<Threads> All;
  llvm::DenseSet<const clang::CallExpr *> Last, Unreached;
  std::vector<uint8_t> Can, OfThread;
  std::vector<FunctionId> Starts, Roots;
};

} // namespace thread_stop::flow

#endif
