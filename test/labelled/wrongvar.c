// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <unistd.h>

struct ctx { int state; int type; int err; int fd; };

// Fires: (e) wrong variable given back: err is 0.
int f1(struct ctx *c)
{
    int old, err;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    err = fsync(c->fd);
    pthread_setcancelstate(err, NULL); // expect: thread-stop-cancel-state-not-restored
    return err;
}

// Fires: (f) overwritten save.
int f2(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = fsync(c->fd);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    rc += fdatasync(c->fd);
    pthread_setcancelstate(old, NULL);
    return rc;
}

// Silent: the same variable used again after its restore.
int f3(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = fsync(c->fd);
    pthread_setcancelstate(old, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc += fdatasync(c->fd);
    pthread_setcancelstate(old, NULL);
    return rc;
}

// Silent: copies of the saved value are the saved value.
int f4(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    c->state = old;
    rc = fsync(c->fd);
    pthread_setcancelstate(c->state, NULL);
    return rc;
}

// Silent: state and type both saved and restored in any order.
int f5(struct ctx *c)
{
    int rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c->state);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &c->type);
    rc = fsync(c->fd);
    pthread_setcancelstate(c->state, &c->state);
    pthread_setcanceltype(c->type, &c->type);
    return rc;
}

// Fires: the disable overwritten in a loop: second turn overwrites.
int f6(struct ctx *c, int n)
{
    int old, rc = 0;

    for (int i = 0; i < n; i++) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
        rc += fsync(c[i].fd);
    }
    return rc;
}

// Silent: if (old == ENABLE) enable.
int f7(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = fsync(c->fd);
    if (old == PTHREAD_CANCEL_ENABLE)
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    return rc;
}

// Silent: if (old != DISABLE) restore.
int f8(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = fsync(c->fd);
    if (old != PTHREAD_CANCEL_DISABLE)
        pthread_setcancelstate(old, NULL);
    return rc;
}

// Silent: ENABLE for a while, saved and restored.
int f9(struct ctx *c)
{
    int old, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    rc = fsync(c->fd);
    pthread_setcancelstate(old, NULL);
    return rc;
}

// Fires: ENABLE saved, but one path keeps it enabled.  The call that set it.
int f10(struct ctx *c)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old); // expect: thread-stop-cancel-state-not-restored
    if (fsync(c->fd) < 0)
        return -1;
    pthread_setcancelstate(old, NULL);
    return 0;
}

// Silent: re-disable of an outer section inside which ENABLE is open and the value of the caller kept.
int f11(struct ctx *c)
{
    int old, tmp, rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_setcancelstate(old, &tmp);
    rc = fsync(c->fd);
    pthread_setcancelstate(tmp, NULL);
    pthread_setcancelstate(old, NULL);
    return rc;
}
