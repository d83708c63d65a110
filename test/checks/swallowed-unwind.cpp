// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-swallowed-unwind %t -std=c++17-or-later

#include <cxxabi.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct Error {};
struct Job {
  int Fd;
  int Result;
  bool Fatal;
};

void note(const char *Text);
[[noreturn]] void giveUp();
void parse(int C);

// ---- fires ----

// Goes on as if nothing had happened.
static void swallows(Job &J) {
  try {
    J.Result = fsync(J.Fd);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:16: note: the thread can be cancelled here
    J.Result = -1;
  }
}
// CHECK-FIXES-LABEL: {{^}}static void swallows(Job &J) {
// CHECK-FIXES:      {{^}}  } catch (abi::__forced_unwind &) {{[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}throw;{{$}}
// CHECK-FIXES-NEXT: {{^}}  } catch (...) {{[{]$}}
// CHECK-FIXES:      {{^}}    J.Result = -1;{{$}}

// Empty.
static void ignores(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the thread can be cancelled here
  }
}
// CHECK-FIXES-LABEL: {{^}}static void ignores(Job &J) {
// CHECK-FIXES:      {{^}}  } catch (abi::__forced_unwind &) {{[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}throw;{{$}}
// CHECK-FIXES-NEXT: {{^}}  } catch (...) {{[{]$}}

// Other handlers before it do not help.
static void typedFirst(Job &J) {
  try {
    fsync(J.Fd);
  } catch (const Error &) {
    J.Result = 1;
  }
  catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-6]]:5: note: the thread can be cancelled here
    J.Result = 2;
  }
}
// CHECK-FIXES-LABEL: {{^}}static void typedFirst(Job &J) {
// CHECK-FIXES:      {{^}}  catch (abi::__forced_unwind &) {{[{]$}}
// CHECK-FIXES-NEXT: {{^ +}}throw;{{$}}
// CHECK-FIXES-NEXT: {{^}}  } catch (...) {{[{]$}}

// Rethrows on one path only.
static void sometimes(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the thread can be cancelled here
    if (J.Fatal)
      throw;
    J.Result = -1;
  }
}

// Leaves the handler before the throw.
static int returns(Job &J) {
  for (;;) {
    try {
      fsync(J.Fd);
    } catch (...) {
    // CHECK-NOTES: [[@LINE-1]]:7: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
    // CHECK-NOTES: [[@LINE-3]]:7: note: the thread can be cancelled here
      if (!J.Fatal)
        return -1;
      throw;
    }
  }
}

// Another exception in its place: the unwinding ends all the same.
static void replaces(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the thread can be cancelled here
    throw Error();
  }
}

// The point is in a callee.
static int wait(int Fd) {
  pollfd P{Fd, POLLIN, 0};
  return poll(&P, 1, -1);
}

static void calleeWaits(Job &J) {
  try {
    parse(wait(J.Fd));
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:11: note: the thread can be cancelled here
  // CHECK-NOTES: [[@LINE-9]]:10: note: the thread is cancelled here
    J.Result = -1;
  }
}

// pthread_exit unwinds, too.
static void exits(Job &J) {
  try {
    if (J.Fd < 0)
      pthread_exit(&J);
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:7: note: the thread ends here
    J.Result = -1;
  }
}

// The inner handler lets it through, the outer one does not.
static void nested(Job &J) {
  try {
    try {
      fsync(J.Fd);
    } catch (...) {
      note("inner");
      throw;
    }
  } catch (...) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-7]]:7: note: the thread can be cancelled here
    note("outer");
  }
}

// A function-try-block.
static void whole(Job &J) try {
  fsync(J.Fd);
} catch (...) {
// CHECK-NOTES: [[@LINE-1]]:3: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
// CHECK-NOTES: [[@LINE-3]]:3: note: the thread can be cancelled here
  J.Result = -1;
}

