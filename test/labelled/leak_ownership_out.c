// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

struct conn {
    int fd;
    char *name;
    struct conn *next;
    TAILQ_ENTRY(conn) link;
};
TAILQ_HEAD(conns, conn);

static struct conns all = TAILQ_HEAD_INITIALIZER(all);
static struct conn *table[64];
static pthread_key_t key;
static char *last_name;

extern void registry_add(struct conn *c);
extern int registry_size(const struct conn *c);

// Silent: in the list when the thread sleeps.
void add_list(int fd)
{
    struct conn *c = malloc(sizeof *c);
    if (!c)
        return;
    c->fd = fd;
    TAILQ_INSERT_TAIL(&all, c, link);
    sleep(1);
}

// Silent: in the array.
void add_table(int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        return;
    c->fd = fd;
    table[fd % 64] = c;
    sleep(1);
}

// Silent: thread-specific data keeps it, its destructor frees it.
void add_specific(void)
{
    char *scratch = malloc(256);
    if (!scratch || pthread_setspecific(key, scratch) != 0) {
        free(scratch);
        return;
    }
    sleep(1);
}

// Silent: epoll's data pointer is where it comes back from.
void add_epoll(int ep, int fd)
{
    struct epoll_event ev;
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return;
    ev.events = EPOLLIN;
    ev.data.ptr = c;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
    sleep(1);
}

// Silent: an unknown function with a pointer that is not const may keep it.
void add_registry(int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return;
    c->fd = fd;
    registry_add(c);
    sleep(1);
}

// Fires: a function that only looks at it does not keep it.
int count_registry(void)
{
    struct conn *c = calloc(1, sizeof *c);
    int n;
    if (!c)
        return -1;
    n = registry_size(c);
    sleep(1); // expect: thread-stop-leak-across-cancellation-point
    free(c);
    return n;
}

// Silent: stored through the caller's pointer.
int take(struct conn **out, int listener)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return -1;
    *out = c;
    c->fd = accept(listener, NULL, NULL);
    return c->fd;
}

// Silent: pushed on a chain that hangs on the argument.
void chain(struct conn *head, int fd)
{
    struct conn *c = malloc(sizeof *c);
    if (!c)
        return;
    c->next = head->next;
    head->next = c;
    c->name = NULL;
    write(fd, "+", 1);
}

// Silent: the name belongs to a global, and the argument of the new thread keeps the other.
void rename_last(const char *to, void *(*fn)(void *))
{
    pthread_t t;
    char *arg = strdup(to);
    last_name = strdup(to);
    if (arg == NULL || pthread_create(&t, NULL, fn, arg) != 0) {
        free(arg);
        return;
    }
    pthread_detach(t);
    sleep(1);
}

// Silent: a descriptor stored in an object that outlives the function.
void adopt(struct conn *c, int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    c->fd = fd;
    recv(fd, table, 1, 0);
}
