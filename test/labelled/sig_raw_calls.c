// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// System calls by their numbers.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// Fires: the whole process dies.
void kill_hard(int tid)
{
    syscall(SYS_tgkill, getpid(), tid, SIGKILL); // expect: thread-stop-process-killing-signal
}

// Fires: no handler here.
void kill_softly(int tid)
{
    syscall(__NR_tkill, tid, SIGTERM); // expect: thread-stop-process-killing-signal
}

// Silent: asks whether it lives; wakes; is another call.
void others(int tid)
{
    syscall(SYS_tgkill, getpid(), tid, 0);
    syscall(SYS_tkill, tid, SIGURG);
    syscall(SYS_kill, tid, SIGTERM);
    syscall(SYS_gettid);
}
