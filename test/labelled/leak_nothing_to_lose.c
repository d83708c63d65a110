// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

struct dev { int fd; char *line; FILE *log; };

static int lock_fd = -1;
static char *cache;

// Silent: kept in a static until the process ends.
int lock_once(const char *path)
{
    if (lock_fd < 0)
        lock_fd = open(path, O_CREAT | O_RDWR, 0600);
    if (lock_fd >= 0)
        fcntl(lock_fd, F_SETLKW, &(struct flock){ .l_type = F_WRLCK });
    return lock_fd;
}

// Silent: a static local has a life of its own.
char *scratch(int fd)
{
    static char *page;
    if (page == NULL)
        page = malloc(4096);
    if (page != NULL)
        read(fd, page, 4096);
    return page;
}

// Silent: acquired right into the struct.
int dev_open(struct dev *d, const char *path)
{
    d->fd = open(path, O_RDWR);
    if (d->fd < 0)
        return -1;
    d->line = malloc(80);
    write(d->fd, "?", 1);
    return 0;
}

// Silent: memory of the stack.
int dev_line(struct dev *d)
{
    char *line = alloca(80), fixed[16];
    if (read(d->fd, line, 80) < 0)
        return -1;
    return (int)read(d->fd, fixed, sizeof fixed);
}

// Silent: a pointer into what somebody else owns.
int dev_again(struct dev *d)
{
    char *p = d->line, *q = strchr(p, '\n');
    FILE *f = d->log;
    int fd = fileno(f);
    sleep(1);
    return q ? write(fd, p, (size_t)(q - p)) > 0 : 0;
}

// Silent: standard streams and getenv give nothing away.
int quiet(void)
{
    FILE *f = stdin;
    char *home = getenv("HOME");
    sleep(1);
    return home != NULL && f != NULL;
}

// Silent: the cached copy is replaced before anything waits.
void remember(const char *s, int fd)
{
    char *t = strdup(s);
    if (!t)
        return;
    free(cache);
    cache = t;
    fsync(fd);
}

// Silent: the child of fork only has one thread and execs; the parent closed its copy.
pid_t run(char *const argv[])
{
    int p[2];
    pid_t pid;
    if (pipe(p) < 0)
        return -1;
    pid = fork();
    close(p[0]);
    close(p[1]);
    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    usleep(10);
    return pid;
}

// Silent: never returns with it, and nobody is cancelled in exit.
void die(const char *why)
{
    char *s = malloc(100);
    if (s) {
        snprintf(s, 100, "fatal: %s", why);
        puts(s);
    }
    exit(1);
}

// Silent: state disabled by the callee that brackets.
static void shield(int *old) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, old); }
static void unshield(int old) { pthread_setcancelstate(old, NULL); }
int shielded(int fd)
{
    int old;
    char *p;
    shield(&old);
    p = malloc(20);
    if (p != NULL)
        recv(fd, p, 20, 0);
    free(p);
    unshield(old);
    return 0;
}
