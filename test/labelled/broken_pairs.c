// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// broken
#include <pthread.h>
static void h(void *p) { (void)p; }
extern int go(int);
#define ENTER(m) pthread_mutex_lock(m); pthread_cleanup_push(h, (m))
#define LEAVE() pthread_cleanup_pop(1)
static pthread_mutex_t m;
// Silent.
void ok(int x)
{
    ENTER(&m);
    go(x);
    LEAVE();
}
// Fires: the pop stands in another scope.
void bad(int x)
{
    ENTER(&m); // expect: thread-stop-unmatched-cleanup
    if (x) {
        go(x);
        LEAVE(); // expect: thread-stop-unmatched-cleanup
    }
}
