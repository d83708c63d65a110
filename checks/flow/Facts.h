// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function does that matters to thread cancellation, as plain data. The
// facts generator (FactsGenerator.h) makes it from the AST; the solver and the
// diagnosers read only this.

#ifndef THREAD_STOP_CHECKS_FLOW_FACTS_H
#define THREAD_STOP_CHECKS_FLOW_FACTS_H

#include "flow/Place.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace thread_stop::flow {

/// Index of a source position that a finding or note can point at; the meaning
/// is in the FunctionFlow that owns the facts.
using SiteId = uint32_t;
constexpr SiteId NoSite = ~0u;

/// Index of a function of the translation unit (see FunctionIndex).
using FunctionId = uint32_t;
constexpr FunctionId NoFunction = ~0u;

enum class Relation : uint8_t { EQ, NE, LT, LE, GT, GE };

/// What a branch proves: `Term` compared with `Value`.
struct Assumption {
  PlaceId Term = NoPlace;
  Relation Rel = Relation::NE;
  int64_t Value = 0;
};

Relation negated(Relation R);
inline Assumption negated(Assumption A) {
  A.Rel = negated(A.Rel);
  return A;
}

/// The two things a thread can set about its own cancellation.
enum class ModeKind : uint8_t {
  State, ///< "on" is PTHREAD_CANCEL_DISABLE, "off" PTHREAD_CANCEL_ENABLE
  Type,  ///< "on" is PTHREAD_CANCEL_ASYNCHRONOUS, "off" ..._DEFERRED
};

/// The new value in a call of pthread_setcancelstate or _setcanceltype.
struct ModeArgument {
  enum class Kind : uint8_t {
    Literal,   ///< the constant `On`
    FromPlace, ///< whatever `From` holds
    Either,    ///< `On` if the condition `If` holds, else the other
    Unknown,   ///< a swapped constant, or nothing known
  };
  Kind K = Kind::Unknown;
  bool On = false;
  PlaceId From = NoPlace;
  /// `From` is a local variable of which no call ever gets the address, so
  /// that it cannot hold a saved value unless one was assigned.
  bool NeverSavedTo = false;
  /// Some call of the function saves to `From`.
  bool SaveTarget = false;
  Assumption If = {};
};

/// pthread_setcancelstate / pthread_setcanceltype.
struct SetMode {
  SiteId Site = NoSite;
  ModeKind Which = ModeKind::State;
  ModeArgument Argument;
  /// Where the old value goes; NoPlace when it is dropped or not trackable.
  PlaceId SaveTo = NoPlace;
  /// The call's value where a branch tests it: on failure nothing was set.
  PlaceId Result = NoPlace;
  /// Written by the expansion of a library macro, not by the programmer.
  bool Hidden = false;
};

/// A lock is taken. `Result` is the call's value where a branch tests it: then
/// the lock is held only where that value is zero (or nonzero).
struct Acquire {
  SiteId Site = NoSite;
  PlaceId Lock = NoPlace;
  PlaceId Owner = NoPlace; ///< the RAII guard that will release it
  PlaceId Result = NoPlace;
  bool SuccessIsZero = true;
  bool MayFail = false; ///< a try or timed lock
  bool Adopted = false; ///< was held already; only the owner is new
  bool Shared = false;  ///< with other readers
};

/// A lock is given back. With `Owner`, everything that guard holds.
struct Release {
  PlaceId Lock = NoPlace;
  PlaceId Owner = NoPlace;
  /// The guard only lets go of its locks: they stay taken.
  bool StaysTaken = false;
};

/// pthread_cleanup_push: `Region` indexes FunctionFlow::Regions.
struct PushHandler {
  uint32_t Region = 0;
};

/// pthread_cleanup_pop.
struct PopHandler {
  uint32_t Region = 0;
  /// Known value of the argument, if constant.
  std::optional<bool> Execute;
};

/// A call of a function of the translation unit whose summary is applied.
struct CallFunction {
  SiteId Site = NoSite;
  FunctionId Callee = NoFunction;
  std::vector<Binding> Arguments;
  Binding Object;
  PlaceId Result = NoPlace;
  /// Some branch looks at the result.
  bool ResultTested = false;
  /// Constructs an object with a destructor: its effect lasts for a scope.
  bool IsConstruction = false;
  /// The call is the execution of a cleanup handler by its pop.
  bool IsHandler = false;
  /// The callee is one of a declared pair (DisableFunctions) without a body:
  /// true switches on, false restores.
  std::optional<bool> DeclaredPair;
};

/// An object is made by a constructor whose summary tells what it keeps. What
/// else it does is a matter of CallFunction, for variables.
struct Construct {
  CallFunction Call;
};

/// Whether a pending cancel acts in a call.
enum class PointKind : uint8_t {
  None,
  Strict, ///< perhaps: close, stdio; see the option StrictPoints
  Sure,   ///< a cancellation point
  Exit,   ///< not a point, but the thread ends here: pthread_exit
};

/// A call that matters to a cancel, other than of a function with a summary.
struct PointCall {
  SiteId Site = NoSite;
  PointKind Kind = PointKind::None;
  /// It may act all the same, or nobody knows what it does.
  bool MayAct = false;
  /// Not async-cancel-safe.
  bool AsyncUnsafe = false;
  /// Waits for others without ever looking at a request.
  bool Deaf = false;
  /// Declared to throw nothing although it is a point (wait3, wait4).
  bool Nothrow = false;
  /// A condition wait: the mutex that is taken again before the thread ends.
  PlaceId Reacquires = NoPlace;
};

