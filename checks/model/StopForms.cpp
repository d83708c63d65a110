// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/StopForms.h"

#include <algorithm>

namespace thread_stop {
namespace model {

static const StopForm Rows[] = {
    {"accept", "thread_stop_accept", StopResult::MinusOne, true},
    {"accept4", "thread_stop_accept4", StopResult::MinusOne, true},
    {"clock_nanosleep", "thread_stop_clock_nanosleep", StopResult::ErrorNumber,
     false},
    {"connect", "thread_stop_connect", StopResult::MinusOne, true},
    {"epoll_wait", "thread_stop_epoll_wait", StopResult::MinusOne, true},
    {"nanosleep", "thread_stop_nanosleep", StopResult::MinusOne, false},
    {"poll", "thread_stop_poll", StopResult::MinusOne, false},
    {"ppoll", "thread_stop_ppoll", StopResult::MinusOne, false},
    {"pselect", "thread_stop_pselect", StopResult::MinusOne, false},
    {"pthread_cond_timedwait", "thread_stop_cond_timedwait",
     StopResult::ErrorNumber, true},
    {"pthread_cond_wait", "thread_stop_cond_wait", StopResult::ErrorNumber,
     true},
    {"read", "thread_stop_read", StopResult::MinusOne, true},
    {"readv", "thread_stop_readv", StopResult::MinusOne, true},
    {"recv", "thread_stop_recv", StopResult::MinusOne, true},
    {"recvfrom", "thread_stop_recvfrom", StopResult::MinusOne, true},
    {"recvmsg", "thread_stop_recvmsg", StopResult::MinusOne, true},
    {"select", "thread_stop_select", StopResult::MinusOne, false},
    {"sem_wait", "thread_stop_sem_wait", StopResult::MinusOne, true},
    {"send", "thread_stop_send", StopResult::MinusOne, true},
    {"sendmsg", "thread_stop_sendmsg", StopResult::MinusOne, true},
    {"sendto", "thread_stop_sendto", StopResult::MinusOne, true},
    {"sleep", "thread_stop_sleep", StopResult::SecondsLeft, false},
    {"waitpid", "thread_stop_waitpid", StopResult::MinusOne, true},
    {"write", "thread_stop_write", StopResult::MinusOne, true},
    {"writev", "thread_stop_writev", StopResult::MinusOne, true},
};

llvm::ArrayRef<StopForm> stopForms() { return Rows; }

const StopForm *findStopForm(llvm::StringRef Name) {
  const StopForm *Found = std::lower_bound(
      std::begin(Rows), std::end(Rows), Name,
      [](const StopForm &Row, llvm::StringRef N) { return Row.Name < N; });
  return Found != std::end(Rows) && Found->Name == Name ? Found : nullptr;
}

} // namespace model
} // namespace thread_stop
