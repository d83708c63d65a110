// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>
struct vm { mtx_t m; cnd_t c; thrd_t t; once_flag f; int n; };
static mtx_t g;
// Fires: mtx_trylock == thrd_success.
int a(struct vm *v)
{
    int t;
    if (mtx_trylock(&v->m) == thrd_success) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
        v->n++;
        pthread_setcanceltype(t, NULL);
        mtx_unlock(&v->m);
        return 1;
    }
    return 0;
}
// Silent: busy.
int b(struct vm *v)
{
    int t;
    if (mtx_trylock(&v->m) == thrd_busy) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
        for (volatile int i = 0; i < 9; i++) ;
        pthread_setcanceltype(t, NULL);
        return 0;
    }
    mtx_unlock(&v->m);
    return 1;
}
// Silent: the atomics are no locks.
int c(atomic_int *x)
{
    int t, r;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    r = atomic_fetch_add(x, 1);
    pthread_setcanceltype(t, NULL);
    return r;
}
// Silent: thrd routine sets its own state then a region pops.
static int run(void *p)
{
    struct vm *v = p;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    mtx_lock(&v->m);
    while (!v->n)
        cnd_wait(&v->c, &v->m); // expect: thread-stop-lock-across-cancellation-point
    mtx_unlock(&v->m);
    return 0;
}
// Silent.
int d(struct vm *v) { return thrd_create(&v->t, run, v); }
// Fires: global C11 lock inside async; error-checked.
int e(int x)
{
    int t;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    if (mtx_lock(&g) != thrd_success) // expect: thread-stop-async-cancel-with-lock
        abort();
    x++;
    mtx_unlock(&g);
    pthread_setcanceltype(t, NULL);
    return x;
}
