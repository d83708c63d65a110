// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct tctx { int cstate; int ctype; int nest; int fd; };
struct tctx *self(void);

// Silent: gives the old state to its caller.
int savecancel(void) { int s; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s); return s; }
// Silent.
void restorecancel(int s) { pthread_setcancelstate(s, NULL); }

// Silent: the same by out-parameter, with a name that says nothing.
void nocancel(int *s) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, s); }

// Silent: out-param may be NULL-checked.
void mask_thread(struct tctx *t) { if (t) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cstate); }
void unmask_thread(struct tctx *t) { if (t) pthread_setcancelstate(t->cstate, NULL); }

// Silent: context fetched by a function.
void hold(void) { struct tctx *t = self(); pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cstate); }
void unhold(void) { struct tctx *t = self(); pthread_setcancelstate(t->cstate, NULL); }

// Silent: nest counter, other spelling.
void crit_in(struct tctx *t)
{
    if (!t->nest)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cstate);
    t->nest++;
}
void crit_out(struct tctx *t)
{
    t->nest--;
    if (t->nest == 0)
        pthread_setcancelstate(t->cstate, NULL);
}

// Silent: early-return nesting.
void nc_begin(struct tctx *t)
{
    if (t->nest++ > 0)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t->cstate);
}
void nc_end(struct tctx *t)
{
    if (--t->nest > 0)
        return;
    pthread_setcancelstate(t->cstate, NULL);
}

// Silent.
int use1(struct tctx *t)
{
    int s = savecancel();
    int rc = fsync(t->fd);
    restorecancel(s);
    return rc;
}
// Silent.
int use2(struct tctx *t)
{
    int s, rc;
    nocancel(&s);
    rc = fsync(t->fd);
    restorecancel(s);
    return rc;
}
// Silent.
int use3(struct tctx *t)
{
    int rc;
    crit_in(t);
    rc = fsync(t->fd);
    if (rc) { crit_out(t); return -1; }
    crit_out(t);
    return 0;
}
// Silent.
int use4(struct tctx *t)
{
    int rc = -1;
    nc_begin(t);
    mask_thread(t);
    if (fsync(t->fd) < 0)
        goto out;
    rc = 0;
out:
    unmask_thread(t);
    nc_end(t);
    return rc;
}
// Silent.
int use5(int fd)
{
    hold();
    int rc = fsync(fd);
    unhold();
    return rc;
}
// Fires: the saved state of the wrapper is thrown away and literal enabled.
int use6(int fd)
{
    int s = savecancel();
    int rc = fsync(fd);
    (void)s;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    return rc;
}
// Silent: an inner helper that ends by calling the second half for its caller (tail).
static int finish(int s, int rc) { restorecancel(s); return rc; }
int use7(int fd)
{
    int s = savecancel();
    if (fd < 0)
        return finish(s, -1);
    return finish(s, fsync(fd));
}
