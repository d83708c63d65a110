// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#define CAPABILITY __attribute__((capability("mutex")))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define SCOPED __attribute__((scoped_lockable))

class CAPABILITY Mutex {
public:
    void Lock() ACQUIRE();
    void Unlock() RELEASE();
    bool TryLock() TRY_ACQUIRE(true);
};
class SCOPED MutexLock {
public:
    explicit MutexLock(Mutex *m) ACQUIRE(m);
    ~MutexLock() RELEASE();
};
static Mutex mu;
static long n;
extern long compute();

// Fires: annotated method.
void a()
{
    int t;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    mu.Lock(); // expect: thread-stop-async-cancel-with-lock
    n++;
    mu.Unlock();
    pthread_setcanceltype(t, nullptr);
}
// Fires: annotated guard.
void b()
{
    int t;
    MutexLock l(&mu);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    n++;
    pthread_setcanceltype(t, nullptr);
}
// Silent: not held.
void c()
{
    int t;
    if (mu.TryLock()) {
        n++;
        mu.Unlock();
        return;
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 3; i = i + 1) ;
    pthread_setcanceltype(t, nullptr);
}
// Fires: required from the caller.
void d() REQUIRES(mu);
void d()
{
    int t;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    n++;
    pthread_setcanceltype(t, nullptr);
}
// Silent: unlock and lock again around.
void e() REQUIRES(mu);
void e()
{
    int t;
    mu.Unlock();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 3; i = i + 1) ;
    pthread_setcanceltype(t, nullptr);
    mu.Lock();
}
// Silent: guard's scope ended.
void f()
{
    int t;
    {
        MutexLock l(&mu);
        n++;
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 3; i = i + 1) ;
    pthread_setcanceltype(t, nullptr);
}
