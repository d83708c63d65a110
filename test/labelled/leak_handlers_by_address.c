// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct session { int fd; char *in, *out; FILE *log; };

static void free_pp(void *pp) { free(*(void **)pp); }
static void close_p(void *p) { if (*(int *)p >= 0) close(*(int *)p); }
static void close_long(void *v) { close((int)(intptr_t)v); }
static void session_end(void *arg)
{
    struct session *s = arg;
    free(s->in);
    free(s->out);
    if (s->fd >= 0)
        close(s->fd);
}
static void say_bye(void *arg) { fprintf(stderr, "bye %p\n", arg); }

// Silent: the handler gets the variable's address, so it is pushed before there is anything.
int by_address(int sock)
{
    void *p = NULL;
    pthread_cleanup_push(free_pp, &p);
    p = malloc(100);
    if (p != NULL)
        recv(sock, p, 100, 0);
    pthread_cleanup_pop(1);
    return 0;
}

// Silent: the same for a descriptor.
int fd_by_address(const char *path)
{
    int fd = -1;
    char c = 0;
    pthread_cleanup_push(close_p, &fd);
    fd = open(path, O_RDONLY);
    if (fd >= 0)
        read(fd, &c, 1);
    pthread_cleanup_pop(1);
    return c;
}

// Silent: a whole local struct is the handler's.
int session_run(int sock)
{
    struct session s = { .fd = -1 };
    int n = -1;
    pthread_cleanup_push(session_end, &s);
    s.in = malloc(512);
    s.out = malloc(512);
    s.fd = dup(sock);
    if (s.in && s.out && s.fd >= 0)
        n = (int)recv(s.fd, s.in, 512, 0);
    pthread_cleanup_pop(1);
    return n;
}

// Fires: this handler only says good-bye.
int farewell(int sock)
{
    char *p = malloc(10);
    if (!p)
        return -1;
    pthread_cleanup_push(say_bye, p);
    recv(sock, p, 10, 0); // missed: thread-stop-leak-across-cancellation-point
    pthread_cleanup_pop(1);
    free(p);
    return 0;
}

// Fires: the buffer has its handler, the descriptor has none.
int half(const char *path)
{
    int fd = open(path, O_RDONLY);
    char *p;
    if (fd < 0)
        return -1;
    p = malloc(10);
    if (!p) {
        close(fd);
        return -1;
    }
    pthread_cleanup_push(free, p);
    read(fd, p, 10); // expect: thread-stop-leak-across-cancellation-point
    pthread_cleanup_pop(1);
    return close(fd);
}

// Silent: both have one.
int whole(const char *path)
{
    int fd = open(path, O_RDONLY);
    char *p;
    if (fd == -1)
        return -errno;
    pthread_cleanup_push(close_long, (void *)(intptr_t)fd);
    p = malloc(10);
    if (p) {
        pthread_cleanup_push(free, p);
        read(fd, p, 10);
        pthread_cleanup_pop(1);
    }
    pthread_cleanup_pop(1);
    return 0;
}

// Fires: the region ended before the last wait, and pop(0) did not free.
int late(int sock)
{
    char *p = malloc(10);
    if (!p)
        return -1;
    pthread_cleanup_push(free, p);
    recv(sock, p, 10, 0);
    pthread_cleanup_pop(0);
    send(sock, p, 10, 0); // expect: thread-stop-leak-across-cancellation-point
    free(p);
    return 0;
}
