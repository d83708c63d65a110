// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void freep(void *p) { free(*(void **)p); }
static void closep(int *fd) { if (*fd >= 0) close(*fd); }
static void unlockp(pthread_mutex_t **m) { pthread_mutex_unlock(*m); }
#define _cleanup_free_ __attribute__((cleanup(freep)))
#define _cleanup_close_ __attribute__((cleanup(closep)))
#define WITH_LOCK(m) __attribute__((cleanup(unlockp))) pthread_mutex_t *guard_ = (pthread_mutex_lock(m), (m))

struct unit { int fd; pthread_mutex_t lock; char *name; };
extern int use(const char *s);

// Fires: not run without -fexceptions.
static int load(struct unit *u)
{
    _cleanup_free_ char *buf = malloc(100);
    if (!buf)
        return -1;
    return (int)recv(u->fd, buf, 100, 0); // expect: thread-stop-skipped-cleanup-attribute
}

// Silent: the scope has ended.
static int load_scoped(struct unit *u)
{
    char name[8];
    {
        _cleanup_free_ char *buf = strdup(u->name);
        if (buf)
            strncpy(name, buf, 8);
    }
    return (int)recv(u->fd, name, 8, 0);
}

// Silent: disabled.
static int load_disabled(struct unit *u)
{
    int old, n;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    {
        _cleanup_free_ char *buf = malloc(100);
        n = buf ? (int)recv(u->fd, buf, 100, 0) : -1;
    }
    pthread_setcancelstate(old, NULL);
    return n;
}

// Fires: a lock held by attribute is this check's, not the one of locks.
static void locked(struct unit *u)
{
    WITH_LOCK(&u->lock);
    send(u->fd, u->name, 3, 0); // expect: thread-stop-skipped-cleanup-attribute
}

// Fires: a callee that waits; the second variable has a point of its own.
static int wait_for(int fd) { char c; return (int)read(fd, &c, 1); }
static int two(struct unit *u)
{
    _cleanup_close_ int fd = dup(u->fd);
    if (fd < 0)
        return -1;
    wait_for(fd); // expect: thread-stop-skipped-cleanup-attribute
    _cleanup_free_ char *copy = strdup(u->name);
    return use(copy);
}

// Silent: no wait while it lives.
static int quiet(struct unit *u)
{
    _cleanup_free_ char *copy = strdup(u->name);
    return use(copy);
}

// Fires (leak): taken over before the wait, and nobody frees it then.
static char *steal(struct unit *u)
{
    char *ret;
    {
        _cleanup_free_ char *copy = strdup(u->name);
        ret = copy;
        copy = NULL;
    }
    sleep(1); // expect: thread-stop-leak-across-cancellation-point
    return ret;
}

static void *unit_main(void *arg)
{
    struct unit *u = arg;
    for (;;) {
        load(u);
        load_scoped(u);
        load_disabled(u);
        locked(u);
        two(u);
        quiet(u);
        free(steal(u));
    }
}

void unit_run(struct unit *u)
{
    pthread_t t;
    if (pthread_create(&t, NULL, unit_main, u))
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
