// flags: -fexceptions
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define AUTO_FREE __attribute__((__cleanup__(auto_free)))
#define SCOPED_LOCK(m) __attribute__((cleanup(auto_unlock))) pthread_mutex_t *scoped = (pthread_mutex_lock(m), (m))

static void auto_free(void *p) { free(*(void **)p); }
static void auto_unlock(pthread_mutex_t **m) { pthread_mutex_unlock(*m); }
static void auto_close(int *fd) { close(*fd); }
static void auto_note(int *n) { ++*n; }

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

// Silent: built with -fexceptions the attribute runs when the thread is cancelled.
static int relay(int from, int to)
{
    AUTO_FREE char *b = malloc(1024);
    __attribute__((cleanup(auto_close))) int copy = dup(to);
    ssize_t n;

    if (b == NULL || copy < 0)
        return -1;
    n = recv(from, b, 1024, 0);
    return n > 0 ? (int)send(copy, b, (size_t)n, 0) : -1;
}

// Silent: the scoped lock too.
static void stamp(int fd)
{
    SCOPED_LOCK(&table);
    write(fd, "s", 1);
}

// Fires: the attribute of another variable does not free this one.
static int mixed(int fd)
{
    __attribute__((cleanup(auto_note))) int depth = 0;
    char *b = malloc(10);
    if (!b)
        return -1;
    depth = (int)recv(fd, b, 10, 0); // expect: thread-stop-leak-across-cancellation-point
    free(b);
    return depth;
}

// Fires: a lock by hand beside the scoped one.
static void both(pthread_mutex_t *m, int fd)
{
    SCOPED_LOCK(&table);
    pthread_mutex_lock(m);
    write(fd, "b", 1); // missed: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(m);
}

static void *main_loop(void *arg)
{
    int *fds = arg;
    while (relay(fds[0], fds[1]) > 0) {
        stamp(fds[1]);
        mixed(fds[0]);
        both((pthread_mutex_t *)(fds + 16), fds[1]);
    }
    return NULL;
}

// Fires (pthread-cancel): stop.
void run(int *fds)
{
    pthread_t t;
    if (pthread_create(&t, NULL, main_loop, fds))
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
