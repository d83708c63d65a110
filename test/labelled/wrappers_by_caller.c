// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Wrappers that are told apart by who calls them, and with what.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer { pthread_t thread; pthread_mutex_t lock; int fd; struct peer *next; };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fds[4];

static int spawn(pthread_t *t, void *(*fn)(void *), void *arg)
{
    int rc = pthread_create(t, NULL, fn, arg);
    if (rc)
        fprintf(stderr, "no thread: %d\n", rc);
    return rc;
}
static int spawn_named(pthread_t *t, void *(*fn)(void *), const char *name)
{
    (void)name;
    return spawn(t, fn, NULL);
}
static void stop(pthread_t t)
{
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
static void finish(pthread_t t) { pthread_join(t, NULL); }

// Fires: this one is stopped, by a wrapper of a wrapper.
static void *stopped(void *arg)
{
    pthread_mutex_lock(&lock);
    read(fds[0], arg, 1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
    return arg;
}
// Silent: created by the same wrapper, and left to finish.
static void *left(void *arg)
{
    pthread_mutex_lock(&lock);
    read(fds[1], arg, 1);
    pthread_mutex_unlock(&lock);
    return arg;
}
static pthread_t a, b;
int both_start(void) { return spawn_named(&a, stopped, "a") || spawn_named(&b, left, "b"); }
void both_end(void)
{
    stop(a);
    finish(b);
}

// Fires: the peer's own thread takes the lock that is held; joined by a callee.
static void *peer_main(void *arg)
{
    struct peer *p = arg;
    pthread_mutex_lock(&p->lock);
    p->fd = -1;
    pthread_mutex_unlock(&p->lock);
    return NULL;
}
int peer_start(struct peer *p) { return spawn(&p->thread, peer_main, p); }
static void peer_wait(struct peer *p) { pthread_join(p->thread, NULL); }
void peer_end_old(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    peer_wait(p); // expect: thread-stop-join-under-lock
    pthread_mutex_unlock(&p->lock);
}
// Silent: the callee gives the lock back first.
static void peer_unlock_and_wait(struct peer *p)
{
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
}
void peer_end(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->fd = -1;
    peer_unlock_and_wait(p);
}

// Silent: released by a helper only if nobody else has it.
struct shared { int refs; char *data; };
extern void *use_shared(void *arg);
static void shared_unref(struct shared *s)
{
    if (--s->refs == 0) {
        free(s->data);
        free(s);
    }
}
void shared_end(struct shared *s)
{
    pthread_t t;
    s->refs++;
    if (pthread_create(&t, NULL, use_shared, s) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    shared_unref(s);
    pthread_join(t, NULL);
}
// Silent: the helper frees another thing of its own.
static void note_end(struct shared *s)
{
    char *text = strdup(s->data);
    free(text);
}
void noted_end(struct shared *s)
{
    pthread_t t;
    if (pthread_create(&t, NULL, use_shared, s) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    note_end(s);
    pthread_join(t, NULL);
}

static int set_cancel(int on)
{
    int old;
    pthread_setcancelstate(on ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, &old);
    return old;
}
static int open_fd(const char *path, int *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *out = fd;
    return 0;
}
static struct peer *all;
static int peer_new(struct peer **out)
{
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    *out = p;
    p->next = all;
    all = p;
    return 0;
}
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void setup(void)
{
    pthread_mutex_lock(&lock);
    sleep(1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
}

// Silent: disabled by a helper with a constant.
static void disabled(int fd)
{
    set_cancel(0);
    pthread_mutex_lock(&lock);
    send(fd, "x", 1, 0);
    pthread_mutex_unlock(&lock);
    set_cancel(1);
}
// Fires: enabled again before.
static void enabled(int fd)
{
    set_cancel(0);
    pthread_mutex_lock(&lock);
    set_cancel(1);
    send(fd, "x", 1, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
}
// Fires: the descriptor came through a pointer.
static void opened(void)
{
    char c;
    int fd = -1;
    if (open_fd("/dev/null", &fd) < 0)
        return;
    read(fd, &c, 1); // expect: thread-stop-leak-across-cancellation-point
    close(fd);
}
// Silent: the function failed, there is nothing.
static void not_opened(void)
{
    int fd = -1;
    if (open_fd("/dev/null", &fd) < 0) {
        sleep(1);
        return;
    }
    close(fd);
}
// Silent: the list has it as well.
static void listed(void)
{
    struct peer *p;
    if (peer_new(&p) < 0)
        return;
    sleep(1);
}
// Silent: left for the caller, who owns it.
static int opened_for(const char *path, int *out)
{
    int rc = open_fd(path, out);
    if (rc == 0)
        sleep(1);
    return rc;
}

static void *worker(void *arg)
{
    int fd;
    pthread_once(&once, setup);
    disabled(fds[0]);
    enabled(fds[0]);
    opened();
    not_opened();
    listed();
    if (opened_for("/dev/tty", &fd) == 0)
        close(fd);
    return arg;
}
static pthread_t w;
int worker_start(void) { return spawn(&w, worker, NULL); }
void worker_stop(void) { stop(w); }
