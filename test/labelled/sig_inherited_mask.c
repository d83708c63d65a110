// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread is born with the mask of its creator: a signal that is blocked there
// stays pending when it is sent, unless the thread lets it in.
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

void *take_signals(void *arg); // in another file: sigwait

static pthread_t by_creator, by_caller, by_helper, too_late, sometimes, unblocked, other_signal, lets_in, visible;

// Silent: blocked first.
int start_by_creator(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return pthread_create(&by_creator, NULL, take_signals, NULL);
}
void stop_by_creator(void) { pthread_kill(by_creator, SIGTERM); }

// Silent: each caller has blocked it.
static int start_later(void) { return pthread_create(&by_caller, NULL, take_signals, NULL); }
int set_up(void)
{
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return start_later();
}
void stop_later(void) { pthread_kill(by_caller, SIGTERM); }

// Silent: by a helper, and given back after the creation.
static void mask_all(sigset_t *old)
{
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, old);
}
int start_by_helper(void)
{
    sigset_t old;
    mask_all(&old);
    const int failed = pthread_create(&by_helper, NULL, take_signals, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed;
}
void stop_by_helper(void) { pthread_kill(by_helper, SIGTERM); }

// Silent: seen to leave it blocked; it stays pending.
static void *count_up(void *arg)
{
    for (int i = 0; i < 100; ++i)
        usleep(1000);
    return arg;
}
int start_visible(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return pthread_create(&visible, NULL, count_up, NULL);
}
void stop_visible(void) { pthread_kill(visible, SIGALRM); }

// Fires: blocked after the creation.
int start_too_late(void)
{
    sigset_t set;
    const int failed = pthread_create(&too_late, NULL, take_signals, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return failed;
}
void stop_too_late(void) { pthread_kill(too_late, SIGTERM); } // expect: thread-stop-process-killing-signal

// Fires: blocked on one path only.
int start_sometimes(int quiet)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (quiet)
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    return pthread_create(&sometimes, NULL, take_signals, NULL);
}
void stop_sometimes(void) { pthread_kill(sometimes, SIGTERM); } // expect: thread-stop-process-killing-signal

// Fires: let in again before.
int start_unblocked(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return pthread_create(&unblocked, NULL, take_signals, NULL);
}
void stop_unblocked(void) { pthread_kill(unblocked, SIGTERM); } // expect: thread-stop-process-killing-signal

// Fires: another signal is blocked.
int start_other_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return pthread_create(&other_signal, NULL, take_signals, NULL);
}
void stop_other_signal(void) { pthread_kill(other_signal, SIGTERM); } // expect: thread-stop-process-killing-signal

// Fires: the thread lets it in.
static void *open_up(void *arg)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    for (;;)
        pause();
    return arg;
}
int start_lets_in(void)
{
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return pthread_create(&lets_in, NULL, open_up, NULL);
}
void stop_lets_in(void) { pthread_kill(lets_in, SIGTERM); } // expect: thread-stop-process-killing-signal
