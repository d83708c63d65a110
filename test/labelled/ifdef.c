// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <unistd.h>
#define HAVE_CANCEL 1
#if HAVE_CANCEL
#define CANCEL_VARS int cancel_old;
#define CANCEL_OFF() pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_old)
#define CANCEL_BACK() pthread_setcancelstate(cancel_old, NULL)
#else
#define CANCEL_VARS
#define CANCEL_OFF() ((void)0)
#define CANCEL_BACK() ((void)0)
#endif
static void h(void *p) { (void)p; }
// Silent.
int a(int fd)
{
    int rc;
    CANCEL_VARS
    CANCEL_OFF();
    rc = fsync(fd);
    CANCEL_BACK();
    return rc;
}
// Silent: unbalanced text in a skipped branch.
int b(int fd)
{
    pthread_cleanup_push(h, &fd);
    fd = fsync(fd);
#ifdef NEVER
    pthread_cleanup_pop(0);
    return 3;
#else
    pthread_cleanup_pop(1);
#endif
    return fd;
}
// Fires: macro-made leak.
int c(int fd)
{
    CANCEL_VARS
    CANCEL_OFF(); // expect: thread-stop-cancel-state-not-restored
    if (fd < 0)
        return -1;
    fd = fsync(fd);
    CANCEL_BACK();
    return fd;
}
// Silent: "disable" for good in a noreturn function of the TU.
static void __attribute__((noreturn)) panic(int fd)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    fsync(fd);
    _exit(3);
}
// Silent.
int d(int fd) { if (fd < 0) panic(fd); return 0; }
// Silent: exit path by a function without attribute that never returns.
static void leave(int fd) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); fsync(fd); _exit(1); }
int e(int fd) { if (fd < 0) leave(fd); return 0; }
