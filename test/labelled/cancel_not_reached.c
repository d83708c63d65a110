// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Creation and cancel stand after a return, as configured out: no thread is
// cancelled.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static pthread_t sweeper;

// Silent: nobody cancels it.
static void *sweep(void *arg)
{
    char head[32];
    int fd = open("/proc/self/status", O_RDONLY);
    if (fd < 0)
        return arg;
    if (read(fd, head, sizeof head) > 0)
        write(1, head, 1);
    close(fd);
    return arg;
}

int sweeper_start(void)
{
    return 0;
    return pthread_create(&sweeper, NULL, sweep, NULL);
}
int sweeper_stop(void)
{
    return 0;
    return pthread_cancel(sweeper);
}

static pthread_t washer;

// Fires: this one is cancelled.
static void *wash(void *arg)
{
    char head[32];
    int fd = open("/proc/self/status", O_RDONLY);
    if (fd < 0)
        return arg;
    if (read(fd, head, sizeof head) > 0) // expect: thread-stop-leak-across-cancellation-point
        write(1, head, 1);
    close(fd);
    return arg;
}
int washer_start(void) { return pthread_create(&washer, NULL, wash, NULL); }
int washer_stop(int hard)
{
    if (hard)
        return pthread_cancel(washer); // expect: thread-stop-pthread-cancel
    return pthread_join(washer, NULL);
}
