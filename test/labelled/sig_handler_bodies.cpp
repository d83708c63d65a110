// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What handlers do: faults, loggers, guards in helpers, exceptions that stay.
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <stdexcept>

static sigjmp_buf probe;
static std::mutex log_mutex;
static sem_t posted;
static volatile std::sig_atomic_t seen;

// Silent: a fault is probed for, no thread is stopped.
static void on_fault(int sig) { siglongjmp(probe, sig); }

bool readable(const volatile char *p)
{
    struct sigaction sa{}, old{};
    sa.sa_handler = on_fault;
    sigaction(SIGSEGV, &sa, &old);
    bool ok = false;
    if (sigsetjmp(probe, 1) == 0) {
        (void)*p;
        ok = true;
    }
    sigaction(SIGSEGV, &old, nullptr);
    return ok;
}

namespace logging {
// Fires: a handler comes here.
void write(const char *)
{
    std::unique_lock<std::mutex> hold(log_mutex); // expect: thread-stop-exit-in-handler
}
} // namespace logging

static void on_term(int) { logging::write("terminated"); }

// Silent: try_lock does not wait, sem_post is safe.
static void on_usr1(int)
{
    if (log_mutex.try_lock())
        log_mutex.unlock();
    sem_post(&posted);
}

// Silent: the exception does not leave the handler.
static void on_usr2(int)
{
    try {
        throw std::runtime_error("inside");
    } catch (...) {
        seen = 1;
    }
}

// Silent: ends the process.
static void on_quit(int) { std::_Exit(1); }

// Fires: a lambda is a handler as well.
void install()
{
    std::signal(SIGTERM, on_term);
    std::signal(SIGUSR1, on_usr1);
    std::signal(SIGUSR2, on_usr2);
    std::signal(SIGQUIT, on_quit);
    struct sigaction sa{};
    sa.sa_handler = +[](int) { pthread_exit(nullptr); }; // expect: thread-stop-exit-in-handler
    sigaction(SIGALRM, &sa, nullptr);
}

// Silent: nobody installs it.
void unused(int) { pthread_exit(nullptr); }
