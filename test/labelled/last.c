// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void u(void *p) { pthread_mutex_unlock(p); }
static void (*fatal)(const char *) __attribute__((noreturn));
extern int ev(int);
extern void wait_for(pthread_cond_t *, pthread_mutex_t *);
// Silent: noreturn function pointer, dead return, exit in a comma.
int a(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    if (x)
        fatal("x");
    if (0)
        return 3;
    if (x == 3)
        perror("x"), exit(3);
    pthread_cleanup_pop(1);
    return 0;
}
// Silent: setjmp and longjmp both inside the region.
int b(int x)
{
    volatile int n = 0;
    jmp_buf jb;
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    if (setjmp(jb) == 0) {
        n = ev(x);
        if (n)
            longjmp(jb, 1);
    }
    pthread_cleanup_pop(1);
    return n;
}
// Silent: conditional lock with a conditional push handler argument NULL-safe; pop runs.
static void u_opt(void *p) { if (p) pthread_mutex_unlock(p); }
int c(int x)
{
    pthread_mutex_t *l = x ? &m : NULL;
    if (l)
        pthread_mutex_lock(l);
    pthread_cleanup_push(u_opt, l);
    x = ev(x);
    pthread_cleanup_pop(1);
    return x;
}
// Silent: handler popped with 0, an optional unlock by a macro afterwards.
#define UNLOCK(l) do { if ((l) != NULL) pthread_mutex_unlock(l); } while (0)
int d(int x)
{
    pthread_mutex_t *l = x ? &m : NULL;
    if (l)
        pthread_mutex_lock(l);
    pthread_cleanup_push(u_opt, l);
    x = ev(x);
    pthread_cleanup_pop(0);
    UNLOCK(l);
    return x;
}
// Silent: handler is no unlock; pop(0) with a lock still held by the caller's wish is not its business.
static void reset(void *p) { *(int *)p = -1; }
int e(int *x)
{
    pthread_cleanup_push(reset, x);
    *x = ev(*x);
    pthread_cleanup_pop(0);
    return *x;
}
// Silent: a function that is the body of another's locked part (annotated by its name).
int f_locked(int x)
{
    pthread_cleanup_push(u, &m);
    while (ev(x) > 0)
        x++;
    pthread_cleanup_pop(0);
    return x;
}
// Silent: the caller of it.
int f(int x)
{
    pthread_mutex_lock(&m);
    x = f_locked(x);
    pthread_mutex_unlock(&m);
    return x;
}
// Silent: unlocks in the region by hand and locks again (dropping the lock around a callback).
int g(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    for (int i = 0; i < x; i++) {
        pthread_mutex_unlock(&m);
        ev(i);
        pthread_mutex_lock(&m);
    }
    pthread_cleanup_pop(1);
    return x;
}
// Silent: pop(0) in one of two branches of the preprocessor only.
int h(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    x = ev(x);
#ifdef KEEP_LOCK
    pthread_cleanup_pop(0);
#else
    pthread_cleanup_pop(1);
#endif
    return x;
}
// Silent: function that returns with the lock held by its contract, partner present.
void tbl_get(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    while (ev(x))
        x++;
    pthread_cleanup_pop(0);
}
// Silent: partner.
void tbl_put(void) { pthread_mutex_unlock(&m); }
// Fires: pop(0), all returns keep the lock... nobody else in the program releases it? tbl_put does, for its own lock: silent.
int i(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    x = ev(x);
    pthread_cleanup_pop(0);
    tbl_put();
    return x;
}
