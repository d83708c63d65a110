// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FD2P(fd) ((void *)(long)(fd))
#define P2FD(p) ((int)(long)(p))
struct conn { int fd; char *in; size_t len; };
struct state { int listener, client; };
extern int step(struct conn *);
extern void conn_free(void *);
extern struct conn *conn_new(void);
extern int conn_open(struct conn **, const char *);
extern int handle(int);

static void close_fd(void *p)
{
    if (P2FD(p) >= 0)
        close(P2FD(p));
}
static void close_both(void *p)
{
    struct state *s = p;
    if (s->client >= 0)
        close(s->client);
    close(s->listener);
}
static void unlock(void *m) { pthread_mutex_unlock(m); }

// Fires: the client's number is not known at the push.
void serve_one(int listener)
{
    int client = -1;
    pthread_cleanup_push(close_fd, FD2P(client)); // expect: thread-stop-stale-cleanup-argument
    while ((client = accept(listener, NULL, NULL)) < 0 && errno == EINTR)
        continue;
    handle(client);
    pthread_cleanup_pop(1);
}

// Silent: pushed for each client, after the accept.
void serve_all(int listener)
{
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        pthread_cleanup_push(close_fd, FD2P(client));
        handle(client);
        pthread_cleanup_pop(1);
    }
}

// Silent: the object is pushed, its fields are set later.
void serve_state(void)
{
    struct state s = {-1, -1};
    pthread_cleanup_push(close_both, &s);
    s.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    s.client = accept(s.listener, NULL, NULL);
    handle(s.client);
    pthread_cleanup_pop(1);
}

// Fires: a field of it, by value.
void serve_field(void)
{
    struct state s = {.listener = -1, .client = -1};
    pthread_cleanup_push(close_fd, FD2P(s.listener)); // expect: thread-stop-stale-cleanup-argument
    s.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    handle(s.listener);
    pthread_cleanup_pop(1);
}

// Fires: an out parameter of another file.
int serve_opened(const char *name)
{
    struct conn *c = NULL;
    int rc = -1;
    pthread_cleanup_push(conn_free, c); // expect: thread-stop-stale-cleanup-argument
    if (conn_open(&c, name) == 0)
        rc = step(c);
    pthread_cleanup_pop(1);
    return rc;
}

// Silent: a mutex pointer that stays.
void locked(struct conn *c, pthread_mutex_t *m)
{
    pthread_mutex_lock(m);
    pthread_cleanup_push(unlock, m);
    c = conn_new();
    step(c);
    pthread_cleanup_pop(1);
    conn_free(c);
}

// Silent: the loop's own pointer, pushed in each round.
void each(struct conn **all)
{
    struct conn *c = NULL;
    for (; *all != NULL; all++) {
        c = *all;
        pthread_cleanup_push(conn_free, c);
        step(c);
        pthread_cleanup_pop(1);
    }
}

// Silent: the second round pushes what the first one left.
void rounds(void)
{
    struct conn *c = NULL;
    for (int i = 0; i < 3; i++) {
        pthread_cleanup_push(conn_free, c);
        if (c == NULL)
            c = conn_new();
        step(c);
        pthread_cleanup_pop(0);
    }
}

// Fires: with the deferring macros.
void deferring(void)
{
    char *p = NULL;
    pthread_cleanup_push_defer_np(free, p); // expect: thread-stop-stale-cleanup-argument
    p = strdup("x");
    puts(p);
    pthread_cleanup_pop_restore_np(1);
}

// Fires: cleared as a whole before, set as a part later.
void cleared(void)
{
    struct conn c;
    memset(&c, 0, sizeof c);
    pthread_cleanup_push(free, c.in); // expect: thread-stop-stale-cleanup-argument
    c.in = malloc(10);
    step(&c);
    pthread_cleanup_pop(1);
}

// Silent: filled in by a callee before the push.
void prepared(const char *name)
{
    struct conn *c = NULL;
    if (conn_open(&c, name) != 0)
        return;
    pthread_cleanup_push(conn_free, c);
    step(c);
    pthread_cleanup_pop(1);
}

// Silent: one of the two is certain.
void chosen(struct conn *given)
{
    struct conn *c = given ? given : NULL;
    pthread_cleanup_push(conn_free, c);
    step(c);
    if (c == NULL)
        c = given;
    pthread_cleanup_pop(1);
}

// Silent: a size, printed by nobody, used by free's sibling of another file.
void sized(size_t n)
{
    pthread_cleanup_push(conn_free, (void *)n);
    n = 0;
    handle((int)n);
    pthread_cleanup_pop(1);
}

// Silent: a shared flag is read through its address.
static volatile int stop;
static void set_stop(void *p) { *(volatile int *)p = 1; }
void flagged(void)
{
    stop = 0;
    pthread_cleanup_push(set_stop, (void *)&stop);
    while (!stop)
        handle(0);
    pthread_cleanup_pop(0);
}

// Fires: an epoll descriptor in a static variable, set in this function.
static int poller;
void polled(void)
{
    struct epoll_event e;
    poller = -1;
    pthread_cleanup_push(close_fd, FD2P(poller)); // expect: thread-stop-stale-cleanup-argument
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_wait(poller, &e, 1, -1);
    pthread_cleanup_pop(1);
}

// Silent: what the static variable holds at the push is not known.
void polled_again(void)
{
    struct epoll_event e;
    pthread_cleanup_push(close_fd, FD2P(poller));
    epoll_wait(poller, &e, 1, -1);
    poller = -1;
    pthread_cleanup_pop(1);
}
