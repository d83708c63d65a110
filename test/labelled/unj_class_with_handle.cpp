// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same for classes: the thread gets `this`.
#include <pthread.h>
#include <unistd.h>

class Meter {
public:
  Meter() : samples(new double[16]), label(new char[8]) {
    pthread_mutex_init(&guard, nullptr);
    pthread_create(&reader, nullptr, &Meter::read_all, this);
  }
  // Fires: the destructor takes from under the thread what it works with.
  ~Meter() {
    pthread_cancel(reader);        // expect: thread-stop-pthread-cancel
    pthread_mutex_destroy(&guard); // expect: thread-stop-unjoined-cancel
    delete[] samples;              // expect: thread-stop-unjoined-cancel
    delete[] label;
    pthread_join(reader, nullptr);
  }

private:
  static void *read_all(void *arg) {
    auto *m = static_cast<Meter *>(arg);
    for (;;) {
      pthread_mutex_lock(&m->guard);
      m->step();
      pthread_mutex_unlock(&m->guard);
      sleep(1);
    }
  }
  void step() { samples[0] += 1; }

  pthread_t reader;
  pthread_mutex_t guard;
  double *samples;
  char *label;
};

class Clock {
public:
  Clock() { pthread_create(&hand, nullptr, &Clock::tick, this); }
  // Silent (but for the cancel itself): joined first.
  ~Clock() {
    pthread_cancel(hand); // expect: thread-stop-pthread-cancel
    pthread_join(hand, nullptr);
    delete[] face;
  }

private:
  static void *tick(void *arg) {
    auto *c = static_cast<Clock *>(arg);
    for (;; sleep(1))
      c->face[0]++;
  }
  pthread_t hand;
  char *face = new char[12]();
};

void measure() {
  Meter m;
  Clock c;
  sleep(3);
}