/// A resource is acquired. `Where` holds it, if the call succeeds.
struct Obtain {
  SiteId Site = NoSite;
  PlaceId Where = NoPlace;
  uint8_t Kind = 0; ///< model::ResourceKind
  /// Where the resource is not the result: the result, and its signs that say
  /// that nothing was acquired.
  PlaceId Result = NoPlace;
  uint8_t ResultFailure = 0;
  /// The same of the value itself.
  uint8_t FailureSigns = 0;
};

/// What `Value` holds is released, or from here on somebody else's as well:
/// stored, handed to a function that may keep it. With `Within`, so is all
/// that is stored in parts of it.
struct Disown {
  PlaceId Value = NoPlace;
  bool Within = false;
  bool Released = false;
};

/// Something is done to a thread.
enum class ThreadDeed : uint8_t { Create, Request, Join, Detach, Use };
struct ThreadOp {
  SiteId Site = NoSite;
  ThreadDeed Deed = ThreadDeed::Use;
  PlaceId Handle = NoPlace;
  /// The call's value where a branch tests it: done only if it is zero.
  PlaceId Result = NoPlace;
  bool MayFail = false; ///< a timed or try join
};

/// join() of a thread object.
struct JoinObject {
  SiteId Site = NoSite;
  PlaceId Object = NoPlace;
};

/// Memory is released, a mutex or the like destroyed.
struct Destroy {
  SiteId Site = NoSite;
  SiteId What = NoSite; ///< the argument
  bool IsLock = false;
  /// What the argument points to.
  PlaceId Object = NoPlace;
  /// Or perhaps done by this function, which gets the argument as its
  /// parameter `Parameter`.
  FunctionId Callee = NoFunction;
  unsigned Parameter = 0;
};

/// A constant is stored.
struct AssignConstant {
  PlaceId To = NoPlace;
  int64_t Value = 0;
};

/// Something of known signs is stored, such as an address.
struct AssignSigns {
  PlaceId To = NoPlace;
  uint8_t Signs = 7; ///< as in Knowledge
};

/// A saved value is given to an object or function that may restore it.
struct Relinquish {};

/// A pointer to an object is given to a function that nobody knows: it may
/// give back a lock inside.
struct Escape {
  PlaceId Object = NoPlace;
  /// The place that holds what is given: a pointer, or a thread's handle.
  PlaceId Value = NoPlace;
};

/// A value is copied from one place to another.
struct CopyPlace {
  PlaceId To = NoPlace;
  PlaceId From = NoPlace;
  /// One of several values that `To` may have (`c ? p : q`, `p + 1`): only
  /// what it means for resources is followed.
  bool Adds = false;
};

/// The truth of a comparison is stored: `ok = lock() == 0`.
struct AssignCondition {
  PlaceId To = NoPlace;
  Assumption Condition;
};

/// A place gets one of two values: `fd >= 0 ? fd : -1`.
struct AssignEither {
  struct Arm {
    PlaceId From = NoPlace; ///< what it holds, or
    int64_t Value = 0;      ///< a constant
  };
  PlaceId To = NoPlace;
  Assumption If;
  Arm Then, Else;
};

/// A place gets an unknown value. With `Variable`, all that is rooted there.
struct Forget {
  PlaceId Target = NoPlace;
  uintptr_t Variable = 0;
};

/// A call that may block or do anything: the function's first lines are over.
struct LeavePrologue {};

/// `return`; `Value` is what is returned where that is a place or constant.
struct Return {
  SiteId Site = NoSite;
};

using Fact = std::variant<SetMode, Acquire, Release, PushHandler, PopHandler,
                          CallFunction, Construct, PointCall, Obtain, Disown,
                          ThreadOp, JoinObject, Destroy, AssignConstant,
                          AssignCondition, AssignEither, AssignSigns, CopyPlace,
                          Escape, Relinquish, Forget, LeavePrologue, Return>;

/// A control flow edge with what it proves (nothing if Term is NoPlace).
struct Edge {
  uint32_t To = 0;
  Assumption Proves = {};
  /// What it proves besides: the `default` of a switch excludes every case.
  std::vector<Assumption> AlsoProves = {};
  /// Taken by an exception: the local objects of the way are destroyed.
  bool Exception = false;
  /// Leads back to a loop's head: what is known of memory that others can
  /// write does not survive it.
  bool Back = false;
};

/// How control leaves a block.
enum class Leaving : uint8_t {
  Continues, ///< along its edges
  NoReturn,  ///< exit, abort, pthread_exit, a noreturn call
  Throws,    ///< a throw that no handler of the function catches
};

struct Block {
  std::vector<Fact> Facts;
  std::vector<Edge> Edges;
  Leaving End = Leaving::Continues;
  /// The function's end is reached from here: by return, by falling off the
  /// end, or by an uncaught throw.
  bool LeavesFunction = false;
  /// The loop that an edge from here goes back to.
  SiteId LoopSite = NoSite;
  /// The label that the block begins with.
  SiteId LabelSite = NoSite;
  /// What each of the ways out from here proves; none: no condition.
  std::vector<Assumption> ExitProves;
};

/// A function's facts along its control flow.
struct FlowGraph {
  std::vector<Block> Blocks;
  uint32_t Entry = 0;
};

} // namespace thread_stop::flow

#endif
