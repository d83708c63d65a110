// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags: -std=c99 -D_GNU_SOURCE -fexceptions
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
// A test program of a thread library.
static volatile int hits;
static void count(void *p) { (void)p; hits++; }
static void *nop(void *p) { return p; }
// Silent.
static void *victim(void *p)
{
    int o, t;
    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o) != 0)
        exit(1);
    if (o != PTHREAD_CANCEL_ENABLE)
        exit(2);
    pthread_testcancel();
    if (pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &o) != 0)
        exit(3);
    if (o != PTHREAD_CANCEL_DISABLE)
        exit(4);
    if (pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t) != 0 || t != PTHREAD_CANCEL_DEFERRED)
        exit(5);
    pthread_cleanup_push(count, NULL);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return p;
}
// Fires twice: literals out of range and swapped on purpose still are.
static void *invalid(void *p)
{
    if (pthread_setcancelstate(-100, NULL) == 0) // expect: thread-stop-swapped-cancel-constant
        exit(6);
    if (pthread_setcanceltype(99, NULL) == 0) // expect: thread-stop-swapped-cancel-constant
        exit(7);
    return p;
}
// Fires: main cancels.
int main(void)
{
    pthread_t t;
    void *r;
    pthread_create(&t, NULL, victim, NULL);
    if (pthread_cancel(t)) // expect: thread-stop-pthread-cancel
        return 1;
    pthread_join(t, &r);
    if (r != PTHREAD_CANCELED || hits != 1)
        return 2;
    pthread_create(&t, NULL, invalid, NULL);
    pthread_join(t, NULL);
    pthread_create(&t, NULL, nop, NULL);
    (void)pthread_cancel(t); // expect: thread-stop-pthread-cancel
    return pthread_join(t, NULL);
}
