// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: pairs by name whose old value takes a way that is not followed.
#include <pthread.h>
#include <vector>

static thread_local std::vector<int> States;

void disable_cancel() {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  States.push_back(Old);
}
void restore_cancel() {
  int Old = States.back();
  States.pop_back();
  pthread_setcancelstate(Old, nullptr);
}

struct Previous {
  int Value;
  operator int() const { return Value; }
};
class Worker {
  Previous Old;

public:
  void suspend() {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old.Value);
  }
  void resume() { pthread_setcancelstate(Old, nullptr); }
};

// Fires: nothing is named like its other half.
class Leaver {
public:
  void silence() {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr); // expect: thread-stop-cancel-state-not-restored
  }
};
