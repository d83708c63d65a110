// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Servers that wait for their client before the loop that tests the flag, stop
// only when nobody is served any more, and wait with a timeout that may be none.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <poll.h>
#include <unistd.h>

static volatile sig_atomic_t going_on = 1;
static volatile sig_atomic_t by_signal;
static volatile sig_atomic_t reread;

static void on_stop(int number)
{
    going_on = 0;
    by_signal = number;
}

static void on_any(int number)
{
    if (number == SIGHUP)
        reread = 1;
    else
        going_on = 0;
}

static void install(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

extern void serve(int client);
extern int clients(void);

//===--- Before the loop --------------------------------------------------===//

int one_client(int listener)
{
    int client;

    install(on_stop);
    for (;;) {
        client = accept(listener, NULL, NULL);
        if (client >= 0)
            break;
        else if (errno != EINTR) { // expect: thread-stop-eintr-retry
            perror("accept");
            return 1;
        }
    }
    while (going_on) {
        serve(client);
        sleep(1);
    }
    return by_signal;
}

// Silent: one of the two that the handler sets is looked at, and the answer to
// a second comparison with EINTR is known.
int looks_at_the_other(int listener)
{
    int client;

    install(on_stop);
    for (;;) {
        client = accept(listener, NULL, NULL); // expect: thread-stop-check-then-block
        if (client >= 0)
            break;
        else if (errno != EINTR) {
            perror("accept");
            return 1;
        } else if (errno == EINTR && !going_on) {
            close(listener);
            if (by_signal)
                return 128 + by_signal;
            else
                return 1;
        }
    }
    while (going_on) {
        serve(client);
        sleep(1);
    }
    return 0;
}

// The handler sets them for different signals: a look at one tells nothing of
// the other.
int looks_at_another(int listener)
{
    struct sigaction action;
    int client;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_any;
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    for (;;) {
        client = accept(listener, NULL, NULL); // expect: thread-stop-check-then-block
        if (client >= 0)
            break;
        if (errno != EINTR) // expect: thread-stop-eintr-retry
            return 1;
        if (reread)
            return 2;
    }
    while (going_on) {
        serve(client);
        sleep(1);
    }
    return 0;
}

// Silent: no handler yet.
int handler_comes_later(int listener)
{
    struct sigaction action;
    int client;

    do
        client = accept(listener, NULL, NULL);
    while (client < 0 && errno == EINTR);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_stop;
    sigaction(SIGINT, &action, NULL);
    while (going_on) {
        serve(client);
        sleep(1);
    }
    return 0;
}

//===--- Only when nobody is served ---------------------------------------===//

static struct timeval *patience(struct timeval *limit, int idle)
{
    return idle ? limit : NULL;
}

int stops_when_idle(int listener)
{
    fd_set in;
    int failed = 0;

    install(on_stop);
    while (!failed) {
        FD_ZERO(&in);
        FD_SET(listener, &in);
        if (select(listener + 1, &in, NULL, NULL, NULL) < 0 && errno != EINTR) // expect: thread-stop-check-then-block
            perror("select");
        if (FD_ISSET(listener, &in))
            serve(listener);
        if (!going_on && !clients())
            break;
    }
    return 0;
}

// Silent: the flag only changes what is printed.
int prints_when_idle(int listener)
{
    fd_set in;

    install(on_stop);
    for (;;) {
        FD_ZERO(&in);
        FD_SET(listener, &in);
        if (select(listener + 1, &in, NULL, NULL, NULL) < 0)
            return 1;
        serve(listener);
        if (!going_on && !clients())
            puts("idle");
    }
}

//===--- With a limit, or none --------------------------------------------===//

int limit_of_a_function(int listener, int idle)
{
    struct timeval limit = {1, 0};
    fd_set in;

    install(on_stop);
    while (going_on) {
        FD_ZERO(&in);
        FD_SET(listener, &in);
        if (select(listener + 1, &in, NULL, NULL, patience(&limit, idle)) > 0) // expect: thread-stop-check-then-block
            serve(listener);
    }
    return 0;
}

int limit_chosen_here(int listener, int idle)
{
    struct pollfd one = {listener, POLLIN, 0};

    install(on_stop);
    while (going_on) {
        const int limit = idle ? -1 : 1000;
        if (poll(&one, 1, limit) > 0) // expect: thread-stop-check-then-block
            serve(listener);
    }
    return 0;
}

// Silent: one limit or the other.
int always_limited(int listener, int idle)
{
    struct pollfd one = {listener, POLLIN, 0};

    install(on_stop);
    while (going_on) {
        if (poll(&one, 1, idle ? 5000 : 1000) > 0)
            serve(listener);
    }
    return 0;
}

// Silent: what the variable held before does not count.
int set_after(int listener)
{
    struct timeval limit = {1, 0}, *given = NULL;
    fd_set in;

    install(on_stop);
    given = &limit;
    while (going_on) {
        FD_ZERO(&in);
        FD_SET(listener, &in);
        if (select(listener + 1, &in, NULL, NULL, given) > 0)
            serve(listener);
    }
    return 0;
}
