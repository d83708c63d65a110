// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef FAST_STOP
#define STOP_MODE PTHREAD_CANCEL_ASYNCHRONOUS
#else
#define STOP_MODE PTHREAD_CANCEL_DEFERRED
#endif
#define HARD_MODE PTHREAD_CANCEL_ASYNCHRONOUS
enum { M_HARD = PTHREAD_CANCEL_ASYNCHRONOUS, M_SOFT = PTHREAD_CANCEL_DEFERRED };
static const int modes[2] = { PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS };
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int cfg_mode = PTHREAD_CANCEL_DEFERRED;
static long v;
struct o { pthread_mutex_t m; pthread_spinlock_t s; long v; };

// Silent: the configured macro is deferred.
void a(void) { int t; pthread_setcanceltype(STOP_MODE, &t); pthread_mutex_lock(&m); v++; pthread_mutex_unlock(&m); pthread_setcanceltype(t, NULL); }

// Fires: macro.
void b(void)
{
    int t;
    pthread_setcanceltype(HARD_MODE, &t);
    pthread_mutex_lock(&m); // expect: thread-stop-async-cancel-with-lock
    v++;
    pthread_mutex_unlock(&m);
    pthread_setcanceltype(t, NULL);
}

// Fires: enumerator.
void c(void)
{
    int t;
    pthread_mutex_lock(&m);
    pthread_setcanceltype(M_HARD, &t); // expect: thread-stop-async-cancel-with-lock
    v++;
    pthread_setcanceltype(t, NULL);
    pthread_mutex_unlock(&m);
}

// Fires: literal 1.
void d(void)
{
    int t;
    pthread_mutex_lock(&m);
    pthread_setcanceltype(1, &t); // expect: thread-stop-async-cancel-with-lock
    v++;
    pthread_setcanceltype(t, NULL);
    pthread_mutex_unlock(&m);
}

// Silent: literal 0.
void e(void)
{
    int t;
    pthread_mutex_lock(&m);
    pthread_setcanceltype(0, &t);
    v++;
    pthread_setcanceltype(t, NULL);
    pthread_mutex_unlock(&m);
}

// Silent: a variable that may be changed.
void set_mode(int mode) { cfg_mode = mode; }
void f(void) { int t; pthread_mutex_lock(&m); pthread_setcanceltype(cfg_mode, &t); v++; pthread_setcanceltype(t, NULL); pthread_mutex_unlock(&m); }

// Silent: an array element by index is not certain.
void g(bool h) { int t; pthread_mutex_lock(&m); pthread_setcanceltype(modes[h], &t); v++; pthread_setcanceltype(t, NULL); pthread_mutex_unlock(&m); }

// Fires: local variable set on both branches.
void h(struct o *o, int fast)
{
    int t, how;
    if (fast)
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    else
        how = M_HARD;
    pthread_setcanceltype(how, &t);
    pthread_spin_lock(&o->s); // expect: thread-stop-async-cancel-with-lock
    o->v++;
    pthread_spin_unlock(&o->s);
    pthread_setcanceltype(t, NULL);
}

// Silent: one branch.
void i(struct o *o, int fast)
{
    int t, how = PTHREAD_CANCEL_DEFERRED;
    if (fast)
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    pthread_setcanceltype(how, &t);
    pthread_spin_lock(&o->s);
    o->v++;
    pthread_spin_unlock(&o->s);
    pthread_setcanceltype(t, NULL);
}

// Fires: one branch only sets async, the lock is taken in that branch.
void j(struct o *o, int fast)
{
    int t;
    if (fast) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
        pthread_mutex_lock(&o->m); // expect: thread-stop-async-cancel-with-lock
        o->v++;
        pthread_mutex_unlock(&o->m);
        pthread_setcanceltype(t, NULL);
    }
}

// Silent: restored by the saved value before; `a->m` of another object unlocked.
void k(struct o *o, struct o *p)
{
    int t;
    pthread_mutex_lock(&o->m);
    p->v = o->v;
    pthread_mutex_unlock(&o->m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (long x = 0; x < 100; x++)
        p->v += x;
    pthread_setcanceltype(t, NULL);
}

// Fires: alias one step.
void l(struct o *o)
{
    pthread_mutex_t *lk = &o->m;
    int t;
    pthread_mutex_lock(lk);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    o->v++;
    pthread_setcanceltype(t, NULL);
    pthread_mutex_unlock(&o->m);
}

// Silent: released under the alias.
void n(struct o *o)
{
    pthread_mutex_t *lk = &o->m;
    int t;
    pthread_mutex_lock(&o->m);
    o->v++;
    pthread_mutex_unlock(lk);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int x = 0; x < 100; x++) ;
    pthread_setcanceltype(t, NULL);
}

// Fires: two locks in one region: two calls, both inside the region.
void q(struct o *o, struct o *p)
{
    int t;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    pthread_mutex_lock(&o->m); // expect: thread-stop-async-cancel-with-lock
    pthread_mutex_lock(&p->m); // expect: thread-stop-async-cancel-with-lock
    p->v = o->v;
    pthread_mutex_unlock(&p->m);
    pthread_mutex_unlock(&o->m);
    pthread_setcanceltype(t, NULL);
}

// Silent: array of locks, all released in a loop.
void r(struct o *o, int n)
{
    int t;
    for (int i = 0; i < n; i++)
        pthread_mutex_lock(&o[i].m);
    for (int i = 0; i < n; i++)
        o[i].v++;
    for (int i = n - 1; i >= 0; i--)
        pthread_mutex_unlock(&o[i].m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int x = 0; x < 100; x++) ;
    pthread_setcanceltype(t, NULL);
}

// Silent: an unknown function unlocks.
extern void obj_unlock(struct o *);
extern void obj_lock(struct o *);
void s(struct o *o)
{
    int t;
    pthread_mutex_lock(&o->m);
    o->v++;
    obj_unlock(o);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int x = 0; x < 100; x++) ;
    pthread_setcanceltype(t, NULL);
}
