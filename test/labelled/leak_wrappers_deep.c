// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct frame { int n; char *px; };

// Silent: allocates or dies.
static void *xmalloc(size_t n)
{
    void *p = malloc(n);
    if (p == NULL) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

// Silent: two levels above malloc.
static char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}

// Silent: three levels; the result is the caller's.
static struct frame *frame_new(int n)
{
    struct frame *f = xmalloc(sizeof *f);
    f->n = n;
    f->px = NULL;
    return f;
}

// Silent: releases one.
static void frame_free(struct frame *f)
{
    if (f == NULL)
        return;
    free(f->px);
    free(f);
}
static void frame_free_cb(void *p) { frame_free(p); }

// Silent: opens for its caller.
static int open_ro(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }
static int open_any(const char *a, const char *b)
{
    int fd = open_ro(a);
    return fd >= 0 ? fd : open_ro(b);
}
// Silent: handler for a descriptor in a pointer's clothes.
static void close_cb(void *fd) { close((int)(long)fd); }

// Fires: the frame came from three levels down, the wait is one level down.
static void wait_frame(int fd, char *c) { read(fd, c, 1); }
static int show(int fd)
{
    struct frame *f = frame_new(3);
    char c = 0;
    wait_frame(fd, &c); // expect: thread-stop-leak-across-cancellation-point
    f->n = c;
    frame_free(f);
    return 0;
}

// Silent: handler through two functions.
static int show_guarded(int fd)
{
    struct frame *f = frame_new(3);
    char c = 0;
    pthread_cleanup_push(frame_free_cb, f);
    wait_frame(fd, &c);
    f->n = c;
    pthread_cleanup_pop(1);
    return 0;
}

// Fires: a descriptor from two levels down.
static int copy(const char *a, const char *b, char *to)
{
    int fd = open_any(a, b);
    if (fd < 0)
        return -1;
    wait_frame(fd, to); // expect: thread-stop-leak-across-cancellation-point
    return close(fd);
}

// Silent: (void *)(long)fd.
static int copy_guarded(const char *a, const char *b, char *to)
{
    int fd = open_any(a, b);
    if (fd < 0)
        return -1;
    pthread_cleanup_push(close_cb, (void *)(long)fd);
    wait_frame(fd, to);
    pthread_cleanup_pop(1);
    return 0;
}

// Silent: the strings are gone before the wait.
static void name(int fd, const char *a)
{
    char c, *s = xstrdup(a);
    puts(s);
    free(s);
    wait_frame(fd, &c);
}

static void *viewer(void *arg)
{
    char c;
    while (show(0) == 0 && show_guarded(0) == 0 && copy(arg, "/dev/null", &c) == 0 && copy_guarded(arg, "x", &c) == 0)
        name(0, arg);
    return NULL;
}

// Fires (pthread-cancel): the viewer.
int view(char *path)
{
    pthread_t t;
    if (pthread_create(&t, NULL, viewer, path))
        return 1;
    sleep(3);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    return pthread_join(t, NULL);
}
