// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
extern int ev(void);
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void u(void *p) { pthread_mutex_unlock(p); }
static void z(void *p) { *(int *)p = 0; }
enum { OPEN, READ, WRITE, CLOSE };
// Silent: a state machine; each region is in its own block with its switch inside.
int a(int st)
{
    int busy = 1;
    while (st != CLOSE) {
        switch (st) {
        case OPEN:
            st = READ;
            break;
        case READ: {
            pthread_cleanup_push(z, &busy);
            switch (ev()) {
            case 0: st = WRITE; break;
            case 1: break;
            default: st = CLOSE;
            }
            pthread_cleanup_pop(1);
            continue;
        }
        case WRITE:
            pthread_mutex_lock(&m);
            pthread_cleanup_push(u, &m);
            do {
                if (ev() == 9)
                    break;
                if (ev() == 8)
                    continue;
            } while (ev());
            pthread_cleanup_pop(1);
            st = CLOSE;
            break;
        }
    }
    return busy;
}
// Fires: `continue` of the outer while, from a switch inside the region.
int b(int st)
{
    int busy = 1;
    while (st != CLOSE) {
        pthread_cleanup_push(z, &busy);
        switch (ev()) {
        case 0:
            st = WRITE;
            break;
        case 1:
            continue; // expect: thread-stop-unmatched-cleanup
        default:
            st = CLOSE;
        }
        pthread_cleanup_pop(1);
    }
    return busy;
}
// Fires: default label inside the region of an outer switch.
int c(int st)
{
    int busy = 1;
    switch (st) {
    case OPEN:
        pthread_cleanup_push(z, &busy);
        ev();
    default: // expect: thread-stop-unmatched-cleanup
        ev();
        pthread_cleanup_pop(1);
    }
    return busy;
}
// Fires: computed goto out of it is uncertain: silent; the plain goto back before the push fires.
int d(int st)
{
    int n = 0;
top:
    n++;
    pthread_mutex_lock(&m);
    pthread_cleanup_push(u, &m);
    while (ev())
        if (ev() == 3)
            goto top; // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
    return n + st;
}
// Silent: while loop's condition holds a whole region in a statement expression.
int e(int st)
{
    while (({ int r_; pthread_mutex_lock(&m); pthread_cleanup_push(u, &m); r_ = ev(); pthread_cleanup_pop(1); r_; }))
        if (st++ > 10)
            break;
    return st;
}
// Silent: region in each branch of an if-else chain and a for with an empty body.
int f(int st)
{
    if (st == 1) {
        pthread_cleanup_push(z, &st);
        for (; ev();) ;
        pthread_cleanup_pop(0);
    } else if (st == 2) {
        pthread_cleanup_push(z, &st);
        pthread_cleanup_push(z, &st);
        ev();
        pthread_cleanup_pop(ev() > 3);
        pthread_cleanup_pop(0);
    } else
        return 4;
    return st;
}
