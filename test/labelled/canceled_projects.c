// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes from daemons: stop functions that look at how a thread ended.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_FAIL = -1 };
struct service {
    pthread_t thread;
    int (*run)(struct service *);
    int fd, status;
    struct service *next;
};
static struct service *services;
extern void log_line(const char *, ...);
extern int serve(int);

// Silent: -1 is the service's own status.
static void *service_main(void *arg)
{
    struct service *s = arg;
    intptr_t status = s->run(s);
    return (void *)status;
}

// Silent: status through an enumeration.
static void *checked_main(void *arg)
{
    struct service *s = arg;
    int rc = EXIT_OK;
    if (serve(s->fd) != 0)
        rc = EXIT_FAIL;
    return (void *)(long)rc;
}

// Silent: leaves by pthread_exit, a pointer or nothing.
static void *quiet_main(void *arg)
{
    struct service *s = arg;
    for (;;) {
        if (serve(s->fd) < 0)
            pthread_exit(NULL);
        if (s->status)
            pthread_exit(&s->status);
    }
}

static int spawn(struct service *s, void *(*main_)(void *))
{
    return pthread_create(&s->thread, NULL, main_, s);
}

// Silent: the routine's own -1.
int service_run(struct service *s)
{
    pthread_t t;
    void *r;
    if (pthread_create(&t, NULL, service_main, s))
        return -1;
    if (pthread_join(t, &r) || (intptr_t)r == -1)
        return -1;
    return 0;
}

// Silent: the routine's own EXIT_FAIL.
int service_check(struct service *s)
{
    pthread_t t;
    long r;
    if (pthread_create(&t, NULL, checked_main, s))
        return -1;
    pthread_join(t, (void **)&r);
    return r == EXIT_FAIL ? EXIT_FAIL : EXIT_OK;
}

// Fires: neither NULL nor a pointer is -1.
int service_stop(struct service *s)
{
    pthread_t t;
    void *r = NULL;
    if (pthread_create(&t, NULL, quiet_main, s))
        return -1;
    sleep(1);
    if (pthread_cancel(t) == ESRCH) // expect: thread-stop-pthread-cancel
        log_line("gone");
    if (pthread_join(t, &r) != 0)
        goto failed;
    if (r == (void *)-1) // expect: thread-stop-canceled-compare
        log_line("cancelled");
    else if (r)
        log_line("status %d", *(int *)r);
    return 0;
failed:
    return r == (void *)-1; // expect: thread-stop-canceled-compare
}

// Silent: any service may be behind the list.
int services_join(void)
{
    int failed = 0;
    for (struct service *s = services; s; s = s->next) {
        void *r;
        if (spawn(s, service_main) || pthread_join(s->thread, &r))
            continue;
        failed += r == (void *)-1;
    }
    return failed;
}

// Silent: -1 asks for the address that a failing call gave.
int unrelated(void)
{
    void *end = sbrk(0);
    return end == (void *)-1 || strtol("x", NULL, 10) == -1;
}

// Silent: compared before it is joined.
int too_early(struct service *s, void *r)
{
    int odd = r == (void *)-1;
    pthread_join(s->thread, &r);
    return odd && r == PTHREAD_CANCELED;
}
