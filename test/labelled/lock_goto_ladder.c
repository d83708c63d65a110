// options: thread-stop-lock-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

#define CHECK(x)          \
    do {                  \
        if ((x) < 0) {    \
            rc = -errno;  \
            goto fail;    \
        }                 \
    } while (0)
#define RETURN_IF(x, v)   \
    if (x)                \
    return (v)

struct bus {
    pthread_mutex_t cfg, io;
    int fd, mode;
};

// Silent: the ladder unlocks before any of the waits.
int bus_probe(struct bus *b)
{
    int rc = 0;
    pthread_mutex_lock(&b->cfg);
    if (b->fd < 0) {
        rc = -EBADF;
        goto out;
    }
    b->mode = 1;
out:
    pthread_mutex_unlock(&b->cfg);
    if (rc == 0)
        fsync(b->fd);
    return rc;
}

// Fires: the macro hides a goto, and the write is under the lock.
int bus_write(struct bus *b, const void *p, size_t n)
{
    int rc = 0;
    pthread_mutex_lock(&b->io);
    CHECK(write(b->fd, p, n)); // expect: thread-stop-lock-across-cancellation-point
    CHECK(fsync(b->fd));
fail:
    pthread_mutex_unlock(&b->io);
    return rc;
}

// Silent: every label unlocks exactly what was taken; the sleep is behind all.
int bus_move(struct bus *from, struct bus *to)
{
    int rc = -EBUSY;
    if (pthread_mutex_trylock(&from->io) != 0)
        goto none;
    if (pthread_mutex_trylock(&to->io) != 0)
        goto first;
    to->mode = from->mode;
    rc = 0;
    pthread_mutex_unlock(&to->io);
first:
    pthread_mutex_unlock(&from->io);
none:
    if (rc != 0)
        usleep(50);
    return rc;
}

// Silent: the macro's return comes before the lock.
int bus_mode(struct bus *b)
{
    int mode;
    RETURN_IF(b == NULL, -EINVAL);
    pthread_mutex_lock(&b->cfg);
    mode = b->mode;
    pthread_mutex_unlock(&b->cfg);
    RETURN_IF(fsync(b->fd) < 0, -errno);
    return mode;
}

// Fires: jumped back with the lock held; the wait is on the second round too.
int bus_retry(struct bus *b)
{
    int tries = 0;
    pthread_mutex_lock(&b->io);
again:
    if (read(b->fd, &b->mode, sizeof b->mode) < 0 && errno == EAGAIN && ++tries < 3) // expect: thread-stop-lock-across-cancellation-point
        goto again;
    pthread_mutex_unlock(&b->io);
    return tries;
}

// Silent: unlocks before it goes to the label where it waits.
int bus_select(struct bus *b)
{
    fd_set r;
    FD_ZERO(&r);
    FD_SET(b->fd, &r);
    for (;;) {
        pthread_mutex_lock(&b->io);
        if (b->mode == 0) {
            pthread_mutex_unlock(&b->io);
            goto wait;
        }
        b->mode--;
        pthread_mutex_unlock(&b->io);
        continue;
    wait:
        if (select(b->fd + 1, &r, NULL, NULL, NULL) < 0)
            return -errno;
    }
}
