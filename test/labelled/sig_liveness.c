// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A signal that asks whether a thread lives stops nothing: that its read goes
// on is what is wanted.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static pthread_t reader;
static int input;
static volatile sig_atomic_t answered;

static void on_ping(int n) { answered = n; }

static void *read_all(void *arg)
{
    char c;
    while (read(input, &c, 1) > 0)
        ;
    return arg;
}

// Silent: the reader does not look at it.
void start(void)
{
    struct sigaction act = {.sa_handler = on_ping, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &act, NULL);
    pthread_create(&reader, NULL, read_all, NULL);
}

int lives(void)
{
    answered = 0;
    pthread_kill(reader, SIGUSR1);
    usleep(1000);
    return answered;
}
