// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define TAKE_PTR(p) ({ __typeof__(p) p_ = (p); (p) = NULL; p_; })
#define WITH_LOCK(l) _cleanup_(unlockp) pthread_mutex_t *guard_ = lockp(l)

static inline void freep(void *p) { free(*(void **)p); }
static inline void closep(int *fd) { if (*fd >= 0) close(*fd); }
static inline pthread_mutex_t *lockp(pthread_mutex_t *m) { pthread_mutex_lock(m); return m; }
static inline void unlockp(pthread_mutex_t **m) { pthread_mutex_unlock(*m); }

struct manager { pthread_mutex_t lock; int fd; unsigned n; };

// Fires: the buffer is skipped when recv is cancelled.
static int read_one(struct manager *m, char **ret)
{
    _cleanup_free_ char *buf = NULL;
    buf = malloc(512);
    if (!buf)
        return -ENOMEM;
    if (recv(m->fd, buf, 512, 0) < 0) // expect: thread-stop-skipped-cleanup-attribute
        return -errno;
    *ret = TAKE_PTR(buf);
    return 0;
}

// Silent: opens, reads attributes, closes: open is the point, and the variable holds nothing before it.
static int test_path(const char *p)
{
    _cleanup_close_ int fd = open(p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fcntl(fd, F_GETFD);
}

// Fires: the lock's guard is such a variable too.
static void tick(struct manager *m)
{
    WITH_LOCK(&m->lock);
    m->n++;
    poll(NULL, 0, 10); // expect: thread-stop-skipped-cleanup-attribute
}

// Silent: the block with the guard ends first.
static void tock(struct manager *m)
{
    {
        WITH_LOCK(&m->lock);
        m->n++;
    }
    poll(NULL, 0, 10);
}

// Silent: declared after the wait.
static char *name(struct manager *m, const char *base)
{
    poll(NULL, 0, 10);
    _cleanup_free_ char *s = strdup(base);
    if (!s)
        return NULL;
    s[0] = (char)('a' + m->n % 26);
    return TAKE_PTR(s);
}

// Silent: a loop body's variable, each turn's is gone before the wait at the end.
static void loop_names(struct manager *m)
{
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 2; j++) {
            _cleanup_free_ char *s = strdup("x");
            m->n += s != NULL;
        }
        usleep(1);
    }
}

// Fires: goto back over the declaration; in the retry the wait is in its scope.
static int retry(struct manager *m)
{
    int tries = 0;
again:;
    _cleanup_close_ int fd = dup(m->fd);
    if (fd < 0)
        return -1;
    if (send(fd, "?", 1, 0) < 0 && ++tries < 3) // expect: thread-stop-skipped-cleanup-attribute
        goto again;
    return tries;
}

static void *manager_main(void *arg)
{
    char *s = NULL;
    for (;;) {
        if (read_one(arg, &s) < 0)
            test_path("/etc/motd");
        free(s);
        tick(arg);
        tock(arg);
        free(name(arg, "base"));
        loop_names(arg);
        retry(arg);
    }
}

// Fires (pthread-cancel): the manager.
int manager_run(struct manager *m)
{
    pthread_t t;
    if (pthread_create(&t, NULL, manager_main, m))
        return -1;
    sleep(10);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    return pthread_join(t, NULL);
}
