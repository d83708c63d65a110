// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

// recursion, long call chains, mutual recursion
static int depth;
extern int leaf(int);

// Silent: recursion with balanced state.
int walk(int n)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    r = n > 0 ? walk(n - 1) : leaf(n);
    pthread_setcancelstate(o, NULL);
    return r;
}

// Fires: recursion with a leak at the bottom.
int walk2(int n)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); // expect: thread-stop-cancel-state-not-restored
    if (n == 0)
        return leaf(0);
    r = walk2(n - 1);
    pthread_setcancelstate(o, NULL);
    return r;
}

// Silent: mutual recursion balanced.
int odd(int n);
int even(int n)
{
    int o, r;
    if (n == 0)
        return 1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    r = odd(n - 1);
    pthread_setcancelstate(o, NULL);
    return r;
}
int odd(int n) { depth++; return n == 0 ? 0 : even(n - 1); }

// Silent: goto loops.
int retry(int fd)
{
    int o, rc, n = 3;
again:
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    pthread_setcancelstate(o, NULL);
    if (rc && n--)
        goto again;
    return rc;
}

// Fires: goto again leaves it disabled, and the second save overwrites.
int retry2(int fd)
{
    int o, rc, n = 3;
again:
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); // expect: thread-stop-cancel-state-not-restored
    rc = fsync(fd);
    if (rc && n--)
        goto again;
    pthread_setcancelstate(o, NULL);
    return rc;
}

// Silent: switch with fallthrough where the restore is common.
int sw(int fd, int c)
{
    int o, rc = 0;
    switch (c) {
    case 0:
    case 1:
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
        rc = fsync(fd);
        pthread_setcancelstate(o, NULL);
        /* fallthrough */
    case 2:
        rc += leaf(c);
        break;
    default:
        return -1;
    }
    return rc;
}

// Silent: two correlated switches on the same const value.
int sw2(int fd, const int c)
{
    int o = 0, rc;
    switch (c) {
    case 1: pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); break;
    default: break;
    }
    rc = fsync(fd);
    switch (c) {
    case 1: pthread_setcancelstate(o, NULL); break;
    default: break;
    }
    return rc;
}

// Silent: correlated by a bit test.
int bits(int fd, unsigned flags)
{
    int o = 0, rc;
    if (flags & 4)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    if (flags & 4)
        pthread_setcancelstate(o, NULL);
    return rc;
}

// Silent: correlated by a pointer.
int ptr(int fd, const char *log)
{
    int o = 0, rc;
    if (log != NULL)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    if (log)
        pthread_setcancelstate(o, NULL);
    return rc;
}

// Silent: correlated by two conditions.
int both(int fd, int a, int b)
{
    int o = 0, rc;
    if (a && b)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    if (a && b)
        pthread_setcancelstate(o, NULL);
    return rc;
}

// Silent: correlated by a comparison of two variables.
int cmp(int fd, int a, int b)
{
    int o = 0, rc;
    if (a < b)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    if (a < b)
        pthread_setcancelstate(o, NULL);
    return rc;
}

// Silent: correlated by a call of a pure accessor.
extern int is_safe(int) __attribute__((pure));
int acc(int fd)
{
    int o = 0, rc;
    if (is_safe(fd))
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc = fsync(fd);
    if (is_safe(fd))
        pthread_setcancelstate(o, NULL);
    return rc;
}
