// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct buf { char *p; size_t n, cap; };

// Silent: the buffer belongs to the caller's struct the whole time.
int buf_fill(struct buf *b, int fd)
{
    for (;;) {
        if (b->n == b->cap) {
            char *q = realloc(b->p, b->cap ? b->cap * 2 : 64);
            if (q == NULL)
                return -1;
            b->p = q;
            b->cap = b->cap ? b->cap * 2 : 64;
        }
        ssize_t r = read(fd, b->p + b->n, b->cap - b->n);
        if (r <= 0)
            return (int)r;
        b->n += (size_t)r;
    }
}

// Fires: a local buffer that grows; once it exists, the next read can lose it.
char *slurp(int fd, size_t *len)
{
    char *p = NULL, *q;
    size_t n = 0, cap = 0;
    ssize_t r;

    do {
        if (n == cap) {
            q = realloc(p, cap += 4096);
            if (q == NULL) {
                free(p);
                return NULL;
            }
            p = q;
        }
        r = read(fd, p + n, cap - n); // missed: thread-stop-leak-across-cancellation-point
        if (r > 0)
            n += (size_t)r;
    } while (r > 0);
    *len = n;
    return p;
}

// Silent: fdopen took the descriptor over, and the stream is closed before the sleep.
int first_char(const char *path)
{
    int fd = open(path, O_RDONLY), c;
    FILE *f;

    if (fd < 0)
        return EOF;
    f = fdopen(fd, "r");
    if (f == NULL) {
        close(fd);
        return EOF;
    }
    c = getc(f);
    fclose(f);
    sleep(1);
    return c;
}

// Fires: one finding, for the stream: the descriptor is its own now.
int slow_char(const char *path)
{
    int fd = open(path, O_RDONLY), c;
    FILE *f;

    if (fd < 0)
        return EOF;
    if ((f = fdopen(fd, "r")) == NULL) {
        close(fd);
        return EOF;
    }
    sleep(1); // expect: thread-stop-leak-across-cancellation-point
    c = getc(f);
    fclose(f);
    return c;
}

// Silent: fclose on a failed fdopen's branch is not reached, the descriptor is closed before the wait.
int reopen(const char *path)
{
    int fd = open(path, O_RDWR);

    if (fd == -1)
        return -1;
    if (dup2(fd, STDIN_FILENO) < 0) {
        close(fd);
        return -1;
    }
    close(fd);
    return (int)read(STDIN_FILENO, &fd, sizeof fd);
}

// Fires: the copy is a descriptor of its own.
int peek(int sock)
{
    int copy = dup(sock);
    char c;

    if (copy < 0)
        return -1;
    if (recv(copy, &c, 1, MSG_PEEK) != 1) // expect: thread-stop-leak-across-cancellation-point
        c = 0;
    close(copy);
    return c;
}

// Silent: asprintf's text is freed first.
void report(int fd, int code)
{
    char *text;
    int n = asprintf(&text, "code %d\n", code);

    if (n < 0)
        return;
    fputs(text, stderr);
    free(text);
    fsync(fd);
}

// Fires: and here written while it is owned.
void report_late(int fd, int code)
{
    char *text;
    int n = asprintf(&text, "code %d\n", code);

    if (n < 0)
        return;
    write(fd, text, (size_t)n); // expect: thread-stop-leak-across-cancellation-point
    free(text);
}
