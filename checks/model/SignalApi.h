// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals: what they do by default, the functions that install handlers, send
// signals and block them, and the calls that wait until one comes.
//
// Sources: POSIX.1-2024; the Linux manual pages signal(7), for the default
// actions and for what SA_RESTART restarts, and of each function; numbers as on
// x86 and Arm. Whether a wait may last for ever is the column `blocking` of
// cancellation_points.tsv; here is with which arguments it does not.

#ifndef THREAD_STOP_MODEL_SIGNALAPI_H
#define THREAD_STOP_MODEL_SIGNALAPI_H

#include "model/ApiTable.h"
#include <cstdint>

namespace thread_stop {
namespace model {

/// What a signal without a handler does to the process.
enum class SignalDefault {
  Terminate,
  Kill, ///< SIGKILL: no handler is possible
  Halt, ///< SIGSTOP: no handler is possible
  Stop,
  Continue,
  Ignore,
};

/// One row of signals.tsv.
struct SignalNumber {
  llvm::StringRef Name;
  int Value;
  SignalDefault Default;
  /// Raised by an instruction of the thread itself: SIGSEGV and the like.
  bool Fault;
};

/// All rows, sorted by name.
llvm::ArrayRef<SignalNumber> signalNumbers();
const SignalNumber *findSignal(llvm::StringRef Name);
/// The row of a number, or null: real-time, or no signal.
const SignalNumber *findSignal(int64_t Value);

/// What a call is for. Behind each the meaning of SignalApi's positions.
enum class SignalRole {
  Install,     ///< Argument becomes the handler of Signal
  Action,      ///< *Argument, a struct sigaction, becomes that of Signal
  Interrupt,   ///< Signal interrupts calls for good, if Argument is not 0
  Ignore,      ///< Signal is ignored
  SendThread,  ///< sends Signal to one thread
  SendProcess, ///< sends Signal to a process
  SendSelf,    ///< sends Signal to the caller
  Mask,        ///< Argument (SIG_BLOCK ...) with Set
  Accept,      ///< waits for, or reads, the signals of Set
  Repeat,      ///< a timer that may send its signal again and again
  Alarm,       ///< a timer that sends its signal once
  Raw,         ///< a system call, of which the first argument says which
  SetEmpty,
  SetFill,
  SetAdd,    ///< Signal to Set
  SetDelete, ///< Signal from Set
  SetLook,   ///< is Signal in Set?
};

/// One row of signal_api.tsv.
struct SignalApi {
  llvm::StringRef Name;
  SignalRole Role;
  int Signal;
  int Set;
  int Argument;
  /// Install: as with SA_RESTART.
  bool Restarts;
};

/// All rows, sorted by name.
llvm::ArrayRef<SignalApi> signalApis();
const SignalApi *findSignalApi(llvm::StringRef Name);

/// What a call waits for.
enum class WaitKind {
  Input,     ///< something to read or accept at descriptor Object
  Output,    ///< room to write at descriptor Object
  Poll,      ///< one of several descriptors
  Child,     ///< a process
  Semaphore, ///< the semaphore Object
  Signal,    ///< any signal
  Queue,     ///< a message queue
  Condition, ///< the condition Object
  Join,      ///< a thread
  Sleep,     ///< time alone
};

/// What a handler that returns does to the call.
enum class WaitRestart {
  Restarted,   ///< EINTR, but with SA_RESTART it goes on
  Interrupted, ///< EINTR in any case
  Deaf,        ///< never EINTR
};

enum class WaitTimeout {
  None,
  Millis,  ///< a number; negative: none
  Pointer, ///< null: none
  Finite,  ///< always there
};

/// One row of waits.tsv.
struct Wait {
  llvm::StringRef Name;
  WaitKind Kind;
  WaitRestart Restart;
  int Object;
  int Timeout;
  WaitTimeout Form;
  int Flags;
  /// The bit in Flags with which it does not wait.
  int NonBlock;
  int Mask;
};

/// All rows, sorted by name.
llvm::ArrayRef<Wait> waits();
const Wait *findWait(llvm::StringRef Name);

/// What is behind a descriptor.
enum class DescriptorKind {
  Stream,  ///< a pipe or a socket
  File,    ///< what a path names: reading waits for devices and FIFOs only
  Counter, ///< an eventfd
  Timer,   ///< reading waits until its time has come
  Signal,  ///< reading accepts signals
};

/// A row of descriptors.tsv: a function that makes descriptors.
struct DescriptorMaker {
  llvm::StringRef Name;
  DescriptorKind Kind;
  int Array; ///< where two descriptors are left; else one is returned
  int Flags; ///< may hold NonBlockFlag
};
/// O_NONBLOCK, SOCK_NONBLOCK, EFD_NONBLOCK ...
constexpr int64_t NonBlockFlag = 2048;

llvm::ArrayRef<DescriptorMaker> descriptorMakers();
const DescriptorMaker *findDescriptorMaker(llvm::StringRef Name);

/// What a waiting call is woken by.
enum class WakerKind {
  Input,      ///< bytes for descriptor Object's other end
  Shutdown,   ///< the end of descriptor Object
  Semaphore,  ///< semaphore Object
  Condition,  ///< condition Object
  Child,      ///< a process that is to end
  Queue,      ///< a message
  Connection, ///< something to accept
  Close,      ///< descriptor Object is closed: later calls fail
};

/// One row of wakers.tsv.
struct Waker {
  llvm::StringRef Name;
  WakerKind Kind;
  int Object;
};

llvm::ArrayRef<Waker> wakers();
const Waker *findWaker(llvm::StringRef Name);

} // namespace model
} // namespace thread_stop

#endif // THREAD_STOP_MODEL_SIGNALAPI_H
