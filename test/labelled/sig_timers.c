// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A time limit by alarm: the one alarm may come before the wait.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t expired;

static void on_alarm(int sig)
{
    (void)sig;
    expired = 1;
}

// Fires: the alarm goes off once.
int wait_with_limit(pid_t child, unsigned seconds)
{
    struct sigaction sa, old;
    int status = -1;

    sigemptyset(&sa.sa_mask);
    sa.sa_flags = 0;
    sa.sa_handler = on_alarm;
    sigaction(SIGALRM, &sa, &old);
    expired = 0;
    alarm(seconds);
    while (!expired) {
        if (waitpid(child, &status, 0) == child) // expect: thread-stop-check-then-block
            break;
    }
    alarm(0);
    sigaction(SIGALRM, &old, NULL);
    return status;
}

// Silent: WNOHANG does not wait.
int wait_polling(pid_t child)
{
    int status = -1;
    while (!expired && waitpid(child, &status, WNOHANG) == 0)
        usleep(10000);
    return status;
}

// Fires: the retry swallows what the alarm was for.
int wait_stubborn(pid_t child)
{
    int status = -1;
    while (!expired) {
        pid_t got;
        while ((got = waitpid(child, &status, 0)) == -1 && errno == EINTR); // expect: thread-stop-eintr-retry, thread-stop-check-then-block
        if (got == child)
            break;
    }
    return status;
}
