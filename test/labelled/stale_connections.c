// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct conn { int fd; char *line; FILE *log; };
extern char *read_line(int fd);
extern void unknown_handler(void *arg);
static void close_cast(void *arg) { close((int)(intptr_t)arg); }
static void close_addr(void *arg) { close(*(int *)arg); }
static void free_conn(void *arg) { struct conn *c = arg; free(c->line); free(c); }
static void count(void *unused) { (void)unused; static int n; n++; }
#define GUARD(f, x) pthread_cleanup_push(f, (void *)(x))
#define UNGUARD() pthread_cleanup_pop(1)

// Fires: null at the push.
void null_line(int fd)
{
    char *line = NULL;
    pthread_cleanup_push(free, line); // expect: thread-stop-stale-cleanup-argument
    line = read_line(fd);
    write(fd, line, strlen(line));
    pthread_cleanup_pop(1);
}

// Silent: pushed after it.
void set_line(int fd)
{
    char *line = read_line(fd);
    pthread_cleanup_push(free, line);
    write(fd, line, strlen(line));
    pthread_cleanup_pop(1);
}

// Fires: the descriptor is -1 at the push, cast to a pointer. Also through a macro.
void minus_one(const char *path)
{
    char b[4];
    int fd = -1;
    pthread_cleanup_push(close_cast, (void *)(intptr_t)fd); // expect: thread-stop-stale-cleanup-argument
    fd = open(path, O_RDONLY);
    read(fd, b, 4);
    pthread_cleanup_pop(1);
}
void minus_one_macro(const char *path)
{
    char b[4];
    int fd = -1;
    GUARD(close_cast, (long)fd); // expect: thread-stop-stale-cleanup-argument
    fd = open(path, O_RDONLY);
    read(fd, b, 4);
    UNGUARD();
}

// Silent: by address.
void by_address(const char *path)
{
    char b[4];
    int fd = -1;
    pthread_cleanup_push(close_addr, &fd);
    fd = open(path, O_RDONLY);
    read(fd, b, 4);
    pthread_cleanup_pop(1);
}

// Fires: not initialised.
void uninitialised(void)
{
    struct conn *c;
    pthread_cleanup_push(free_conn, c); // expect: thread-stop-stale-cleanup-argument
    c = calloc(1, sizeof *c);
    sleep(1);
    pthread_cleanup_pop(1);
}

// Fires: reallocated in the region.
void realloc_inside(int fd)
{
    size_t n = 16;
    char *b = malloc(n);
    pthread_cleanup_push(free, b); // expect: thread-stop-stale-cleanup-argument
    while (recv(fd, b, n, MSG_PEEK) == (ssize_t)n)
        b = realloc(b, n *= 2);
    pthread_cleanup_pop(1);
}

// Silent: the handler ignores its argument; an unknown handler, but nothing is written.
void ignores(int fd)
{
    char *b = NULL;
    pthread_cleanup_push(count, b);
    b = read_line(fd);
    free(b);
    pthread_cleanup_pop(1);
}
void not_written(struct conn *c)
{
    pthread_cleanup_push(unknown_handler, c);
    c->fd = open("/dev/null", O_RDONLY);
    c->line = read_line(c->fd);
    pthread_cleanup_pop(1);
}

// Fires: a field.
void field(struct conn *c)
{
    c->line = NULL;
    pthread_cleanup_push(free, c->line); // expect: thread-stop-stale-cleanup-argument
    c->line = read_line(c->fd);
    sleep(1);
    pthread_cleanup_pop(0);
}

// Fires: set by a call that gets its address.
void by_out_parameter(void)
{
    char *line = NULL;
    size_t n = 0;
    pthread_cleanup_push(free, line); // expect: thread-stop-stale-cleanup-argument
    while (getline(&line, &n, stdin) > 0)
        sleep(1);
    pthread_cleanup_pop(1);
}

// Silent: set to null once it was given away, and pop(0).
void given_away(struct conn *c)
{
    char *line = read_line(c->fd);
    pthread_cleanup_push(free, line);
    sleep(1);
    pthread_cleanup_pop(0);
    c->line = line;
    line = NULL;
}

// Silent: written before the push on both ways.
void both(int fd, int big)
{
    char *b = NULL;
    if (big)
        b = malloc(4096);
    else
        b = malloc(16);
    pthread_cleanup_push(free, b);
    read(fd, b, 16);
    pthread_cleanup_pop(1);
}

// Fires: an unknown handler gets the old null pointer.
void unknown_gets_null(struct conn *c)
{
    FILE *f = NULL;
    pthread_cleanup_push(unknown_handler, f); // expect: thread-stop-stale-cleanup-argument
    f = fopen("/tmp/x", "r");
    c->log = f;
    pthread_cleanup_pop(1);
}

// Silent: the write is in another region of the same name, after the pop.
void two_regions(int fd)
{
    char *b = read_line(fd);
    pthread_cleanup_push(free, b);
    sleep(1);
    pthread_cleanup_pop(1);
    b = read_line(fd);
    pthread_cleanup_push(free, b);
    sleep(1);
    pthread_cleanup_pop(1);
}
