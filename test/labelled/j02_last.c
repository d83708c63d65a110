// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
struct dev { pthread_mutex_t m; int st, ty; int fd; int err; };
extern int io(struct dev *);
// Silent: three-valued return, disabled only when the transfer is not idle.
int xfer(struct dev *d, int how)
{
    int o, rc;
    if (how == 0)
        return io(d);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = io(d);
    if (rc < 0) {
        d->err = rc;
    } else if (rc == 0) {
        rc = io(d);
    } else {
        for (int i = 0; i < rc; i++)
            if (io(d) < 0)
                goto done;
    }
done:
    pthread_setcancelstate(o, NULL);
    return rc;
}
// Silent: state and type both, macros of both kinds, restored in reverse.
int xfer2(struct dev *d)
{
    int rc;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &d->ty);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &d->st);
    rc = io(d);
    pthread_setcancelstate(d->st, NULL);
    pthread_setcanceltype(d->ty, NULL);
    return rc;
}
// Fires twice: both the state and the type forgotten on the error path: the two setters.
int xfer3(struct dev *d)
{
    int s, t;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &s); // expect: thread-stop-cancel-state-not-restored
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-cancel-state-not-restored
    if (d->fd < 0)
        return -1;
    for (volatile int i = 0; i < 9; i++) ;
    pthread_setcanceltype(t, NULL);
    pthread_setcancelstate(s, NULL);
    return 0;
}
// Silent: DEFERRED saved and not restored on an error path makes things safer only.
int xfer4(struct dev *d)
{
    int t;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &t);
    if (d->fd < 0)
        return -1;
    io(d);
    pthread_setcanceltype(t, NULL);
    return 0;
}
// Fires: disable in a while condition, leak by the break.
int xfer5(struct dev *d)
{
    int s = 0;
    while (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s) == 0) { // expect: thread-stop-cancel-state-not-restored
        if (io(d) < 0)
            break;
        pthread_setcancelstate(s, NULL);
    }
    return 0;
}
// Silent: polling with do/while and the section inside the body.
int xfer6(struct dev *d)
{
    int s, r;
    do {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
        r = io(d);
        pthread_setcancelstate(s, NULL);
        if (r > 0)
            usleep(10);
    } while (r > 0);
    return r;
}
// Silent: disables, and the thread exits in every branch.
void xfer7(struct dev *d)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    if (io(d))
        pthread_exit((void *)1);
    close(d->fd);
    pthread_exit(NULL);
}
// Fires: one branch exits the thread, the other returns disabled.
void xfer8(struct dev *d)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    if (io(d))
        pthread_exit((void *)1);
    close(d->fd);
}
