// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t -std=c++17-or-later -- -- -isystem %S/Inputs/mock -isystem %S/Inputs/no-cancellation-point
// RUN: %check_tidy %s thread-stop-no-cancellation-point %t -- -- -fno-exceptions -isystem %S/Inputs/mock -isystem %S/Inputs/no-cancellation-point

#include <future>
#include <pthread.h>
#include <semaphore.h>
#include <thread>

class Renderer {
public:
  Renderer();
  void stop();

private:
  void draw();
  void paced();

  unsigned Pixels[100] = {};
  unsigned Colour = 0;
  sem_t Frames;
  std::thread Free, Paced, Waiting;
};

void Renderer::draw() {
  for (unsigned &Pixel : Pixels)
    Pixel = Colour;
  ++Colour;
}

// ---- fires ----

// The thread is an object; its routine is a lambda.
Renderer::Renderer()
    : Frames(), Free([this] {
        while (true) {
        // CHECK-NOTES: [[@LINE-1]]:9: warning: endless loop without a cancellation point: a cancel never acts and the join hangs [thread-stop-no-cancellation-point]
          draw();
        }
      }),
      Paced([this] { paced(); }), Waiting([] {
        std::future<int> Ready;
        Ready.wait();
        // CHECK-NOTES: [[@LINE-1]]:9: warning: 'wait' is no cancellation point: a cancelled thread waits on and the join hangs [thread-stop-no-cancellation-point]
        Ready.get();
        // CHECK-NOTES: [[@LINE-1]]:9: warning: 'get' is no cancellation point: a cancelled thread waits on and the join hangs [thread-stop-no-cancellation-point]
      }) {}
// CHECK-FIXES:      {{^}}        while (true) {{[{]$}}
// CHECK-FIXES-NEXT: {{^}}          pthread_testcancel();{{$}}

// ---- stays silent (a reason per case) ----

// sem_wait is a cancellation point.
void Renderer::paced() {
  while (true) {
    sem_wait(&Frames);
    draw();
  }
}

void Renderer::stop() {
  pthread_cancel(Free.native_handle());
  Free.join();
  pthread_cancel(Paced.native_handle());
  Paced.join();
  pthread_cancel(Waiting.native_handle());
  Waiting.join();
}
