// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The self-pipe trick in three shapes: whoever sets the flag also writes.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

extern void handle(int fd);

static volatile sig_atomic_t done;
static int wake[2];
static int wake_rd, wake_wr;

static void on_term(int sig)
{
    int saved = errno;
    done = sig;
    (void)!write(wake[1], "x", 1);
    errno = saved;
}

static void on_int(int sig)
{
    done = sig;
    (void)!write(wake_wr, "x", 1);
}

int setup(void)
{
    struct sigaction sa = { .sa_handler = on_term };
    if (pipe(wake) != 0)
        return -1;
    wake_rd = wake[0];
    wake_wr = wake[1];
    sigaction(SIGTERM, &sa, NULL);
    sa.sa_handler = on_int;
    return sigaction(SIGINT, &sa, NULL);
}

// Silent: the pipe is in the set.
void loop_poll(int fd)
{
    struct pollfd set[2];
    set[0].fd = fd;
    set[0].events = POLLIN;
    set[1].fd = wake[0];
    set[1].events = POLLIN;
    while (!done) {
        int n = poll(set, 2, -1);
        if (n < 0 && errno == EINTR)
            continue;
        if (set[0].revents)
            handle(fd);
    }
}

// Silent: select's sets are not looked into.
void loop_select(int fd)
{
    while (!done) {
        fd_set in;
        FD_ZERO(&in);
        FD_SET(fd, &in);
        FD_SET(wake_rd, &in);
        if (select(fd > wake_rd ? fd + 1 : wake_rd + 1, &in, NULL, NULL, NULL) > 0 && FD_ISSET(fd, &in))
            handle(fd);
    }
}

// Silent: reads the pipe itself.
void loop_read(void)
{
    char c;
    while (!done)
        if (read(wake_rd, &c, 1) == 1)
            handle(c);
}

// Fires: the pipe is not in this set.
void loop_forgotten(int fd)
{
    struct pollfd only = { .fd = fd, .events = POLLIN };
    while (!done) {
        if (poll(&only, 1, -1) > 0) // expect: thread-stop-check-then-block
            handle(fd);
    }
}
