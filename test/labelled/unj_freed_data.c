// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct ring { char *mem; size_t n; pthread_mutex_t m; pthread_cond_t c; sem_t s; };
struct cam { pthread_t t; struct ring *ring; int fd; char *spare; };

// Silent: uses the ring it got.
static void *grab(void *arg)
{
    struct ring *r = arg;
    ssize_t n;
    while ((n = read(0, r->mem, r->n)) > 0) {
        pthread_mutex_lock(&r->m);
        r->n = (size_t)n;
        pthread_cond_signal(&r->c);
        pthread_mutex_unlock(&r->m);
    }
    return NULL;
}

// Silent: starts.
static int cam_start(struct cam *c) { return pthread_create(&c->t, NULL, grab, c->ring); }

// Fires: freed before the join, on the same path.
void cam_kill(struct cam *c)
{
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    close(c->fd);
    free(c->ring); // expect: thread-stop-unjoined-cancel
    pthread_join(c->t, NULL);
    free(c);
}

// Silent (but for the cancel itself): what is freed here was never the thread's.
void cam_stop(struct cam *c)
{
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    free(c->spare);
    c->spare = NULL;
    pthread_join(c->t, NULL);
    free(c->ring->mem);
    free(c->ring);
}

// Silent: freed where the start failed; there is no thread.
struct cam *cam_new(void)
{
    struct cam *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->ring = calloc(1, sizeof *c->ring);
    if (!c->ring || cam_start(c) != 0) {
        free(c->ring);
        free(c);
        return NULL;
    }
    return c;
}

// Fires: the mutex it locks is destroyed in between, by a helper.
static void ring_fini(struct ring *r)
{
    pthread_cond_destroy(&r->c);
    pthread_mutex_destroy(&r->m);
}
void cam_fini(struct cam *c)
{
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    ring_fini(c->ring); // expect: thread-stop-unjoined-cancel
    pthread_join(c->t, NULL);
}

// Silent (but for the cancel itself): freed on the path where it is joined first.
int cam_stop_maybe(struct cam *c, int wait)
{
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    if (!wait)
        return -1;
    pthread_join(c->t, NULL);
    ring_fini(c->ring);
    free(c->ring);
    return 0;
}

// Silent (but for the cancel itself): joined by the helper before the free.
static void cam_join(struct cam *c)
{
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    pthread_join(c->t, NULL);
}
void cam_free(struct cam *c)
{
    cam_join(c);
    free(c->ring);
    free(c);
}

// Silent (but for the cancel itself): the pointer was replaced, the thread keeps the old one.
void cam_swap(struct cam *c)
{
    char *p = malloc(8);
    pthread_cancel(c->t); // expect: thread-stop-pthread-cancel
    free(p);
    pthread_join(c->t, NULL);
}
