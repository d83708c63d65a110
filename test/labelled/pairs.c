// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <unistd.h>
#include <stdio.h>

static __thread int tls_old;
static __thread int tls_depth;
static int global_old;
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;

// Silent: first half with TLS.
void cancel_off(void)
{
    if (tls_depth++ == 0)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &tls_old);
}

// Silent: second half.
void cancel_on(void)
{
    if (--tls_depth == 0)
        pthread_setcancelstate(tls_old, NULL);
}

// Silent: takes the lock and disables, by design until the partner.
void enter_db(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &global_old);
    pthread_mutex_lock(&big);
}

// Silent: partner.
void leave_db(void)
{
    pthread_mutex_unlock(&big);
    pthread_setcancelstate(global_old, NULL);
}

// Silent: pair by name, out-param.
void lib_disable_cancel(int *old)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old);
}

// Silent.
void lib_restore_cancel(int *old)
{
    pthread_setcancelstate(*old, NULL);
}

// Silent.
static inline int block_cancel(void)
{
    int s;
    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s) != 0)
        return -1;
    return s;
}

// Silent.
static inline void unblock_cancel(int s)
{
    if (s >= 0)
        pthread_setcancelstate(s, NULL);
}

// Silent: wrapper of a wrapper.
static int begin(void) { return block_cancel(); }
// Silent.
static void end(int s) { unblock_cancel(s); }

// Silent.
int sync2(int fd)
{
    int s = begin();
    int rc = fsync(fd);
    end(s);
    return rc;
}

// Fires: leaves through the error path.
int sync3(int fd)
{
    int s = begin(); // expect: thread-stop-cancel-state-not-restored
    if (fsync(fd))
        return -1;
    end(s);
    return 0;
}

// Silent: both on all paths.
int query(int fd)
{
    int o;

    enter_db();
    lib_disable_cancel(&o);
    int r = fdatasync(fd);
    lib_restore_cancel(&o);
    leave_db();
    return r;
}

// Fires: the early return leaves the db entered.
int query2(int fd)
{
    enter_db(); // expect: thread-stop-cancel-state-not-restored
    if (fd < 0)
        return -1;
    int r = fdatasync(fd);
    leave_db();
    return r;
}

// Silent: nested.
int query3(int fd)
{
    cancel_off();
    cancel_off();
    int r = fdatasync(fd);
    cancel_on();
    cancel_on();
    return r;
}
