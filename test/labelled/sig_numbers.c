// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signal numbers that come from elsewhere: variables, tables, getters, enums.
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

enum { QUIT_SIGNAL = 34, FINE_SIGNAL = SIGUSR1 }; // expect: thread-stop-reserved-signal
static const int fixed_signal = 33; // expect: thread-stop-reserved-signal
static const int stop_signals[] = { SIGTERM, SIGUSR1, SIGINT };

struct worker { pthread_t thread; int signal; };

static void on_signal(int sig) { (void)sig; }

// Silent: one handler for all of the table.
void install(void)
{
    struct sigaction sa = { .sa_handler = on_signal };
    for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++)
        sigaction(stop_signals[i], &sa, NULL);
}

void kill_quit(struct worker *w) { pthread_kill(w->thread, QUIT_SIGNAL); }
void kill_fixed(struct worker *w) { pthread_kill(w->thread, fixed_signal); }
void kill_fine(struct worker *w) { pthread_kill(w->thread, FINE_SIGNAL); }

// Silent: handled, by the table.
void kill_term(struct worker *w)
{
    const int sig = SIGTERM;
    pthread_kill(w->thread, sig);
}

// Fires: one arm is never handled.
void kill_choice(struct worker *w, int hard)
{
    pthread_kill(w->thread, hard ? SIGKILL : SIGTERM); // expect: thread-stop-process-killing-signal
}

static int hangup(void) { return SIGHUP; }

// Fires: through a function that only returns it.
void kill_hangup(struct worker *w)
{
    pthread_kill(w->thread, hangup()); // expect: thread-stop-process-killing-signal
}

// Silent: the member may be anything.
void kill_member(struct worker *w) { pthread_kill(w->thread, w->signal); }

// Silent: sent to itself, as raise() does.
void crash(void) { pthread_kill(pthread_self(), SIGABRT); }

// Silent: takes it out of a set.
void all_but_reserved(sigset_t *set)
{
    sigfillset(set);
    sigdelset(set, 32);
    sigdelset(set, 33);
}

// Fires: the arm of a choice.
void wait_for(sigset_t *set, int low)
{
    sigemptyset(set);
    sigaddset(set, low ? SIGUSR2 : 34); // expect: thread-stop-reserved-signal
}

// Silent: accepted by sigwait.
void accept_quit(struct worker *w)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGQUIT);
    sigwait(&set, &got);
    pthread_kill(w->thread, SIGQUIT);
}
