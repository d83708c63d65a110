// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <string>
#include <vector>
// Forced stops of frameworks (minimal declarations) and cousins that are none.
class QThread { public: void terminate(); void quit(); bool wait(); void requestInterruption(); static QThread *currentThread(); };
class QProcess { public: void terminate(); };
namespace Poco { class Process { public: static void kill(int); }; }
extern "C" { typedef struct SDL_Thread SDL_Thread; void SDL_KillThread(SDL_Thread *); typedef void *HANDLE; int TerminateThread(HANDLE, unsigned long); int TerminateProcess(HANDLE, unsigned); }
class Worker : public QThread { public: void stop() { terminate(); } }; // expect: thread-stop-pthread-cancel
// Fires.
void a(QThread *t, Worker &w, SDL_Thread *s, HANDLE h)
{
    t->terminate(); // expect: thread-stop-pthread-cancel
    w.terminate(); // expect: thread-stop-pthread-cancel
    SDL_KillThread(s); // expect: thread-stop-pthread-cancel
    TerminateThread(h, 1); // expect: thread-stop-pthread-cancel
}
// Silent.
void b(QProcess *p, QThread *t, HANDLE h)
{
    p->terminate();
    t->quit();
    t->requestInterruption();
    TerminateProcess(h, 0);
    Poco::Process::kill(3);
}
// Silent: own class with a terminate().
struct Job { void terminate() {} };
void c(Job &j) { j.terminate(); }
// Silent: the project's own class of that name.
namespace pool {
class QThread { public: void terminate(); };
void own(QThread &t) { t.terminate(); }
}
