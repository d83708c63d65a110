// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { DRV_OK, DRV_EIO, DRV_ETIME };
struct drv { int fd; pthread_mutex_t io; int saved_state; uint8_t buf[64]; size_t n; };
#define DRV_LOCK(d, st) (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, (st)), pthread_mutex_lock(&(d)->io))
#define DRV_UNLOCK(d, st) (pthread_mutex_unlock(&(d)->io), pthread_setcancelstate((st), NULL))

// Silent: comma-expression macros.
int drv_cmd(struct drv *d, uint8_t c)
{
    int st, rc = DRV_OK;

    DRV_LOCK(d, &st);
    if (write(d->fd, &c, 1) != 1)
        rc = DRV_EIO;
    DRV_UNLOCK(d, st);
    return rc;
}

// Fires: early return without DRV_UNLOCK.
int drv_read(struct drv *d)
{
    int st;

    DRV_LOCK(d, &st); // expect: thread-stop-cancel-state-not-restored
    d->n = 0;
    while (d->n < sizeof d->buf) {
        ssize_t r = read(d->fd, d->buf + d->n, 1);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return DRV_EIO;
        if (d->buf[d->n++] == '\n')
            break;
    }
    DRV_UNLOCK(d, st);
    return DRV_OK;
}

// Silent: retry loop with the section inside the loop and continue after the restore.
int drv_retry(struct drv *d, uint8_t c)
{
    for (int i = 0; i < 3; i++) {
        int st, rc;

        if (DRV_LOCK(d, &st) != 0) {
            pthread_setcancelstate(st, NULL);
            continue;
        }
        rc = (int)write(d->fd, &c, 1);
        DRV_UNLOCK(d, st);
        if (rc == 1)
            return DRV_OK;
        usleep(100);
    }
    return DRV_ETIME;
}

// Fires: (e) state kept in the struct, a fresh never-written local is given back.
int drv_flush(struct drv *d)
{
    int saved;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &d->saved_state);
    tcflush(d->fd, TCIOFLUSH);
    pthread_setcancelstate(saved, NULL); // expect: thread-stop-cancel-state-not-restored
    return 0;
}

// Silent: goto chain with restore at the end, the switch decides.
int drv_open(struct drv *d, const char *path, int mode)
{
    int st, rc = DRV_EIO;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &st);
    d->fd = open(path, O_RDWR | O_NOCTTY);
    if (d->fd < 0)
        goto out;
    switch (mode) {
    case 0:
        break;
    case 1:
        if (tcflush(d->fd, TCIFLUSH))
            goto err;
        break;
    default:
        errno = EINVAL;
        goto err;
    }
    rc = DRV_OK;
    goto out;
err:
    close(d->fd);
    d->fd = -1;
out:
    pthread_setcancelstate(st, NULL);
    return rc;
}

// Fires: the error label comes after the restore.
int drv_reopen(struct drv *d, const char *path)
{
    int st;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &st); // expect: thread-stop-cancel-state-not-restored
    close(d->fd);
    d->fd = open(path, O_RDWR);
    if (d->fd < 0)
        goto err;
    pthread_setcancelstate(st, NULL);
    return DRV_OK;
err:
    return DRV_EIO;
}
