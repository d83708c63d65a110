// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A daemon in nginx's style: one table of signals, one function that installs.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int signo;
    const char *name;
    void (*handler)(int signo);
} signal_entry;

extern void reload_config(void);
extern void serve(int fd);

static volatile sig_atomic_t terminate, reload;

static void on_signal(int signo)
{
    if (signo == SIGHUP)
        reload = 1;
    else
        terminate = 1;
}

static signal_entry signals[] = {
    { SIGHUP, "HUP", on_signal },
    { SIGTERM, "TERM", on_signal },
    { SIGINT, "INT", on_signal },
    { SIGPIPE, "PIPE", SIG_IGN },
    { 0, NULL, NULL }
};

// Silent: installs all of them without SA_RESTART.
int init_signals(void)
{
    struct sigaction sa;

    for (signal_entry *e = signals; e->signo != 0; e++) {
        memset(&sa, 0, sizeof sa);
        sa.sa_handler = e->handler;
        sigemptyset(&sa.sa_mask);
        if (sigaction(e->signo, &sa, NULL) == -1)
            return -1;
    }
    return 0;
}

// Fires: the flag is tested, then accept waits.
void main_loop(int listener)
{
    for (;;) {
        if (terminate)
            return;
        if (reload) {
            reload = 0;
            reload_config();
        }
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC); // expect: thread-stop-check-then-block
        if (fd < 0 && errno == EINTR)
            continue;
        serve(fd);
    }
}

// Silent: to reload is not to stop, the loop goes on.
void reload_loop(int fd)
{
    char c;

    for (;;) {
        if (reload) {
            reload = 0;
            reload_config();
        }
        if (read(fd, &c, 1) != 1)
            return;
    }
}

// Fires: a null timeout of select, through a variable that is null for good.
void select_loop(int fd)
{
    struct timeval *forever = NULL;

    while (!terminate) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        if (select(fd + 1, &set, NULL, NULL, forever) > 0) // expect: thread-stop-check-then-block
            serve(fd);
    }
}

// Silent: after the loop nothing is tested any more.
void shut_down(int fd)
{
    while (!terminate)
        usleep(1000);
    char c;
    while (read(fd, &c, 1) == 1)
        continue;
}