// Within a lambda that the thread calls.
static void inLambda(Job &J) {
  auto Sync = [&] {
    try {
      fsync(J.Fd);
    } catch (...) {
    // CHECK-NOTES: [[@LINE-1]]:7: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
    // CHECK-NOTES: [[@LINE-3]]:7: note: the thread can be cancelled here
      J.Result = -1;
    }
  };
  Sync();
}

// One that catches the unwinding by name, and keeps it.
static void byName(Job &J) {
  try {
    fsync(J.Fd);
  } catch (abi::__forced_unwind &) {
  // CHECK-NOTES: [[@LINE-1]]:5: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-3]]:5: note: the thread can be cancelled here
    J.Result = -1;
  }
}

// No fix in a macro.
#define QUIETLY(statement)                                                     \
  try {                                                                        \
    statement;                                                                 \
  } catch (...) {                                                              \
  }

static void byMacro(Job &J) {
  QUIETLY(fsync(J.Fd));
  // CHECK-NOTES: [[@LINE-1]]:3: warning: this handler swallows the unwinding of a cancelled thread: the program is aborted [thread-stop-swallowed-unwind]
  // CHECK-NOTES: [[@LINE-2]]:11: note: the thread can be cancelled here
}

// ---- stays silent (a reason per case) ----

// Rethrows on every path.
static void rethrows(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
    note("failed");
    throw;
  }
}

static void rethrowsOnBoth(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
    if (J.Fatal) {
      note("fatal");
      throw;
    } else {
      throw;
    }
  }
}

// The unwinding is caught first, and let through.
static void properly(Job &J) {
  try {
    fsync(J.Fd);
  } catch (abi::__forced_unwind &) {
    throw;
  } catch (...) {
    J.Result = -1;
  }
}

// Ends the program.
static void aborts(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
    note("failed");
    abort();
  }
}

static void die() { giveUp(); }
static void diesInACallee(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
    die();
  }
}

// A handler for exceptions of one type does not catch the unwinding.
static void typed(Job &J) {
  try {
    fsync(J.Fd);
  } catch (const Error &) {
    J.Result = -1;
  }
}

// No point inside: computation, functions of other files, close and stdio.
static void noPoint(Job &J) {
  try {
    parse(J.Result);
    close(J.Fd);
  } catch (...) {
    J.Result = -1;
  }
  fsync(J.Fd);
}

// In the handler, not in the try block.
static void pointInHandler(Job &J) {
  try {
    parse(J.Result);
  } catch (...) {
    fsync(J.Fd);
  }
}

// Disabled.
static void disabled(Job &J) {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  try {
    fsync(J.Fd);
  } catch (...) {
    J.Result = -1;
  }
  pthread_setcancelstate(Old, nullptr);
}

// Unreachable.
static void dead(Job &J) {
  try {
    if (false)
      fsync(J.Fd);
  } catch (...) {
    J.Result = -1;
  }
}

// Silenced by hand.
static void accepted(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) { // NOLINT(thread-stop-swallowed-unwind)
  }
}

static void *worker(void *Arg) {
  Job &J = *static_cast<Job *>(Arg);
  swallows(J), ignores(J), typedFirst(J), sometimes(J), returns(J);
  replaces(J), calleeWaits(J), exits(J), nested(J), whole(J), inLambda(J);
  byName(J), byMacro(J), rethrows(J), rethrowsOnBoth(J), properly(J);
  aborts(J), diesInACallee(J), typed(J), noPoint(J), pointInHandler(J);
  disabled(J), dead(J), accepted(J);
  return nullptr;
}

void run(Job *J) {
  pthread_t Thread;
  pthread_create(&Thread, nullptr, worker, J);
  pthread_cancel(Thread);
  pthread_join(Thread, nullptr);
}

// Nobody cancels the thread that runs it, as far as this file shows.
void ofAnyThread(Job &J) {
  try {
    fsync(J.Fd);
  } catch (...) {
    J.Result = -1;
  }
}
