// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads stopped through helpers, and what belongs to them freed through helpers.
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct input { char *frame; int fd; };
struct camera { pthread_t thread; pthread_mutex_t lock; struct input *in; bool up; };

static void *grab(void *arg)
{
    struct input *in = arg;
    while (read(in->fd, in->frame, 1) > 0)
        ;
    return NULL;
}

static void input_free(struct input *in)
{
    free(in->frame);
    free(in);
}
static void input_destroy(struct input *in) { if (in) input_free(in); }

// Fires: freed by a helper two levels deep, before the join.
int run_old(struct input *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, grab, in) != 0)
        return -1;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    input_destroy(in); // expect: thread-stop-unjoined-cancel
    return pthread_join(t, NULL);
}

// Silent: fixed.
int run(struct input *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, grab, in) != 0)
        return -1;
    sleep(1);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    int rc = pthread_join(t, NULL);
    input_destroy(in);
    return rc;
}

// Fires: cancel by a helper, free here, join later.
static void ask(pthread_t t) { pthread_cancel(t); } // expect: thread-stop-pthread-cancel
int run_asked(struct input *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, grab, in) != 0)
        return -1;
    ask(t);
    free(in); // expect: thread-stop-unjoined-cancel
    return pthread_join(t, NULL);
}

// Silent: a helper joins it.
static void end(pthread_t t) { pthread_cancel(t); pthread_join(t, NULL); } // expect: thread-stop-pthread-cancel
void run_ended(struct input *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, grab, in) != 0)
        return;
    end(t);
    free(in);
}

// Fires: joined by a helper, then used.
void run_twice_ended(struct input *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, grab, in) != 0)
        return;
    end(t);
    pthread_join(t, NULL); // expect: thread-stop-unjoined-cancel
}

// Fires: the member's thread reads the member's data, which goes first.
int camera_start(struct camera *c) { return pthread_create(&c->thread, NULL, grab, c->in); }
void camera_stop_old(struct camera *c)
{
    pthread_cancel(c->thread); // expect: thread-stop-pthread-cancel
    free(c->in); // expect: thread-stop-unjoined-cancel
    pthread_join(c->thread, NULL);
}
void camera_stop(struct camera *c)
{
    pthread_cancel(c->thread); // expect: thread-stop-pthread-cancel
    pthread_join(c->thread, NULL);
    free(c->in);
}

// Fires: unmapped before the join.
static void *scan(void *arg) { volatile char *p = arg; for (;;) { pthread_testcancel(); p[0]++; } }
void map_old(int fd)
{
    pthread_t t;
    void *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED)
        return;
    if (pthread_create(&t, NULL, scan, m) == 0) {
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
        munmap(m, 4096); // expect: thread-stop-unjoined-cancel
        pthread_join(t, NULL);
        return;
    }
    munmap(m, 4096);
}
