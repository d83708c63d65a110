// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct svc { pthread_t thread; int fd; };
struct group { pthread_t tids[8]; size_t n; };

extern void later(pthread_t *t);
extern void publish(struct svc *s);
pthread_t shared_handle;
static pthread_t hidden, by_address, copied, list[4];
static struct group crew;

static void *run(void *arg)
{
    struct svc *s = arg;
    char c;
    while (read(s->fd, &c, 1) == 1)
        continue;
    return NULL;
}

// Silent (but for the cancel itself): a global that other files see.
int start_shared(struct svc *s) { return pthread_create(&shared_handle, NULL, run, s); }
void stop_shared(void)
{
    pthread_cancel(shared_handle); // expect: thread-stop-pthread-cancel
}

// Fires: static, and never joined in this file.
int start_hidden(struct svc *s) { return pthread_create(&hidden, NULL, run, s); }
void stop_hidden(void)
{
    pthread_cancel(hidden); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Silent (but for the cancel itself): its address is given away.
int start_by_address(struct svc *s)
{
    int rc = pthread_create(&by_address, NULL, run, s);
    if (rc == 0)
        later(&by_address);
    return rc;
}
void stop_by_address(void)
{
    pthread_cancel(by_address); // expect: thread-stop-pthread-cancel
}

// Silent (but for the cancel itself): the caller gets a copy.
pthread_t start_copied(struct svc *s)
{
    pthread_create(&copied, NULL, run, s);
    return copied;
}
void stop_copied(void)
{
    pthread_cancel(copied); // expect: thread-stop-pthread-cancel
}

// Silent (but for the cancel itself): joined by a helper that gets the whole array.
static void join_all(pthread_t *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pthread_join(t[i], NULL);
}
int start_list(struct svc *s)
{
    for (int i = 0; i < 4; i++)
        if (pthread_create(&list[i], NULL, run, s))
            return -1;
    return 0;
}
void stop_list(void)
{
    for (int i = 0; i < 4; i++)
        pthread_cancel(list[i]); // expect: thread-stop-pthread-cancel
    join_all(list, 4);
}

// Fires: others only hold the pointer; the struct is private to this file, and nobody here joins.
struct svc *svc_new(int fd)
{
    struct svc *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->fd = fd;
    if (pthread_create(&s->thread, NULL, run, s)) {
        free(s);
        return NULL;
    }
    publish(s);
    return s;
}
void svc_ask(struct svc *s)
{
    pthread_cancel(s->thread); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}

// Silent (but for the cancel itself): the copy of the group's handles is joined.
int crew_start(struct svc *s)
{
    for (crew.n = 0; crew.n < 8; crew.n++)
        if (pthread_create(&crew.tids[crew.n], NULL, run, s))
            return -1;
    return 0;
}
void crew_stop(void)
{
    pthread_t mine[8];
    for (size_t i = 0; i < crew.n; i++)
        pthread_cancel(crew.tids[i]); // expect: thread-stop-pthread-cancel
    memcpy(mine, crew.tids, sizeof mine);
    join_all(mine, crew.n);
}
