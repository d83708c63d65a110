// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Signal() of the textbooks: a wrapper that installs for its callers.
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

typedef void Sigfunc(int);

extern void take(int fd);

static pthread_t acceptor;
static volatile sig_atomic_t quit, hangups;

// Silent: what it does depends on the caller.
static Sigfunc *Signal(int signo, Sigfunc *func)
{
    struct sigaction act, oact;

    act.sa_handler = func;
    sigemptyset(&act.sa_mask);
    act.sa_flags = 0;
    if (signo == SIGALRM) {
#ifdef SA_INTERRUPT
        act.sa_flags |= SA_INTERRUPT;
#endif
    } else {
        act.sa_flags |= SA_RESTART;
    }
    if (sigaction(signo, &act, &oact) < 0)
        return SIG_ERR;
    return oact.sa_handler;
}

static void on_quit(int signo)
{
    (void)signo;
    quit = 1;
}

static void on_hup(int signo)
{
    (void)signo;
    ++hangups;
}

static void on_exit_request(int signo)
{
    (void)signo;
    pthread_exit(NULL); // expect: thread-stop-exit-in-handler
}

// Fires: the flags depend on the signal, and SA_RESTART is among them.
void install_all(void)
{
    Signal(SIGUSR1, on_quit); // expect: thread-stop-restarting-handler
    Signal(SIGHUP, on_hup); // expect: thread-stop-restarting-handler
    Signal(SIGUSR2, on_exit_request);
}

static void *accept_main(void *arg)
{
    int fd;
    while ((fd = accept(*(int *)arg, NULL, NULL)) >= 0 && !quit) // expect: thread-stop-check-then-block
        take(fd);
    return NULL;
}

void start(int *listener)
{
    pthread_create(&acceptor, NULL, accept_main, listener);
}

// Silent: handled.
void stop(void)
{
    pthread_kill(acceptor, SIGUSR1);
    pthread_kill(acceptor, SIGHUP);
    pthread_join(acceptor, NULL);
}
