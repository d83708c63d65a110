// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// options: thread-stop-cancel-state-not-restored.DisableFunctions=os_nocancel=os_recancel thread-stop-pthread-cancel.ForcedStopFunctions=os_thread_kill thread-stop-async-cancel-with-lock.LockFunctions=os_lock=os_unlock thread-stop-cancel-state-not-restored.ThreadCreateFunctions=os_spawn
#include <pthread.h>
#include <stddef.h>
typedef struct os_thread os_thread;
typedef struct os_mutex os_mutex;
extern int os_nocancel(void);
extern void os_recancel(int);
extern void os_thread_kill(os_thread *);
extern void os_lock(os_mutex *);
extern void os_unlock(os_mutex *);
extern void os_spawn(int (*)(int), int);
extern int work(int);
// Silent: the pair of the option.
int a(int x)
{
    int o = os_nocancel();
    x = work(x);
    os_recancel(o);
    return x;
}
// Fires: a way out without the second half.
int a2(int x)
{
    int o = os_nocancel(); // expect: thread-stop-cancel-state-not-restored
    if (x)
        return work(x);
    os_recancel(o);
    return x;
}
// Fires (forced stop named by option).
void b(os_thread *t) { os_thread_kill(t); } // expect: thread-stop-pthread-cancel
// Fires: lock named by option.
int c(os_mutex *m, int x)
{
    int t;
    os_lock(m);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // expect: thread-stop-async-cancel-with-lock
    x++;
    pthread_setcanceltype(t, NULL);
    os_unlock(m);
    return x;
}
// Silent: disabled by the option's function.
int d(os_mutex *m, int x)
{
    int t, o = os_nocancel();
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    os_lock(m);
    x++;
    os_unlock(m);
    pthread_setcanceltype(t, NULL);
    os_recancel(o);
    return x;
}
// Silent: start routine named by option.
static int th(int x)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    return work(x);
}
// Silent.
void e(void) { os_spawn(th, 3); }
