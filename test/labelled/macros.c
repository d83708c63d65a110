// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#define DISABLE_CANCEL(s) do { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &(s)); } while (0)
#define RESTORE_CANCEL(s) do { pthread_setcancelstate((s), NULL); } while (0)
#define CS_BEGIN { int cs_old_; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cs_old_);
#define CS_END pthread_setcancelstate(cs_old_, NULL); }
#define CHECK(x) do { if ((x) < 0) { rc = -1; goto out; } } while (0)
#define CHECKR(x) do { if ((x) < 0) return -1; } while (0)
#define BAD_END pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL)
#define PTH(x) do { int e_ = (x); if (e_) { fprintf(stderr, "%s: %d\n", #x, e_); abort(); } } while (0)

// Silent: pair of macros.
void log_line(int prio, const char *s)
{
    int old;

    DISABLE_CANCEL(old);
    syslog(prio, "%s", s);
    RESTORE_CANCEL(old);
}

// Silent: block macros.
void log_line2(int prio, const char *s)
{
    CS_BEGIN
    syslog(prio, "%s", s);
    CS_END
}

// Silent: error goto goes through the restore.
int log_rotate(int a, int b)
{
    int rc = 0, old;

    DISABLE_CANCEL(old);
    CHECK(fsync(a));
    CHECK(fsync(b));
out:
    RESTORE_CANCEL(old);
    return rc;
}

// Fires: the macro hides a return.
int log_rotate2(int a, int b)
{
    int old;

    DISABLE_CANCEL(old); // expect: thread-stop-cancel-state-not-restored
    CHECKR(fsync(a));
    CHECKR(fsync(b));
    RESTORE_CANCEL(old);
    return 0;
}

// Fires: literal in a macro.
void log_flush(int a)
{
    int old;

    DISABLE_CANCEL(old);
    fsync(a);
    BAD_END; // expect: thread-stop-cancel-state-not-restored
}

// Silent: checked with abort.
void log_sync(int a)
{
    int old;

    PTH(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
    fsync(a);
    PTH(pthread_setcancelstate(old, NULL));
}

// Fires: checked with abort, but literal.
void log_sync2(int a)
{
    int old;

    PTH(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
    fsync(a);
    PTH(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old)); // expect: thread-stop-cancel-state-not-restored
}
