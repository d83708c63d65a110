// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "traps.h"

const char *trap_program;
const char *trap_mode;

static const struct {
  const char *name;
  void (*run)(void);
} traps[] = {
    {"1", trap_ready_descriptors},
    {"2", trap_test_then_wait},
    {"2b", trap_wake_before_store},
    {"3", trap_dead_threads},
    {"4", trap_unblocked_signal},
    {"5", trap_cached_mask},
    {"6", trap_condition_variables},
    {"7", trap_shared_flags},
    {"8", trap_timeouts},
    {"9", trap_fork_and_exec},
    {"10", trap_signal_handlers},
    {"13", trap_cancellation},
    {"14", trap_no_signal},
    {"15", trap_first_without_waiting},
};

// For trap 9: says whether the signal given is blocked on entry.
static int report_mask(int signo) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  return sigismember(&mask, signo) ? 1 : 0;
}

int main(int argc, char **argv) {
  bool found = false;
  if (argc == 3 && strcmp(argv[1], "report-mask") == 0)
    return report_mask(atoi(argv[2]));
  if (argc == 2 && strcmp(argv[1], "debug-child") == 0)
    return trap_debug_child();
  check_begin(argc, argv);
  trap_program = argv[0];
  trap_mode = argc > 1 ? argv[1] : "signal";
  for (size_t i = 0; i < sizeof traps / sizeof traps[0]; ++i)
    if (argc < 3 || strcmp(argv[2], traps[i].name) == 0) {
      printf("trap %s\n", traps[i].name);
      fflush(stdout);
      traps[i].run();
      found = true;
    }
  CHECK(found);
  return 0;
}
