// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static __thread int nest;
static __thread int saved;
static pthread_mutex_t db = PTHREAD_MUTEX_INITIALIZER;
static int rows;

// Silent: a nesting counter; the first one in disables.
static void critical_enter(void)
{
    if (nest++ == 0)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &saved);
}

// Silent: and the last one out restores.
static void critical_leave(void)
{
    if (--nest == 0)
        pthread_setcancelstate(saved, NULL);
}

// Silent: in the section the state is disabled, whoever came first.
static void store(int fd)
{
    critical_enter();
    pthread_mutex_lock(&db);
    write(fd, &rows, sizeof rows);
    pthread_mutex_unlock(&db);
    critical_leave();
}

// Silent: nested twice.
static void store_twice(int fd)
{
    critical_enter();
    pthread_mutex_lock(&db);
    rows++;
    critical_enter();
    write(fd, &rows, sizeof rows);
    critical_leave();
    fsync(fd);
    pthread_mutex_unlock(&db);
    critical_leave();
}

// Fires: no section here.
static void fetch(int fd)
{
    pthread_mutex_lock(&db);
    read(fd, &rows, sizeof rows); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&db);
}

// Silent: the lock outside of the section is given back before the wait.
static void idle(void)
{
    pthread_mutex_lock(&db);
    critical_enter();
    rows = 0;
    critical_leave();
    pthread_mutex_unlock(&db);
    sleep(1);
}

// Silent: no lock of its own.
static void *dbd(void *arg)
{
    int fd = *(int *)arg;
    for (;;) {
        store(fd);
        store_twice(fd);
        fetch(fd);
        idle();
    }
}

// Fires (pthread-cancel): stop.
void dbd_run(int *fd)
{
    pthread_t t;
    if (pthread_create(&t, NULL, dbd, fd))
        return;
    sleep(60);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
