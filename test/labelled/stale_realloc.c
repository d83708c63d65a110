// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct node { struct node *next; };
struct buffer { char *data; size_t size; };
static void close_fd(void *p) { close((int)(intptr_t)p); }
static void free_nodes(void *p)
{
    for (struct node *n = p, *next; n; n = next) {
        next = n->next;
        free(n);
    }
}
static void free_data(void *p)
{
    struct buffer *b = p;
    free(b->data);
}
extern int use(void *);
extern void *xrealloc(void *, size_t);
extern struct node *following(struct node *);

static char *grow(char *old, size_t n)
{
    char *p = realloc(old, n);
    if (!p)
        abort();
    return p;
}

// Fires: straight into the same variable.
void direct(char *p)
{
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    p = realloc(p, 100);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: a checking wrapper of another file.
void checked(void)
{
    char *p = malloc(10);
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    p = xrealloc(p, 100);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: a wrapper of this file.
void grown(void)
{
    char *p = malloc(10);
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    for (size_t n = 10; n < 1000; n *= 2)
        p = grow(p, n);
    pthread_cleanup_pop(1);
}

// Fires: an array's reallocation.
void array(int *v)
{
    pthread_cleanup_push(free, v); // expect: thread-stop-stale-cleanup-argument
    int *w = reallocarray(v, 10, sizeof *w);
    if (w != NULL)
        v = w;
    use(v);
    pthread_cleanup_pop(1);
}

// Fires: freed and made anew.
void renewed(void)
{
    char *p = malloc(10);
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    use(p);
    free(p);
    p = malloc(20);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: closed and opened anew.
void reopened(const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    pthread_cleanup_push(close_fd, (void *)(intptr_t)fd); // expect: thread-stop-stale-cleanup-argument
    while (lseek(fd, 0, SEEK_END) > 0) {
        close(fd);
        fd = open(name, O_RDONLY | O_CLOEXEC);
    }
    pthread_cleanup_pop(1);
}

// Fires: a line that grows.
void lines(FILE *f)
{
    size_t size = 80;
    char *line = malloc(size);
    pthread_cleanup_push(free, line); // expect: thread-stop-stale-cleanup-argument
    while (getline(&line, &size, f) > 0)
        use(line);
    pthread_cleanup_pop(1);
}

// Silent: walks along a list whose head the handler is to free.
void walked(struct node *n)
{
    pthread_cleanup_push(free_nodes, n);
    for (; n; n = n->next)
        use(n);
    pthread_cleanup_pop(1);
}

// Silent: the same with a function.
void followed(struct node *n)
{
    pthread_cleanup_push(free_nodes, n);
    while (n)
        n = following(n);
    pthread_cleanup_pop(1);
}

// Silent: a cursor in the block.
void scanned(char *p)
{
    pthread_cleanup_push(free, p);
    for (; *p; p++)
        use(p);
    p = strchr(p, ' ');
    pthread_cleanup_pop(1);
}

// Silent: the object stays, its field changes.
void object(struct buffer *b)
{
    pthread_cleanup_push(free_data, b);
    b->data = realloc(b->data, 100);
    use(b->data);
    pthread_cleanup_pop(1);
}

// Fires: the field itself was pushed.
void field(struct buffer *b)
{
    b->data = NULL;
    pthread_cleanup_push(free, b->data); // expect: thread-stop-stale-cleanup-argument
    b->data = malloc(100);
    use(b->data);
    pthread_cleanup_pop(1);
}

// Silent: another block is reallocated.
void other(char *p, char *q)
{
    pthread_cleanup_push(free, p);
    q = realloc(q, 100);
    use(q);
    pthread_cleanup_pop(1);
    free(q);
}

// Silent: reallocated before the push and after the pop.
void outside(char *p)
{
    p = realloc(p, 100);
    pthread_cleanup_push(free, p);
    use(p);
    pthread_cleanup_pop(0);
    p = realloc(p, 200);
    free(p);
}

// Silent: freed once, not set again.
void freed(char *p)
{
    pthread_cleanup_push(free, p);
    use(p);
    pthread_cleanup_pop(0);
    free(p);
    p = NULL;
}

// Fires: a second block in the same variable, the first is the handler's.
void second(void)
{
    char *p = malloc(10);
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    use(p);
    p = malloc(20);
    use(p);
    pthread_cleanup_pop(1);
}

// Silent: each block has its own handler.
void two_handlers(void)
{
    char *p = malloc(10);
    pthread_cleanup_push(free, p);
    p = malloc(20);
    pthread_cleanup_push(free, p);
    use(p);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
}
