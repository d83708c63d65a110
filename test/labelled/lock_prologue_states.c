// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_t plain, closed, window, opened;
static int seq;

// Silent: only the thread that disables for good calls this.
static void log_closed(int fd)
{
    pthread_mutex_lock(&m);
    write(fd, &seq, sizeof seq);
    pthread_mutex_unlock(&m);
}

// Fires: called in the state that the enabled thread has.
static void log_open(int fd)
{
    pthread_mutex_lock(&m);
    write(fd, &seq, sizeof seq); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&m);
}

// Silent: disabled for its whole life.
static void *closed_main(void *arg)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (int i = 0; i < 100; i++)
        log_closed(*(int *)arg);
    return NULL;
}

// Silent: unconditional ENABLE and DEFERRED at the top, as old books have it.
static void *opened_main(void *arg)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    for (;;) {
        log_open(*(int *)arg);
        sleep(1);
    }
}

// Silent: the window idiom; the lock is held only while disabled.
static void *window_main(void *arg)
{
    char c;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (;;) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        read(*(int *)arg, &c, 1);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        pthread_mutex_lock(&m);
        write(*(int *)arg, &c, 1);
        pthread_mutex_unlock(&m);
    }
}

// Fires: the window is opened with the lock still held.
static void *plain_main(void *arg)
{
    char c;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (;;) {
        pthread_mutex_lock(&m);
        fsync(*(int *)arg);
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        read(*(int *)arg, &c, 1); // expect: thread-stop-lock-across-cancellation-point
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        pthread_mutex_unlock(&m);
    }
}

// Silent: starts all.
int start(int *fd)
{
    return pthread_create(&plain, NULL, plain_main, fd) || pthread_create(&closed, NULL, closed_main, fd) ||
           pthread_create(&window, NULL, window_main, fd) || pthread_create(&opened, NULL, opened_main, fd);
}

// Fires (pthread-cancel): stops all.
void stop(void)
{
    pthread_t *all[] = { &plain, &closed, &window, &opened };
    for (int i = 0; i < 4; i++)
        pthread_cancel(*all[i]); // expect: thread-stop-pthread-cancel
    for (int i = 0; i < 4; i++)
        pthread_join(*all[i], NULL);
}
