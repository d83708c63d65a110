// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that a function of the program starts.
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

struct unit { pthread_t id; int fd; };
extern long count(int);

static int start(pthread_t *id, void *(*body)(void *), void *arg)
{
    return pthread_create(id, NULL, body, arg);
}

static void *counting(void *arg)
{
    struct unit *u = arg;
    return (void *)count(u->fd);
}
static void *idling(void *arg)
{
    for (;;)
        pause();
    return arg;
}

// Silent: counts.
int counted(struct unit *u)
{
    pthread_t t;
    void *r;
    if (start(&t, counting, u))
        return -1;
    pthread_join(t, &r);
    return (intptr_t)r == -1;
}

// Fires: idles.
int idled(struct unit *u)
{
    pthread_t t;
    void *r;
    if (start(&t, idling, u))
        return -1;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, &r);
    return (intptr_t)r == -1; // expect: thread-stop-canceled-compare
}

// Silent: it runs what another file says, and nobody cancels it here.
int ran(struct unit *u, void *(*body)(void *))
{
    void *r;
    if (pthread_create(&u->id, NULL, body, u))
        return -1;
    pthread_join(u->id, &r);
    return (intptr_t)r == -1;
}

// Fires: it runs what another file says, and is cancelled.
int ran_briefly(void *(*body)(void *), void *arg)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, body, arg))
        return -1;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, &r);
    return r == (void *)-1; // expect: thread-stop-canceled-compare
}
