// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A queue of kernel events, two versions of it: those that end in _old lose the lock or an event to a cancel.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/poll.h>
#include <unistd.h>
#include <errno.h>

struct uevent { struct uevent *next; char *text; };
struct queue { struct uevent *first, **last; };

static pthread_mutex_t uevq_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t uev_cond = PTHREAD_COND_INITIALIZER;
static struct queue uevq = { NULL, &uevq.first };
static int servicing;

extern int service(struct uevent *uev, void *data);

static void cleanup_mutex(void *arg) { pthread_mutex_unlock(arg); }
#define cleanup_push_cast(f, arg) pthread_cleanup_push((void (*)(void *))(f), (arg))

static void free_events(struct uevent *u)
{
    while (u) {
        struct uevent *next = u->next;
        free(u->text);
        free(u);
        u = next;
    }
}

static void free_list(void *arg)
{
    struct uevent **list = arg;
    free_events(*list);
}

// Fires: cond_wait without a handler.
static struct uevent *take_all_old(void)
{
    struct uevent *all;
    pthread_mutex_lock(&uevq_lock);
    while (!uevq.first)
        pthread_cond_wait(&uev_cond, &uevq_lock); // expect: thread-stop-lock-across-cancellation-point
    all = uevq.first;
    uevq.first = NULL;
    uevq.last = &uevq.first;
    pthread_mutex_unlock(&uevq_lock);
    return all;
}

// Silent: fixed with a handler.
static struct uevent *take_all(void)
{
    struct uevent *all;
    pthread_mutex_lock(&uevq_lock);
    cleanup_push_cast(pthread_mutex_unlock, &uevq_lock);
    while (!uevq.first)
        pthread_cond_wait(&uev_cond, &uevq_lock);
    all = uevq.first;
    uevq.first = NULL;
    uevq.last = &uevq.first;
    pthread_cleanup_pop(1);
    return all;
}

void *dispatch_old(void *data)
{
    for (;;) {
        struct uevent *all;
        servicing = 0;
        all = take_all_old();
        servicing = 1;
        for (struct uevent *u = all; u; u = u->next)
            service(u, data);
        free_events(all);
        pthread_testcancel();
    }
    return NULL;
}

void *dispatch(void *data)
{
    for (;;) {
        struct uevent *all = NULL;
        pthread_cleanup_push(free_list, &all);
        servicing = 0;
        all = take_all();
        servicing = 1;
        for (struct uevent *u = all; u; u = u->next)
            service(u, data);
        pthread_cleanup_pop(1);
        pthread_testcancel();
    }
    return NULL;
}

// Fires: the new event is lost if recv is cancelled.
static struct uevent *receive_old(int fd)
{
    pthread_testcancel();
    struct uevent *u = calloc(1, sizeof *u);
    char text[512];
    ssize_t n;
    if (!u)
        return NULL;
    n = recv(fd, text, sizeof text, 0); // expect: thread-stop-leak-across-cancellation-point
    if (n <= 0) {
        free(u);
        return NULL;
    }
    u->text = strndup(text, (size_t)n);
    return u;
}

// Silent: received first, then allocated.
static struct uevent *receive(int fd)
{
    char text[512];
    ssize_t n = recv(fd, text, sizeof text, 0);
    struct uevent *u;
    if (n <= 0)
        return NULL;
    u = calloc(1, sizeof *u);
    if (u)
        u->text = strndup(text, (size_t)n);
    return u;
}

static void enqueue(struct uevent *u)
{
    pthread_mutex_lock(&uevq_lock);
    *uevq.last = u;
    uevq.last = &u->next;
    pthread_cond_signal(&uev_cond);
    pthread_mutex_unlock(&uevq_lock);
}

// Silent: once the event is in the queue, it is not this function's any more.
int listen_loop(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    for (;;) {
        struct uevent *u;
        pthread_testcancel();
        if (poll(&p, 1, -1) < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        u = receive(fd);
        if (!u)
            u = receive_old(fd);
        if (!u)
            continue;
        enqueue(u);
    }
}

// Fires: the old listener held its own batch in a local list across poll.
int batch_old(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char *batch = malloc(4096);
    if (!batch)
        return -ENOMEM;
    pthread_testcancel(); // expect: thread-stop-leak-across-cancellation-point
    if (poll(&p, 1, -1) > 0)
        memset(batch, 0, 4096);
    free(batch);
    return 0;
}

// Silent: fixed.
int batch(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char *batch = malloc(4096);
    int rc = -ENOMEM;
    if (!batch)
        return rc;
    cleanup_push_cast(free, batch);
    pthread_testcancel();
    if (poll(&p, 1, -1) > 0)
        memset(batch, 0, 4096);
    rc = 0;
    pthread_cleanup_pop(1);
    (void)cleanup_mutex;
    return rc;
}

static pthread_t dispatchers[2];

int start_dispatchers(void *data)
{
    return pthread_create(&dispatchers[0], NULL, dispatch_old, data) ||
           pthread_create(&dispatchers[1], NULL, dispatch, data);
}

int listen_old(int fd) { return listen_loop(fd); }

void stop_dispatchers(void)
{
    for (int i = 0; i < 2; i++) {
        pthread_cancel(dispatchers[i]); // expect: thread-stop-pthread-cancel
        pthread_join(dispatchers[i], NULL);
    }
}
