// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function resets the flag, starts the thread, sets the flag and sends the
// signal.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int stopping;

// Fires: the flag says stop when it is 1, whatever it was reset to.
static void *read_on(void *arg)
{
    char c;
    while (!stopping)
        read(*(int *)arg, &c, 1); // expect: thread-stop-check-then-block
    return NULL;
}

int start_and_stop(int fd)
{
    pthread_t thread;
    stopping = 0;
    if (pthread_create(&thread, NULL, read_on, &fd) != 0) return 1;
    sleep(1);
    stopping = 1;
    pthread_kill(thread, SIGUSR1);
    return pthread_join(thread, NULL);
}
