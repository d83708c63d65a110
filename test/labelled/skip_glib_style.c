// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct { int refs; char *name; int fd; } GObj;
typedef struct { pthread_mutex_t m; int fd; } Bus;

#define G_AUTO(f) __attribute__((__cleanup__(f)))
#define g_autofree G_AUTO(g_autoptr_free)
#define g_autoptr(T) G_AUTO(T##_unref_p) T *
#define LOCKER(m) G_AUTO(locker_end) pthread_mutex_t *locker = locker_new(m)
#define PROFILE G_AUTO(profile_end) struct profile profile_ = { __func__, 0 }

struct profile { const char *fn; long n; };

static inline void g_autoptr_free(void *p) { free(*(void **)p); }
static inline void GObj_unref_p(GObj **o) { if (*o && --(*o)->refs == 0) free(*o); }
static inline pthread_mutex_t *locker_new(pthread_mutex_t *m) { pthread_mutex_lock(m); return m; }
static inline void locker_end(pthread_mutex_t **m) { if (*m) pthread_mutex_unlock(*m); }
static inline void profile_end(struct profile *p) { if (p->n > 10) fprintf(stderr, "%s\n", p->fn); }

static GObj *obj_new(const char *n)
{
    GObj *o = calloc(1, sizeof *o);
    if (o) {
        o->refs = 1;
        o->name = (char *)n;
    }
    return o;
}

// Fires: one at the first point, for all the variables that live there.
static int fetch(Bus *b)
{
    g_autoptr(GObj) o = obj_new("fetch");
    g_autofree char *buf = malloc(64);
    if (!o || !buf)
        return -1;
    if (recv(b->fd, buf, 64, 0) < 0) // expect: thread-stop-skipped-cleanup-attribute
        return -1;
    return o->name ? o->refs : 0;
}

// Fires: the locker, in a helper's scope that waits further down.
static void emit(Bus *b, const char *what)
{
    LOCKER(&b->m);
    for (int i = 0; i < 3; i++) {
        if (what[i] == '\0')
            break;
        send(b->fd, what + i, 1, 0); // expect: thread-stop-skipped-cleanup-attribute
    }
}

// Silent: the profile variable is the only one, and there is no point in its scope.
static unsigned sum(Bus *b, unsigned n)
{
    PROFILE;
    while (n--)
        profile_.n += b->fd;
    return (unsigned)profile_.n;
}

// Silent: a statement expression has a scope of its own.
static int len(Bus *b, const char *s)
{
    int n = ({
        g_autofree char *t = strdup(s);
        t ? (int)strlen(t) : 0;
    });
    return (int)send(b->fd, s, (size_t)n, 0);
}

// Silent: an if block's variables are gone before the wait.
static void branchy(Bus *b, int verbose)
{
    if (verbose) {
        g_autofree char *t = strdup("verbose");
        puts(t ? t : "-");
    } else {
        PROFILE;
        profile_.n++;
    }
    poll(NULL, 0, 1);
    (void)b;
}

// Silent: disabled by a guard that is such an attribute itself.
static inline void cancel_restore(int *old) { pthread_setcancelstate(*old, NULL); }
static inline int cancel_disable(void)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    return old;
}
#define NO_CANCEL G_AUTO(cancel_restore) int cancel_state_ = cancel_disable()
static void guarded(Bus *b)
{
    NO_CANCEL;
    LOCKER(&b->m);
    send(b->fd, "g", 1, 0);
}

static void *bus_main(void *arg)
{
    Bus *b = arg;
    while (fetch(b) >= 0) {
        emit(b, "abc");
        sum(b, 4);
        len(b, "x");
        branchy(b, 0);
        guarded(b);
    }
    return NULL;
}

// Fires (pthread-cancel).
void bus_run(Bus *b)
{
    pthread_t t;
    if (pthread_create(&t, NULL, bus_main, b))
        return;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}
