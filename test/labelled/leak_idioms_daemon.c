// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static fd_set master;
static int maxfd, npfd;
static struct pollfd pfds[64];
static void *root;

static int cmp(const void *a, const void *b) { return strcmp(a, b); }

// Silent: the standard three; what is above them is closed.
void detach_stdio(void)
{
    int fd = open("/dev/null", O_RDWR);
    if (fd < 0)
        return;
    dup2(fd, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    if (fd > 2)
        close(fd);
    sleep(1);
}

// Silent: epoll brings it back in ev.data.fd.
void serve_epoll(int ep, int listener)
{
    struct epoll_event ev, out[8];
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    ev.events = EPOLLIN;
    ev.data.fd = fd;
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0) {
        close(fd);
        return;
    }
    epoll_wait(ep, out, 8, -1);
}

// Silent: remembered in the file's descriptor set.
void serve_select(int listener)
{
    fd_set r;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    FD_SET(fd, &master);
    if (fd > maxfd)
        maxfd = fd;
    r = master;
    select(maxfd + 1, &r, NULL, NULL, NULL);
}

// Silent: remembered in the poll array.
void serve_poll(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    pfds[npfd].fd = fd;
    pfds[npfd++].events = POLLIN;
    poll(pfds, (nfds_t)npfd, -1);
}

// Silent: a tree, the environment and a stream keep what they are given.
void keep_all(const char *s, FILE *f)
{
    char *a = strdup(s), *b = strdup(s), *c = malloc(BUFSIZ);
    if (!a || !b || !c) {
        free(a);
        free(b);
        free(c);
        return;
    }
    tsearch(a, &root, cmp);
    putenv(b);
    setvbuf(f, c, _IOFBF, BUFSIZ);
    sleep(1);
}

// Silent: stdin is nobody's to close, and the file is closed before the wait.
int first(const char *path)
{
    FILE *f = path ? fopen(path, "r") : stdin;
    int c;
    if (!f)
        return -1;
    c = getc(f);
    if (f != stdin)
        fclose(f);
    sleep(1);
    return c;
}

// Silent: one flag says whether it has to be freed.
void flagged(const char *s, int copy)
{
    char *p = (char *)s;
    int mine = 0;
    if (copy) {
        p = strdup(s);
        if (!p)
            return;
        mine = 1;
    }
    puts(p);
    if (mine)
        free(p);
    sleep(1);
}

// Silent: the child execs or dies; the parent has closed both before it waits.
int run(char *const argv[])
{
    int sv[2], st;
    pid_t pid;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        dup2(sv[1], 0);
        close(sv[0]);
        close(sv[1]);
        execv(argv[0], argv);
        _exit(127);
    }
    close(sv[0]);
    close(sv[1]);
    return waitpid(pid, &st, 0) < 0 ? -1 : st;
}

// Fires: and here one end is still open in waitpid.
int run_piped(char *const argv[])
{
    int fd = open("/dev/null", O_RDONLY), st;
    pid_t pid;
    if (fd < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        dup2(fd, 0);
        execv(argv[0], argv);
        _exit(127);
    }
    waitpid(pid, &st, 0); // expect: thread-stop-leak-across-cancellation-point
    close(fd);
    return st;
}

// Silent: the alternate stack is kept by the kernel.
void altstack(void)
{
    stack_t ss = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ };
    if (ss.ss_sp && sigaltstack(&ss, NULL) == 0)
        sleep(1);
}

// Silent: aliases; freed through another name.
void aliased(size_t n)
{
    char *p = malloc(n), *q = p;
    if (!p)
        return;
    while (n--)
        *q++ = 0;
    q = p;
    free(q);
    sleep(1);
}

// Silent: a global is written through a local pointer.
static struct { char *name; int fd; } conf;
void configure(const char *s)
{
    char **slot = &conf.name;
    char *p = strdup(s);
    *slot = p;
    sleep(1);
}
