// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits of the only thread that a timer interrupts each second: a stop signal
// that comes too early costs that second and no more.
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t leaving;
static void on_leave(int sig) { (void)sig; leaving = 1; }
static void on_tick(int sig) { (void)sig; }

void report(void);

static void tick_each_second(void)
{
    const struct itimerval each = {.it_interval = {1, 0}, .it_value = {1, 0}};
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};

    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = on_leave;
    sigaction(SIGTERM, &action, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
}

// Silent: pause() ends with each tick.
static void show(void)
{
    while (!leaving) {
        report();
        pause();
    }
}

// Fires: read() goes on after the tick, that is what SA_RESTART is for.
static void copy(int fd)
{
    char c;

    while (!leaving)
        (void)read(fd, &c, 1); // expect: thread-stop-check-then-block
}

int main(void)
{
    tick_each_second();
    show();
    copy(0);
    return 0;
}
