// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DM_THREAD_RUNNING 0
#define DM_THREAD_DONE 2

struct thread_status {
    pthread_t thread;
    char *uuid;
    int status, fd;
    struct thread_status *next;
};

static pthread_mutex_t _global_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t _timeout_cond = PTHREAD_COND_INITIALIZER;
static struct thread_status *_thread_registry;
static struct thread_status *_unused;
static pthread_t _timeout_thread;
static bool _timeout_running;

static void _lock_mutex(void) { pthread_mutex_lock(&_global_mutex); }
static void _unlock_mutex(void) { pthread_mutex_unlock(&_global_mutex); }
static void _exit_timeout(void *unused)
{
    (void)unused;
    _timeout_running = false;
    pthread_mutex_unlock(&_global_mutex);
}

// Silent: the timed wait is covered.
static void *_timeout_main(void *unused)
{
    struct timespec t = { 0, 0 };
    pthread_mutex_lock(&_global_mutex);
    pthread_cleanup_push(_exit_timeout, NULL);
    while (_thread_registry) {
        t.tv_sec = time(NULL) + 5;
        if (pthread_cond_timedwait(&_timeout_cond, &_global_mutex, &t) == ETIMEDOUT)
            continue;
    }
    pthread_cleanup_pop(1);
    return unused;
}

static void _thread_unregister(void *arg)
{
    struct thread_status *t = arg;
    _lock_mutex();
    t->status = DM_THREAD_DONE;
    _unlock_mutex();
}

// Silent: waits without the lock, enabled only around the wait.
static void *_monitor_thread(void *arg)
{
    struct thread_status *t = arg;
    char ev;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cleanup_push(_thread_unregister, t);
    for (;;) {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        ssize_t n = recv(t->fd, &ev, 1, 0);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        if (n == 0)
            t->status = DM_THREAD_DONE;
        _lock_mutex();
        if (t->status == DM_THREAD_DONE) {
            _unlock_mutex();
            pthread_exit(NULL);
        }
        write(2, t->uuid, strlen(t->uuid));
        _unlock_mutex();
    }
    pthread_cleanup_pop(1);
    return NULL;
}

// Silent: freed only if the thread never started.
int register_device(const char *uuid, int fd)
{
    struct thread_status *t = calloc(1, sizeof *t);
    if (!t || !(t->uuid = strdup(uuid))) {
        free(t);
        return -ENOMEM;
    }
    t->fd = fd;
    _lock_mutex();
    if (pthread_create(&t->thread, NULL, _monitor_thread, t)) {
        _unlock_mutex();
        free(t->uuid);
        free(t);
        return -EAGAIN;
    }
    t->next = _thread_registry;
    _thread_registry = t;
    if (!_timeout_running)
        _timeout_running = !pthread_create(&_timeout_thread, NULL, _timeout_main, NULL);
    _unlock_mutex();
    return 0;
}

// Silent (but for the cancel itself): moved to the other list; joined by the reaper below.
void unregister_device(const char *uuid)
{
    struct thread_status **p, *t;
    _lock_mutex();
    for (p = &_thread_registry; (t = *p); p = &t->next) {
        if (strcmp(t->uuid, uuid))
            continue;
        pthread_cancel(t->thread); // expect: thread-stop-pthread-cancel
        *p = t->next;
        t->next = _unused;
        _unused = t;
        break;
    }
    _unlock_mutex();
}

// Silent: joins without the lock, since the handler of the thread wants it.
void reap(void)
{
    struct thread_status *t;
    _lock_mutex();
    while ((t = _unused)) {
        _unused = t->next;
        _unlock_mutex();
        pthread_join(t->thread, NULL);
        free(t->uuid);
        free(t);
        _lock_mutex();
    }
    _unlock_mutex();
}

// Fires: the monitors want the lock that is held here.
void reap_badly(void)
{
    struct thread_status *t;
    _lock_mutex();
    for (t = _unused; t; t = t->next)
        pthread_join(t->thread, NULL); // expect: thread-stop-join-under-lock
    _unlock_mutex();
}

// Silent (but for the cancel itself).
void shutdown_timeout(void)
{
    if (_timeout_running) {
        pthread_cancel(_timeout_thread); // expect: thread-stop-pthread-cancel
        pthread_join(_timeout_thread, NULL);
    }
}
