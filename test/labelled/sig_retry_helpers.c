// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Retries in helpers, by goto, by switch, inverted.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

extern void use(const void *data, ssize_t n);

static volatile sig_atomic_t stopping;

static void on_term(int sig) { (void)sig; stopping = 1; }

void setup(void)
{
    struct sigaction sa = { .sa_handler = on_term };
    sigaction(SIGTERM, &sa, NULL);
}

// Fires: called from a loop that looks at the flag; the retry does not.
static ssize_t recv_retry(int fd, void *to, size_t len)
{
    ssize_t n;
    do n = recv(fd, to, len, 0); while (n == -1 && errno == EINTR); // expect: thread-stop-eintr-retry, thread-stop-check-then-block
    return n;
}

void receive(int fd)
{
    char data[512];
    while (!stopping) {
        ssize_t n = recv_retry(fd, data, sizeof data);
        if (n <= 0)
            return;
        use(data, n);
    }
}

// Fires: by goto.
void receive_goto(int fd)
{
    char data[512];
    ssize_t n;
    while (!stopping) {
again:
        n = recv(fd, data, sizeof data, 0); // expect: thread-stop-check-then-block
        if (n < 0 && errno == EINTR) goto again; // expect: thread-stop-eintr-retry
        if (n <= 0)
            return;
        use(data, n);
    }
}

// Fires: everything but EINTR leaves the inner loop.
void receive_inverted(int fd)
{
    char data[512];
    ssize_t n = 1;
    while (!stopping && n > 0) {
        for (;;) {
            n = recv(fd, data, sizeof data, 0); // expect: thread-stop-check-then-block
            if (n >= 0)
                break;
            if (errno != EINTR) // expect: thread-stop-eintr-retry
                return;
        }
        use(data, n);
    }
}

// Fires: a switch over errno.
void receive_switch(int fd)
{
    char data[512];
    for (;;) {
        ssize_t n = recv(fd, data, sizeof data, 0); // expect: thread-stop-check-then-block
        if (n < 0) {
            switch (errno) {
            case EINTR: // expect: thread-stop-eintr-retry
                continue;
            default:
                return;
            }
        }
        use(data, n);
        if (stopping)
            return;
    }
}

// Silent as a retry: the flag is looked at first.
void receive_tested(int fd)
{
    char data[512];
    ssize_t n;
    while (!stopping) {
        do {
            n = recv(fd, data, sizeof data, 0); // expect: thread-stop-check-then-block
        } while (!stopping && n < 0 && errno == EINTR);
        use(data, n);
    }
}

// Silent: does not wait.
void receive_what_is_there(int fd)
{
    char data[512];
    ssize_t n;
    while (!stopping) {
        do n = recv(fd, data, sizeof data, MSG_DONTWAIT | MSG_TRUNC); while (n < 0 && errno == EINTR);
        use(data, n);
        usleep(1000);
    }
}
