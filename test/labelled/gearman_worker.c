// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
// Bug before and after its fix, side by side.
struct w { int fd; int id; };
extern int job(struct w *);

// Fires: before.
static void *thread_before(void *a)
{
    struct w *w = a;
    int unused;

    if (pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &unused)) // expect: thread-stop-swapped-cancel-constant
        fprintf(stderr, "setcanceltype\n");
    while (job(w))
        ;
    return NULL;
}
// Silent: after.
static void *thread_after(void *a)
{
    struct w *w = a;
    int unused;

    if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &unused))
        fprintf(stderr, "setcancelstate\n");
    while (job(w))
        ;
    return NULL;
}
// Silent: both start.
int start(pthread_t *t, struct w *w, int old) { return pthread_create(t, NULL, old ? thread_before : thread_after, w); }
