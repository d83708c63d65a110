// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// options: thread-stop-leak-across-cancellation-point.ResourceFunctions=handle_get=handle_put thread-stop-lock-across-cancellation-point.LockFunctions=big_enter=big_leave thread-stop-lock-across-cancellation-point.CancellationPoints=bus_wait
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct handle;
extern struct handle *handle_get(int id);
extern void handle_put(struct handle *h);
extern void handle_note(const struct handle *h);
extern void big_enter(void *lock), big_leave(void *lock);
extern int bus_wait(int timeout);

struct session { pthread_mutex_t lock; int fd; char *name; struct session *next; int depth; };
static struct session *sessions;
static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;

static void *xmalloc(size_t n) { void *p = malloc(n); if (!p) abort(); return p; }
static char *xstrdup(const char *s) { return strcpy(xmalloc(strlen(s) + 1), s); }
static struct session *session_new(int fd)
{
    struct session *s = xmalloc(sizeof *s);
    s->fd = fd;
    s->name = NULL;
    return s;
}
static void session_free(struct session *s)
{
    if (!s)
        return;
    free(s->name);
    free(s);
}
static void session_register(struct session *s)
{
    pthread_mutex_lock(&sessions_lock);
    s->next = sessions;
    sessions = s;
    pthread_mutex_unlock(&sessions_lock);
}
static void session_end(void *arg) { session_free(arg); }
static int open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fd;
}
static int open_any(const char *path)
{
    int fd = open_log(path);
    return fd >= 0 ? fd : open_log("/dev/null");
}
static void do_lock(struct session *s) { pthread_mutex_lock(&s->lock); }
static void session_lock(struct session *s) { do_lock(s); s->depth++; }
static void session_unlock(struct session *s) { s->depth--; pthread_mutex_unlock(&s->lock); }
static void unlock_handler(void *arg) { session_unlock(arg); }
static ssize_t get_some(int fd, void *b, size_t n) { return recv(fd, b, n, 0); }
static ssize_t get_all(int fd, void *b, size_t n) { return get_some(fd, b, n); }

// Fires: acquired two levels down, waits two levels down.
static void greet(int fd)
{
    char c;
    struct session *s = session_new(fd);
    get_all(fd, &c, 1); // expect: thread-stop-leak-across-cancellation-point
    session_free(s);
}

// Silent: registered two levels down before it waits.
static void greet_registered(int fd)
{
    char c;
    struct session *s = session_new(fd);
    session_register(s);
    get_all(fd, &c, 1);
}

// Silent: the handler frees it by a callee.
static void greet_protected(int fd)
{
    char c;
    struct session *s = session_new(fd);
    pthread_cleanup_push(session_end, s);
    get_all(fd, &c, 1);
    pthread_cleanup_pop(1);
}

// Fires: string of a wrapper of a wrapper.
static void hello(int fd)
{
    char *copy = xstrdup("hello");
    send(fd, copy, 5, 0); // expect: thread-stop-leak-across-cancellation-point
    free(copy);
}

// Fires: a descriptor two levels down, failure is any negative number.
static void log_to(const char *path)
{
    int fd = open_any(path);
    if (fd < 0)
        return;
    write(fd, "x", 1); // expect: thread-stop-leak-across-cancellation-point
    close(fd);
}

// Fires: lock two levels down. Silent with its handler.
static void locked(struct session *s)
{
    char c;
    session_lock(s);
    get_all(s->fd, &c, 1); // expect: thread-stop-lock-across-cancellation-point
    session_unlock(s);
}
static void locked_protected(struct session *s)
{
    char c;
    session_lock(s);
    pthread_cleanup_push(unlock_handler, s);
    get_all(s->fd, &c, 1);
    pthread_cleanup_pop(1);
}

// Fires: pairs and points that the options name.
static void by_options(struct session *s)
{
    struct handle *h = handle_get(3);
    if (h == NULL)
        return;
    handle_note(h);
    big_enter(&s->lock);
    bus_wait(-1); // expect: thread-stop-lock-across-cancellation-point, thread-stop-leak-across-cancellation-point
    big_leave(&s->lock);
    handle_put(h);
}

// Silent: put back before it waits.
static void by_options_early(struct session *s)
{
    struct handle *h = handle_get(3);
    if (h == NULL)
        return;
    big_enter(&s->lock);
    big_leave(&s->lock);
    handle_put(h);
    bus_wait(-1);
}

static int cancel_depth_state;
static __thread int depth;
static void no_cancel(void) { if (depth++ == 0) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_depth_state); }
static void cancel_ok(void) { if (--depth == 0) pthread_setcancelstate(cancel_depth_state, NULL); }

// Silent: disabled by a nesting counter.
static void counted(struct session *s)
{
    char c, *copy = xstrdup("a");
    no_cancel();
    session_lock(s);
    get_all(s->fd, &c, 1);
    session_unlock(s);
    free(copy);
    cancel_ok();
}

// Silent: freed by a helper on the error path and by hand on the other, waits after both.
static void freed(int fd)
{
    char c;
    struct session *s = session_new(fd);
    if (!s->fd) {
        session_free(s);
        sleep(1);
        return;
    }
    free(s);
    get_all(fd, &c, 1);
}

// Silent: an out parameter gets it.
static int give(int fd, struct session **out)
{
    char c;
    *out = session_new(fd);
    return (int)get_all(fd, &c, 1);
}

// Fires: it came by an out parameter of a function here.
static int make(struct session **out)
{
    *out = malloc(sizeof **out);
    return *out ? 0 : -ENOMEM;
}
static void made(int fd)
{
    char c;
    struct session *s;
    if (make(&s) < 0)
        return;
    get_all(fd, &c, 1); // expect: thread-stop-leak-across-cancellation-point
    free(s);
}

static void *session_main(void *arg)
{
    struct session *s = arg, *other;
    greet(s->fd);
    greet_registered(s->fd);
    greet_protected(s->fd);
    hello(s->fd);
    log_to("/tmp/l");
    locked(s);
    locked_protected(s);
    by_options(s);
    by_options_early(s);
    counted(s);
    freed(s->fd);
    give(s->fd, &other);
    made(s->fd);
    return other;
}

int session_run(struct session *s)
{
    pthread_t t;
    int rc = pthread_create(&t, NULL, session_main, s);
    if (rc)
        return rc;
    sleep(3);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    return pthread_join(t, NULL);
}
