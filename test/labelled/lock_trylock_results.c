// options: thread-stop-lock-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MUST(x)                                   \
    do {                                          \
        int e_ = (x);                             \
        if (e_ != 0) {                            \
            fprintf(stderr, "%s: %d\n", #x, e_);  \
            abort();                              \
        }                                         \
    } while (0)
#define OK(x) ((x) == 0)

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int v;

// Fires: the macro aborts where the lock fails, so behind it the lock is held.
void must(int fd)
{
    MUST(pthread_mutex_lock(&m));
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    MUST(pthread_mutex_unlock(&m));
}

// Fires: a result in a variable, tested later.
int stored(int fd)
{
    int rc = pthread_mutex_trylock(&m);
    if (rc)
        return rc;
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    return pthread_mutex_unlock(&m);
}

// Silent: unlocked if it was locked; then nobody holds it.
void flagged(int fd)
{
    bool locked = pthread_mutex_trylock(&m) == 0;
    v += locked;
    if (locked)
        pthread_mutex_unlock(&m);
    fsync(fd);
}

// Silent: the branch that waits is the one without the lock.
void other_branch(int fd)
{
    if (OK(pthread_rwlock_tryrdlock(&rw))) {
        v++;
        pthread_rwlock_unlock(&rw);
    } else {
        fsync(fd);
    }
}

// Fires: negated macros still mean success here.
void this_branch(int fd)
{
    if (!OK(pthread_rwlock_trywrlock(&rw)))
        return;
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    pthread_rwlock_unlock(&rw);
}

// Silent: tries for a while, then gives up; the nap is between tries.
int patience(int n)
{
    while (n-- > 0) {
        if (!pthread_mutex_trylock(&m)) {
            v++;
            pthread_mutex_unlock(&m);
            return 0;
        }
        usleep(100);
    }
    return ETIMEDOUT;
}

// Silent: assert without its side effect would be worse, but the unlock comes first.
void asserted(int fd)
{
    int rc = pthread_mutex_lock(&m);
    assert(rc == 0);
    v--;
    rc = pthread_mutex_unlock(&m);
    assert(rc == 0);
    fsync(fd);
}

// Fires: a timed lock that was got.
int timed(int fd)
{
    struct timespec ts = { 0, 0 };
    switch (pthread_mutex_timedlock(&m, &ts)) {
    case 0:
        break;
    case ETIMEDOUT:
        fsync(fd);
        return -1;
    default:
        return -2;
    }
    fsync(fd); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&m);
    return 0;
}

// Silent: the wrapper says by its result whether it locked.
static bool enter(int wait)
{
    if (wait)
        return pthread_mutex_lock(&m) == 0;
    return pthread_mutex_trylock(&m) == 0;
}
void through_wrapper(int fd)
{
    if (!enter(0)) {
        fsync(fd);
        return;
    }
    v = 0;
    pthread_mutex_unlock(&m);
}

// Fires: and with its success the lock is held.
void through_wrapper_held(int fd)
{
    if (enter(1)) {
        fsync(fd); // expect: thread-stop-lock-across-cancellation-point
        pthread_mutex_unlock(&m);
    }
}
