// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

static pthread_t pump, counter;
extern long pumped(void);

static void *pump_main(void *arg)
{
    while (pumped() > 0)
        sleep(1);
    return arg;
}

static void *counter_main(void *arg)
{
    (void)arg;
    sleep(1);
    return (void *)pumped();
}

int pump_start(int *fd)
{
    return pthread_create(&pump, NULL, pump_main, fd) |
           pthread_create(&counter, NULL, counter_main, fd);
}

// Fires: only a cancelled thread answers below zero.
int pump_stop(void)
{
    void *r;
    pthread_cancel(pump); // expect: thread-stop-pthread-cancel
    pthread_join(pump, &r);
    return (intptr_t)r < 0; // expect: thread-stop-canceled-compare
}

// Fires: the same the other way round.
int pump_done(void)
{
    void *r;
    pthread_join(pump, &r);
    return -1 < (long)r; // expect: thread-stop-canceled-compare
}

// Silent: the counter's own numbers.
int counter_stop(void)
{
    void *r;
    pthread_cancel(counter); // expect: thread-stop-pthread-cancel
    pthread_join(counter, &r);
    return (intptr_t)r < 0 || (intptr_t)r == -1;
}

// Silent: another bound.
int pump_small(void)
{
    void *r;
    pthread_join(pump, &r);
    return (intptr_t)r < 8;
}

// Silent: an unsigned number is never below.
int pump_unsigned(void)
{
    void *r;
    pthread_join(pump, &r);
    return (uintptr_t)r < 4096;
}
