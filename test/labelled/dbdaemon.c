// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct db { int fd; pthread_mutex_t m; bool protect; int saved; int depth; };

// Silent: conditional disable and conditional restore on the same flag.
int db_write(struct db *d, const void *p, size_t n, bool atomic_)
{
    int old = 0, rc;

    if (atomic_)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = write(d->fd, p, n) == (ssize_t)n ? 0 : -1;
    if (atomic_)
        pthread_setcancelstate(old, NULL);
    return rc;
}

// Silent: the same with a field as the flag.
int db_write2(struct db *d, const void *p, size_t n)
{
    int old = 0, rc;

    if (d->protect)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = (int)write(d->fd, p, n);
    if (d->protect)
        pthread_setcancelstate(old, NULL);
    return rc;
}

// Silent: a local remembers that it was disabled.
int db_write3(struct db *d, const void *p, size_t n)
{
    int old = PTHREAD_CANCEL_ENABLE;
    bool disabled = false;

    if (n > 4096 && pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old) == 0)
        disabled = true;
    ssize_t w = write(d->fd, p, n);
    if (disabled)
        pthread_setcancelstate(old, NULL);
    return (int)w;
}

// Silent: -1 means "not saved".
int db_write4(struct db *d, const void *p, size_t n)
{
    int old = -1;

    if (n > 4096)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    ssize_t w = write(d->fd, p, n);
    if (old != -1)
        pthread_setcancelstate(old, NULL);
    return (int)w;
}

// Silent: nested via a counter, first half.
void db_lock_cancel(struct db *d)
{
    if (d->depth++ == 0)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &d->saved);
}

// Silent: nested via a counter, second half.
void db_unlock_cancel(struct db *d)
{
    if (--d->depth == 0)
        pthread_setcancelstate(d->saved, NULL);
}

// Silent: uses the pair on all paths.
int db_commit(struct db *d)
{
    db_lock_cancel(d);
    if (fsync(d->fd) < 0) {
        db_unlock_cancel(d);
        return -1;
    }
    db_unlock_cancel(d);
    return 0;
}

// Silent: nested use of the pair.
int db_commit_all(struct db *d, int n)
{
    int rc = 0;

    db_lock_cancel(d);
    for (int i = 0; i < n; i++) {
        rc = db_commit(d + i);
        if (rc)
            break;
    }
    db_unlock_cancel(d);
    return rc;
}

// Silent: if the disable fails nothing was changed.
int db_strict(struct db *d)
{
    int old, rc;

    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old) != 0)
        return -1;
    rc = fsync(d->fd);
    if (pthread_setcancelstate(old, NULL) != 0)
        return -1;
    return rc;
}

// Silent: error variable idiom.
int db_strict2(struct db *d)
{
    int old, rc, err;

    err = pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (err) {
        errno = err;
        return -1;
    }
    rc = fsync(d->fd);
    err = pthread_setcancelstate(old, &old);
    if (err)
        return -err;
    return rc;
}

// Fires: the flag is another one, an unprotected large write leaks the state.
int db_bad(struct db *d, const void *p, size_t n)
{
    int old = 0;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    ssize_t w = write(d->fd, p, n);
    if (w > 0)
        pthread_setcancelstate(old, NULL);
    return (int)w;
}
