// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <atomic>
#include <pthread.h>
extern int work(int);
// A thread class of the project whose trampoline lives in another file.
class Thread {
public:
    virtual ~Thread();
    int start();
    void cancel();

protected:
    virtual void run() = 0;
    pthread_t tid_;
    std::atomic<bool> stop_{false};
};
class Reader : public Thread {
protected:
    // Silent: the body of a thread; it sets its own state first.
    void run() override
    {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
        while (!stop_)
            work(1);
    }
};
class Writer : public Thread {
protected:
    // Silent: disables for its whole life.
    void run() override
    {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        while (!stop_)
            work(1);
    }
};
// Silent: the same with the trampoline in this file.
class Local {
    pthread_t t_;
    static void *entry(void *p) { static_cast<Local *>(p)->body(); return nullptr; }
    void body()
    {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
        while (work(2)) // expect: thread-stop-async-cancel-unsafe-call
            ;
    }

public:
    int start() { return pthread_create(&t_, nullptr, entry, this); }
};
// Silent: virtual body, trampoline in this file.
class VBase {
    pthread_t t_;
    static void *entry(void *p) { static_cast<VBase *>(p)->svc(); return nullptr; }

public:
    virtual int svc() = 0;
    int activate() { return pthread_create(&t_, nullptr, entry, this); }
};
class VTask : public VBase {
public:
    int svc() override
    {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
        return work(3);
    }
};
void go() { Local l; l.start(); VTask t; t.activate(); Reader *r = nullptr; Writer *w = nullptr; (void)r; (void)w; }
