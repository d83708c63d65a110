// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Wrappers of sigaction whose flags depend on what they are given.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_bool stopping;
static pthread_t reader, writer;
static int input;

static void wake_reader(int n) { (void)n; }
static void wake_writer(int n) { (void)n; }

static void *read_on(void *arg)
{
    char c;
    (void)arg;
    while (!stopping)
        read(input, &c, 1); // expect: thread-stop-check-then-block
    return NULL;
}

// As textbooks have it: calls go on, but for the alarm.
static void (*handle(int number, void (*f)(int)))(int)
{
    struct sigaction act, old;
    act.sa_handler = f;
    sigemptyset(&act.sa_mask);
    act.sa_flags = 0;
    if (number != SIGALRM)
        act.sa_flags |= SA_RESTART;
    if (sigaction(number, &act, &old) < 0) return SIG_ERR;
    return old.sa_handler;
}

static void install(int number, void (*f)(int), int restart)
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = f;
    if (restart)
        act.sa_flags = SA_RESTART;
    sigaction(number, &act, NULL);
}

// Fires for the one with the flag.
void start(void)
{
    handle(SIGUSR1, wake_reader); // expect: thread-stop-restarting-handler
    handle(SIGALRM, wake_writer);
    install(SIGUSR2, wake_writer, 0);
    install(SIGWINCH, wake_writer, 1); // expect: thread-stop-restarting-handler
    pthread_create(&reader, NULL, read_on, NULL);
    pthread_create(&writer, NULL, read_on, NULL);
}

void stop(void)
{
    stopping = 1;
    pthread_kill(reader, SIGUSR1);
    pthread_kill(writer, SIGUSR2);
    pthread_kill(writer, SIGALRM);
    pthread_kill(writer, SIGWINCH);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
}
