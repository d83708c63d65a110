// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals in one translation unit: which functions are installed for which
// signals and with which flags, which signals are sent to threads, blocked,
// waited for.

#ifndef THREAD_STOP_CHECKS_FLOW_SIGNALS_H
#define THREAD_STOP_CHECKS_FLOW_SIGNALS_H

#include "flow/Threads.h"
#include "flow/Values.h"
#include <memory>
#include <set>
#include <string>

namespace thread_stop::flow {

class TuAnalysis;

/// A signal number; real-time signals are counted from 1000 (SIGRTMIN) and to
/// 2000 (SIGRTMAX).
using SignalKey = int;
constexpr SignalKey RealTimeMin = 1000, RealTimeMax = 2000;
inline bool isRealTime(SignalKey S) { return S > 500; }
/// `SIGTERM`, `SIGRTMIN + 2`, `signal 40`.
std::string signalName(SignalKey S);

struct SignalKeys {
  llvm::SmallVector<SignalKey, 2> Known; ///< sorted, each once
  bool Incomplete = false;               ///< there may be others
  bool has(SignalKey S) const;
  bool mayHave(SignalKey S) const { return Incomplete || has(S); }
};

/// What a sigset_t holds.
struct SignalSet {
  bool Known = true;
  bool Full = false; ///< then `Except` are those that are not in it
  std::set<SignalKey> Except;

  std::optional<bool> has(SignalKey S) const;
  void join(const SignalSet &Other);
};

/// A call that installs a handler, seen from one place that names it.
struct Install {
  const clang::CallExpr *Call = nullptr; ///< of the C library
  /// The call where handler and signal are named: `Call`, or that of a wrapper.
  const clang::CallExpr *Named = nullptr;
  FunctionId Inside = NoFunction; ///< of Named
  SignalKeys Signals;
  enum class What { Function, Ignore, Default, Unknown };
  What Does = What::Unknown;
  const clang::FunctionDecl *Handler = nullptr;
  FunctionId Id = NoFunction; ///< of the handler, if it has a body here
  enum class Restart { No, Yes, Unknown };
  Restart Restarts = Restart::Unknown;
  /// The expressions that bring SA_RESTART in.
  std::vector<const clang::Expr *> Flags;
};

/// A call that sends a signal to a thread.
struct Send {
  const clang::CallExpr *Call = nullptr;
  FunctionId Inside = NoFunction;
  SignalKeys Signals;
  bool ToSelf = false;
};

/// A call that changes a thread's mask.
struct MaskCall {
  const clang::CallExpr *Call = nullptr;
  FunctionId Inside = NoFunction;
  enum class How { Block, Unblock, Set, Unknown };
  How Does = How::Unknown;
  SignalSet Set;
  const clang::ValueDecl *Old = nullptr; ///< where the old mask goes
};

class Signals {
public:
  explicit Signals(TuAnalysis &A);
  ~Signals();

  Values &values() { return Vals; }
  const std::vector<Install> &installs() const { return Installs; }
  const std::vector<Send> &sends() const { return Sends; }
  const std::vector<MaskCall> &masks() const { return Masks; }

  /// The signals that an expression may be.
  SignalKeys keysOf(const clang::Expr *E, const Frame *In) const;
  /// What the set behind the pointer `E` holds when `At` is reached.
  SignalSet setAt(const clang::Expr *E, const clang::Stmt *At,
                  FunctionId Inside);

  /// Some call gives `S` a handler, or ignores it, or waits for it; calls of
  /// which the signal is not known may.
  bool mayBeHandled(SignalKey S) const;
  /// siginterrupt(S, 1)
  bool isInterrupting(SignalKey S) const;
  /// A timer may send its signal again and again, or a handler sets it again.
  bool repeats() const { return Repeats; }

  /// The installs of a handler that is a function with a body here.
  std::vector<const Install *> installsOf(FunctionId Handler) const;
  /// The functions that handlers run, and for which signals.
  bool runsInHandler(FunctionId F) const { return InHandler[F] != 0; }

private:
  void add(const ApiCall &C);
  void addInstall(const ApiCall &C, const Frame *In, unsigned Depth);
  bool expandRows(const ApiCall &C, const Frame *In, const clang::Expr *Signal,
                  const clang::Expr *Handler, unsigned Depth);
  bool expandCallers(const ApiCall &C, const Frame *In,
                     const clang::FunctionDecl *Parameter, unsigned Depth);
  void finish(Install New, const ApiCall &C, const Frame *In,
              const ResolvedSet &Handlers);
  void addMask(const ApiCall &C);
  void addSend(const clang::CallExpr &C, FunctionId Inside, int Signal);
  void findReached();

  TuAnalysis &A;
  Values Vals;
  std::vector<Install> Installs;
  std::vector<Send> Sends;
  std::vector<MaskCall> Masks;
  std::vector<SignalSet> Accepted;
  SignalKeys Interrupting;
  std::vector<uint8_t> InHandler;
  std::vector<FunctionId> Alarms; ///< functions that set an alarm
  bool Repeats = false;
};

/// What a struct sigaction holds: in SigAction.cpp.
struct ActionValue {
  ResolvedSet Handlers;
  Install::Restart Restarts = Install::Restart::Unknown;
  std::vector<const clang::Expr *> Flags;
  void join(const ActionValue &Other);
};
/// ... behind the pointer `Action` when `At` is reached.
ActionValue actionAt(const clang::Expr *Action, const clang::Stmt *At,
                     const clang::FunctionDecl *Inside, const Frame *In,
                     Values &Vals, const FunctionIndex &Index);

} // namespace thread_stop::flow

#endif
