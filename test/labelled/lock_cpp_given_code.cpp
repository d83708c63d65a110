// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects that unlock by code that they were given, or by a destructor that is
// declared only.
#include <functional>
#include <memory>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace {

class AtEnd {
public:
  explicit AtEnd(std::function<void()> f) : run(std::move(f)) {}
  ~AtEnd() {
    if (run)
      run();
  }

private:
  std::function<void()> run;
};

struct Unlocker {
  void operator()(pthread_mutex_t *m) const { pthread_mutex_unlock(m); }
};

/// Declared in a header of another library.
class ForeignLock {
public:
  explicit ForeignLock(pthread_mutex_t *);
  ~ForeignLock();
};

struct Queue {
  pthread_mutex_t mutex;
  pthread_cond_t filled;
  pthread_mutex_t statistics;
  int length;

  void wait();
  void wait_for_wrong_lock();
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

void unlock_it(pthread_mutex_t *m) { pthread_mutex_unlock(m); }

void Queue::wait() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  AtEnd unlock([this] { pthread_mutex_unlock(&mutex); });
  while (length == 0)
    pthread_cond_wait(&filled, &mutex);
}

// The other mutex of the object is what the code unlocks.
void Queue::wait_for_wrong_lock() {
  pthread_testcancel();
  pthread_mutex_lock(&statistics);
  pthread_mutex_lock(&mutex);
  AtEnd unlock([this] { pthread_mutex_unlock(&statistics); });
  while (length == 0)
    pthread_cond_wait(&filled, &mutex); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&mutex);
}

void by_copy(Queue *q) {
  pthread_testcancel();
  pthread_mutex_lock(&q->mutex);
  AtEnd unlock([=] { pthread_mutex_unlock(&q->mutex); });
  sleep(1);
}

// A thread's own lambda.
void in_thread() {
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
  std::thread t([&] {
    pthread_testcancel();
    pthread_mutex_lock(&own);
    AtEnd unlock([&] { pthread_mutex_unlock(&own); });
    sleep(1);
  });
  t.join();
}

void by_deleter_function() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  std::unique_ptr<pthread_mutex_t, int (*)(pthread_mutex_t *)> unlock(
      &mutex, pthread_mutex_unlock);
  sleep(1);
}

void by_own_function() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  std::shared_ptr<pthread_mutex_t> unlock(&mutex, unlock_it);
  sleep(1);
}

void by_deleter_class() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  std::unique_ptr<pthread_mutex_t, Unlocker> unlock(&mutex);
  sleep(1);
}

void by_deleter_lambda() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  std::shared_ptr<void> unlock(nullptr,
                               [](void *) { pthread_mutex_unlock(&mutex); });
  sleep(1);
}

// "Unknown function given that object".
void by_foreign_class() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  ForeignLock unlock(&mutex);
  sleep(1);
}

// All of these are for another mutex.
void other_lambda() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  pthread_mutex_lock(&other);
  AtEnd unlock([] { pthread_mutex_unlock(&other); });
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&mutex);
}

void other_deleter() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  pthread_mutex_lock(&other);
  std::unique_ptr<pthread_mutex_t, Unlocker> unlock(&other);
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&mutex);
}

void other_foreign() {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  ForeignLock guard(&other);
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&mutex);
}

// Nobody runs the code when the variable's life ends.
void only_stored() {
  pthread_testcancel();
  std::function<void()> unlock = [] { pthread_mutex_unlock(&mutex); };
  pthread_mutex_lock(&mutex);
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  unlock();
}

// The code that runs at the end has nothing to do with locks.
void only_counts(int *count) {
  pthread_testcancel();
  pthread_mutex_lock(&mutex);
  AtEnd note([=] { ++*count; });
  sleep(1); // expect: thread-stop-lock-across-cancellation-point
  pthread_mutex_unlock(&mutex);
}

} // namespace

void run(Queue &q) {
  q.wait();
  q.wait_for_wrong_lock();
  by_copy(&q);
  in_thread();
  by_deleter_function();
  by_own_function();
  by_deleter_class();
  by_deleter_lambda();
  by_foreign_class();
  other_lambda();
  other_deleter();
  other_foreign();
  only_stored();
  only_counts(&q.length);
}
