// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct monitor {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int fd, events, users;
    bool pending;
    struct monitor *next;
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t registry_cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct monitor *registry;

static void lock_registry(void) { pthread_mutex_lock(&registry_lock); }
static void unlock_registry(void) { pthread_mutex_unlock(&registry_lock); }
static void unlock_registry_cleanup(void *unused) { (void)unused; unlock_registry(); }
static void unlock_rw(void *l) { pthread_rwlock_unlock(l); }

#define LOCK_AND_PUSH(m) \
    pthread_mutex_lock(m); \
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, m)
#define POP_AND_UNLOCK() pthread_cleanup_pop(1)

// Silent: lock and push in one macro, pop(1) in another.
static void wait_macro(struct monitor *m)
{
    LOCK_AND_PUSH(&m->lock);
    while (!m->pending)
        pthread_cond_wait(&m->changed, &m->lock);
    m->pending = false;
    POP_AND_UNLOCK();
}

// Fires: the wrapper took the lock, two levels of callees block.
static int query_device(int fd) { char b[16]; return (int)read(fd, b, sizeof b); }
static int refresh(struct monitor *m) { m->events = query_device(m->fd); return m->events; }
static void refresh_locked(struct monitor *m)
{
    lock_registry();
    refresh(m); // expect: thread-stop-lock-across-cancellation-point
    unlock_registry();
}

// Silent: the same with a handler by summary.
static void refresh_protected(struct monitor *m)
{
    pthread_cleanup_push(unlock_registry_cleanup, NULL);
    lock_registry();
    refresh(m);
    unlock_registry();
    pthread_cleanup_pop(0);
}

// Fires: a read lock; the error path gives it back, the plain one waits first.
static int look_up(struct monitor *m)
{
    if (pthread_rwlock_rdlock(&table_lock) != 0)
        return -1;
    if (m->fd < 0) {
        pthread_rwlock_unlock(&table_lock);
        return -1;
    }
    struct pollfd p = { .fd = m->fd, .events = POLLIN };
    int n = poll(&p, 1, -1); // expect: thread-stop-lock-across-cancellation-point
    pthread_rwlock_unlock(&table_lock);
    return n;
}

// Silent: a read lock with its handler.
static int look_up_protected(struct monitor *m)
{
    int n;
    struct pollfd p = { .fd = m->fd, .events = POLLIN };
    pthread_rwlock_rdlock(&table_lock);
    pthread_cleanup_push(unlock_rw, &table_lock);
    n = poll(&p, 1, -1);
    pthread_cleanup_pop(1);
    return n;
}

// Silent: poll with the lock given back, taken again only for the book-keeping.
static void poll_unlocked(struct monitor *m)
{
    struct pollfd p = { .fd = m->fd, .events = POLLIN };
    pthread_mutex_lock(&m->lock);
    while (m->users) {
        pthread_mutex_unlock(&m->lock);
        poll(&p, 1, 1000);
        pthread_mutex_lock(&m->lock);
        m->events++;
    }
    pthread_mutex_unlock(&m->lock);
}

// Fires: the waiter of a global condition.
static struct monitor *pop_first(void)
{
    struct monitor *m;
    lock_registry();
    while (!registry)
        pthread_cond_wait(&registry_cond, &registry_lock); // expect: thread-stop-lock-across-cancellation-point
    m = registry;
    registry = m->next;
    unlock_registry();
    return m;
}

#define CHECK(x) do { if ((x) < 0) { rc = -errno; goto out; } } while (0)

// Fires: control flow hidden in a macro; the first call that waits.
static int handshake(struct monitor *m)
{
    int rc = 0;
    char word[8];
    pthread_mutex_lock(&m->lock);
    CHECK(m->fd);
    CHECK(send(m->fd, "HELO", 4, 0)); // expect: thread-stop-lock-across-cancellation-point
    CHECK(recv(m->fd, word, sizeof word, 0));
out:
    pthread_mutex_unlock(&m->lock);
    return rc;
}

// Silent: the macro leaves before any wait, the lock goes first.
static int handshake_unlocked(struct monitor *m)
{
    int rc = 0, fd;
    char word[8];
    pthread_mutex_lock(&m->lock);
    CHECK(fd = m->fd);
    pthread_mutex_unlock(&m->lock);
    if (recv(fd, word, sizeof word, 0) < 0)
        return -errno;
    return rc;
out:
    pthread_mutex_unlock(&m->lock);
    return rc;
}

// Silent: ioctl is no point, and neither is waiting for another mutex.
static void ask_kernel(struct monitor *m)
{
    pthread_mutex_lock(&m->lock);
    ioctl(m->fd, FIONREAD, &m->events);
    pthread_mutex_lock(&registry_lock);
    m->users++;
    pthread_mutex_unlock(&registry_lock);
    pthread_mutex_unlock(&m->lock);
}

// Fires: trylock that succeeded, then nanosleep.
static void try_then_sleep(struct monitor *m)
{
    struct timespec t = { 0, 1000 };
    if (pthread_mutex_trylock(&m->lock) == 0) {
        nanosleep(&t, NULL); // expect: thread-stop-lock-across-cancellation-point
        pthread_mutex_unlock(&m->lock);
    }
}

// Silent: it sleeps where the lock was not taken.
static void sleep_until_free(struct monitor *m)
{
    struct timespec t = { 0, 1000 };
    while (pthread_mutex_trylock(&m->lock) == EBUSY)
        nanosleep(&t, NULL);
    m->events = 0;
    pthread_mutex_unlock(&m->lock);
}

// Silent: timedlock that may have timed out, the wait is on that branch.
static int timed(struct monitor *m, const struct timespec *until)
{
    int rc = pthread_mutex_timedlock(&m->lock, until);
    if (rc) {
        sleep(1);
        return rc;
    }
    m->events++;
    return pthread_mutex_unlock(&m->lock);
}

static void *monitor_main(void *arg)
{
    struct monitor *m = arg;
    for (;;) {
        wait_macro(m);
        refresh_locked(m);
        refresh_protected(m);
        if (look_up(m) < 0 || look_up_protected(m) < 0)
            break;
        poll_unlocked(m);
        m = pop_first();
        handshake(m);
        handshake_unlocked(m);
        ask_kernel(m);
        try_then_sleep(m);
        sleep_until_free(m);
        timed(m, NULL);
    }
    return NULL;
}

int monitor_start(struct monitor *m) { return pthread_create(&m->thread, NULL, monitor_main, m); }

void monitor_stop(struct monitor *m)
{
    pthread_cancel(m->thread); // expect: thread-stop-pthread-cancel
    pthread_join(m->thread, NULL);
}
