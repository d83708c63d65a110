// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct worker { pthread_t id; struct worker *next, *prev; char *buf; size_t size; int fd; };
struct pool { pthread_mutex_t lock; struct worker head; sem_t done; int fd; char *scratch; };

extern void log_it(const char *fmt, ...);
extern int fill(char *buf, size_t size);
extern void take_over(char *buf);
extern int only_look(const char *buf);

static void close_arg(void *arg) { close((int)(long)arg); }
static void close_at(void *arg) { int fd = *(int *)arg; if (fd >= 0) close(fd); }
static void free_at(void *arg) { free(*(void **)arg); }
static void unmap(void *arg) { munmap(arg, 4096); }

// Fires: memory over recv.
static void *work_plain(struct pool *p)
{
    char *b = malloc(65536);
    if (b == NULL) {
        log_it("no memory");
        return NULL;
    }
    while (recv(p->fd, b, 65536, 0) > 0) // expect: thread-stop-leak-across-cancellation-point
        fill(NULL, 0);
    free(b);
    return NULL;
}

// Silent: given to the pool before the wait.
static void *work_stored(struct pool *p)
{
    char *b = malloc(65536);
    p->scratch = b;
    recv(p->fd, b, 65536, 0);
    return b;
}

// Silent: an unknown function may keep it.
static void work_handed_over(struct pool *p)
{
    char *b = malloc(64);
    take_over(b);
    recv(p->fd, p->scratch, 64, 0);
}

// Fires: a function that takes a pointer to const keeps nothing.
static void work_looked_at(struct pool *p)
{
    char *b = strdup("hello");
    if (!b)
        return;
    only_look(b);
    send(p->fd, "x", 1, 0); // expect: thread-stop-leak-across-cancellation-point
    free(b);
}

// Silent: &fd handler, pushed before the descriptor is there.
static void by_address(struct pool *p)
{
    int fd = -1;
    char c;
    pthread_cleanup_push(close_at, &fd);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        read(fd, &c, 1);
    pthread_cleanup_pop(1);
    (void)p;
}

// Silent: (void *)(long)fd after the open.
static void by_cast(void)
{
    char c;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    pthread_cleanup_push(close_arg, (void *)(long)fd);
    read(fd, &c, 1);
    pthread_cleanup_pop(1);
}

// Fires: fdopen took the descriptor over, and the stream is what is lost.
static void by_stream(void)
{
    FILE *f;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        return;
    }
    sleep(1); // expect: thread-stop-leak-across-cancellation-point
    fclose(f);
}

// Silent: realloc in place of the old block, both freed by the handler at the address.
static void grow(struct pool *p)
{
    char *b = NULL;
    size_t n = 0;
    pthread_cleanup_push(free_at, &b);
    for (;;) {
        char *bigger = realloc(b, n += 512);
        if (!bigger)
            break;
        b = bigger;
        if (recv(p->fd, b, n, MSG_PEEK) < (ssize_t)n)
            break;
    }
    pthread_cleanup_pop(1);
}

// Fires: the block after a realloc.
static void grow_unprotected(struct pool *p)
{
    char *b = malloc(16), *more;
    if (!b)
        return;
    more = realloc(b, 32);
    if (!more) {
        free(b);
        return;
    }
    recv(p->fd, more, 32, 0); // expect: thread-stop-leak-across-cancellation-point
    free(more);
}

// Fires: a directory over sleep.
static void list(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    while (readdir(d))
        sleep(1); // expect: thread-stop-leak-across-cancellation-point
    closedir(d);
}

// Fires: a mapping with the right failure value. Silent with its handler.
static void mapping(struct pool *p)
{
    void *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, p->fd, 0);
    if (m == MAP_FAILED)
        return;
    sem_wait(&p->done); // expect: thread-stop-leak-across-cancellation-point
    munmap(m, 4096);
}
static void mapping_protected(struct pool *p)
{
    void *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, p->fd, 0);
    if (m == MAP_FAILED)
        return;
    pthread_cleanup_push(unmap, m);
    sem_wait(&p->done);
    pthread_cleanup_pop(1);
}

// Fires: an epoll descriptor and a timer, each at its first point; epoll_wait has both.
static void loop_fds(void)
{
    struct epoll_event e = { .events = EPOLLIN };
    int ep = epoll_create1(EPOLL_CLOEXEC), t;
    if (ep < 0)
        return;
    t = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (t < 0) {
        close(ep);
        return;
    }
    epoll_ctl(ep, EPOLL_CTL_ADD, t, &e);
    epoll_wait(ep, &e, 1, -1); // expect: thread-stop-leak-across-cancellation-point
    close(t);
    close(ep);
}

// Fires: a process' stream.
static void pipe_from(void)
{
    FILE *f = popen("true", "r");
    if (f == NULL)
        return;
    usleep(100); // expect: thread-stop-leak-across-cancellation-point
    pclose(f);
}

// Silent: the failure branch waits, where there is nothing to lose.
static int retry_open(const char *path)
{
    int fd;
    while ((fd = open(path, O_RDWR)) < 0)
        sleep(1);
    return fd;
}

// Fires: the result of the helper that returns a new descriptor.
static void use_helper(void)
{
    char c;
    int fd = retry_open("/dev/tty");
    read(fd, &c, 1); // expect: thread-stop-leak-across-cancellation-point
    close(fd);
}

// Silent: dup2 onto stdin: nobody's local any more after close.
static void redirect(int fd)
{
    char c;
    int copy = dup(fd);
    if (copy < 0)
        return;
    dup2(copy, 0);
    close(copy);
    read(0, &c, 1);
}

// Silent: disabled as long as the list exists.
static int resolve(const char *name)
{
    struct addrinfo *list = NULL;
    int old, rc, fd = -1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    rc = getaddrinfo(name, "80", NULL, &list);
    if (rc == 0) {
        fd = socket(list->ai_family, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
        freeaddrinfo(list);
    }
    pthread_setcancelstate(old, NULL);
    return fd;
}

// Fires: the list over connect.
static int resolve_open(const char *name, int fd)
{
    struct addrinfo *list;
    if (getaddrinfo(name, "80", NULL, &list) != 0)
        return -1;
    int rc = connect(fd, list->ai_addr, list->ai_addrlen); // expect: thread-stop-leak-across-cancellation-point
    freeaddrinfo(list);
    return rc;
}

static void *pool_main(void *arg)
{
    struct pool *p = arg;
    work_plain(p);
    work_stored(p);
    work_handed_over(p);
    work_looked_at(p);
    by_address(p);
    by_cast();
    by_stream();
    grow(p);
    grow_unprotected(p);
    list("/");
    mapping(p);
    mapping_protected(p);
    loop_fds();
    pipe_from();
    use_helper();
    redirect(p->fd);
    resolve("a");
    resolve_open("b", p->fd);
    return NULL;
}

int pool_start(struct pool *p) { return pthread_create(&p->head.id, NULL, pool_main, p); }
void pool_stop(struct pool *p)
{
    struct worker *w;
    pthread_cancel(p->head.id); // expect: thread-stop-pthread-cancel
    pthread_join(p->head.id, NULL);
    for (w = p->head.next; w != &p->head; w = w->next)
        free(w->buf);
}
