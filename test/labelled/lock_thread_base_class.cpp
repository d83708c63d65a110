// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace base {

class Thread {
public:
    virtual ~Thread() = default;

    bool start() { return pthread_create(&tid_, nullptr, &Thread::trampoline, this) == 0; }

    // Fires (pthread-cancel): the base class stops by force and joins.
    void terminate()
    {
        pthread_cancel(tid_); // expect: thread-stop-pthread-cancel
        pthread_join(tid_, nullptr);
    }

protected:
    virtual void run() = 0;

private:
    static void *trampoline(void *self)
    {
        static_cast<Thread *>(self)->run();
        return nullptr;
    }
    pthread_t tid_;
};

class CThread {
public:
    // Fires: not virtual, so it is known what runs.
    void body()
    {
        pthread_mutex_lock(&m_);
        recv(fd_, &c_, 1, 0); // expect: thread-stop-lock-across-cancellation-point
        pthread_mutex_unlock(&m_);
    }
    static void *entry(void *self)
    {
        auto *me = reinterpret_cast<CThread *>(self);
        for (;;)
            me->body();
    }
    bool start() { return !pthread_create(&tid_, nullptr, entry, this); }
    void stop()
    {
        void *result;
        pthread_cancel(tid_); // expect: thread-stop-pthread-cancel
        pthread_join(tid_, &result);
    }
    // Silent: the owner's side is not cancelled.
    void poke()
    {
        pthread_mutex_lock(&m_);
        send(fd_, "p", 1, 0);
        pthread_mutex_unlock(&m_);
    }

private:
    pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_t tid_;
    int fd_ = -1;
    char c_ = 0;
};

class Ui {
public:
    // Silent: an event handler of the main thread.
    void click()
    {
        pthread_mutex_lock(&m_);
        write(1, "click", 5);
        pthread_mutex_unlock(&m_);
    }

private:
    pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
};

} // namespace base

// Silent: the main thread.
void app()
{
    base::CThread t;
    base::Ui ui;
    t.start();
    t.poke();
    ui.click();
    t.stop();
}
