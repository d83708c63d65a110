// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// Plain code around the API without any fault.
struct conn { int fd; pthread_mutex_t m; pthread_cond_t c; pthread_t t; };
static __thread int last_state;
static void unlock(void *p) { pthread_mutex_unlock(p); }
static void closep(void *p) { close(*(int *)p); }
extern int handle(struct conn *, const char *, ssize_t);
// Silent: query idiom: disable to learn the state, put it back at once.
int is_cancelable(void)
{
    int s;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s);
    pthread_setcancelstate(s, NULL);
    return s == PTHREAD_CANCEL_ENABLE;
}
// Silent: query idiom for the type.
int type_of(void)
{
    int t, dummy;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &t);
    pthread_setcanceltype(t, &dummy);
    return t;
}
// Silent: query the other way round (enable first).
int is_cancelable2(void)
{
    int s;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &s);
    pthread_setcancelstate(s, &s);
    return s;
}
// Silent: stores in TLS and restores within the function.
int tls(int fd)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &last_state);
    fd = fsync(fd);
    pthread_setcancelstate(last_state, NULL);
    return fd;
}
// Silent: the VLA and array element as the saved place.
int arr(int fd, int depth)
{
    int st[8];
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &st[depth]);
    fd = fsync(fd);
    pthread_setcancelstate(st[depth], NULL);
    return fd;
}
// Silent: malloc'ed place.
int heap(int fd)
{
    int *o = malloc(sizeof *o);
    if (!o)
        return -1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, o);
    fd = fsync(fd);
    pthread_setcancelstate(*o, NULL);
    free(o);
    return fd;
}
// Silent: pthread_cleanup with fd.
static void *serve(void *p)
{
    struct conn *c = p;
    char b[128];
    ssize_t n;
    pthread_cleanup_push(closep, &c->fd);
    while ((n = read(c->fd, b, sizeof b)) > 0) {
        pthread_mutex_lock(&c->m);
        pthread_cleanup_push(unlock, &c->m);
        n = handle(c, b, n);
        pthread_cleanup_pop(1);
        if (n < 0)
            break;
        else if (n == 1)
            continue;
    }
    pthread_cleanup_pop(1);
    return NULL;
}
// Silent.
int start(struct conn *c) { return pthread_create(&c->t, NULL, serve, c); }
// Silent: a struct returned with the state in it.
struct tok { int s; };
struct tok tok_get(void) { struct tok t; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &t.s); return t; }
void tok_put(struct tok t) { pthread_setcancelstate(t.s, NULL); }
int tok(int fd)
{
    struct tok t = tok_get();
    fd = fsync(fd);
    tok_put(t);
    return fd;
}
// Silent: union/bitfield and pointer arithmetic places.
int parr(int fd, int *st)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, st + 1);
    fd = fsync(fd);
    pthread_setcancelstate(st[1], NULL);
    return fd;
}
int parr2(int fd, int *st)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, st++);
    fd = fsync(fd);
    pthread_setcancelstate(*--st, NULL);
    return fd;
}
