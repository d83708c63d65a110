// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_key_t key;
static int fds[2];

// Silent: a cleanup handler that disables for the rest of its life? It is not a start routine; state is already disabled there.
static void on_cancel(void *p) { close(*(int *)p); free(p); }

// Fires: a cleanup handler that enables (UB): ENABLE in a function that did not disable.
static void bad_handler(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    free(p);
}

// Fires: a TSD destructor that enables.
static void tsd_dtor(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-cancel-state-not-restored
    free(p);
}

// Silent: a handler that saves and restores.
static void good_handler(void *p)
{
    int o;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    close(fds[0]);
    pthread_setcancelstate(o, NULL);
    free(p);
}

// Silent: the key.
void init(void) { pthread_key_create(&key, tsd_dtor); }

// Silent: a thread with handlers.
static void *w(void *p)
{
    pthread_cleanup_push(on_cancel, p);
    pthread_cleanup_push(bad_handler, malloc(1));
    pthread_cleanup_push(good_handler, malloc(1));
    pause();
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(1);
    return NULL;
}

// Silent: restores via a cleanup handler with pop(1).
static void restore(void *p) { pthread_setcancelstate(*(int *)p, NULL); }
int job(int fd)
{
    int old, rc;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_cleanup_push(restore, &old);
    rc = fsync(fd);
    pthread_cleanup_pop(1);
    return rc;
}

// Silent: start.
int go(pthread_t *t) { return pthread_create(t, 0, w, malloc(4)); }
