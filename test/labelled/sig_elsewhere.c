// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A poll that another file makes, and waits right behind an unblocking.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t quit;
static void on_quit(int sig) { (void)sig; quit = 1; }

int await_input(fd_set *ready, int max);
int await_any(struct pollfd *fds, nfds_t count);
void note_members(const fd_set *members);
int work(void);

// Fires: in braces that run once it is the same as without.
static void drain(int fd)
{
    char c;

    do {
        if (!quit)
            (void)read(fd, &c, 1); // expect: thread-stop-check-then-block
    } while (0);
}

// Silent: the macro that looks at the flag decides nothing of the read.
#define LOG_STATE() do { if (quit) break; work(); } while (0)
static void log_and_drain(int fd)
{
    char c;

    LOG_STATE();
    (void)read(fd, &c, 1);
}

static void install(void)
{
    struct sigaction action = {.sa_handler = on_quit};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

// Silent: what another file fills may be what it has polled for.
static void serve(int listener)
{
    fd_set ready;

    while (!quit) {
        await_input(&ready, listener + 1);
        if (FD_ISSET(listener, &ready)) {
            const int client = accept(listener, NULL, NULL);
            if (client >= 0)
                close(client);
        }
    }
}

// Silent: the same with an array.
static void pump(int fd)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = -1}};
    char buffer[64];

    while (!quit)
        if (await_any(fds, 2) > 0 && fds[0].revents)
            (void)read(fd, buffer, sizeof buffer);
}

// Fires: it is only told of the members, and fills nothing.
static void serve_members(int fd)
{
    fd_set members;
    char buffer[64];

    FD_ZERO(&members);
    FD_SET(fd, &members);
    while (!quit) {
        note_members(&members);
        if (FD_ISSET(fd, &members))
            (void)read(fd, buffer, sizeof buffer); // expect: thread-stop-check-then-block
    }
}

// Fires: the signal that waited comes with the unblocking, and nobody looks.
static void *one_line(void *arg)
{
    sigset_t set;
    char c;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (read(0, &c, 1) < 0) // expect: thread-stop-check-then-block
        return arg;
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (quit)
        return NULL;
    return work() ? arg : NULL;
}

// Silent: another signal is unblocked.
static void *another_line(void *arg)
{
    sigset_t set;
    char c;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (read(0, &c, 1) < 0)
        return arg;
    if (quit)
        return NULL;
    return work() ? arg : NULL;
}

// Silent: it looks before it waits, and the wait has an end.
static void *timed_line(void *arg)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (poll(&in, 1, 100) < 0)
        return arg;
    if (quit)
        return NULL;
    return work() ? arg : NULL;
}

int main(void)
{
    pthread_t lines[3];

    install();
    if (pthread_create(&lines[0], NULL, one_line, NULL) ||
        pthread_create(&lines[1], NULL, another_line, NULL) ||
        pthread_create(&lines[2], NULL, timed_line, NULL))
        return 1;
    serve(3);
    pump(4);
    serve_members(5);
    drain(6);
    log_and_drain(7);
    for (int i = 0; i < 3; i++) {
        pthread_kill(lines[i], SIGUSR1);
        pthread_join(lines[i], NULL);
    }
    return 0;
}
