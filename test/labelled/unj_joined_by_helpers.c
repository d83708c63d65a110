// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that are cancelled here and joined by a function of this file, or of another.
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct reader { pthread_t thread; char *buffer; int fd; bool up; };
extern void *reader_main(void *arg);
extern void wait_elsewhere(struct reader *r);
extern int wait_handle_elsewhere(pthread_t t);

static void wait_for(pthread_t t)
{
    if (pthread_join(t, NULL) != 0)
        perror("join");
}
static void wait_plainly(pthread_t t) { pthread_join(t, NULL); }
static void wait_twice_removed(pthread_t t) { wait_plainly(t); }
static void reader_wait(struct reader *r) { pthread_join(r->thread, NULL); }
static void reader_wait_if_up(struct reader *r)
{
    if (r->up)
        pthread_join(r->thread, NULL);
    r->up = false;
}
static pthread_t ticker;
static char *ticks;
static void ticker_wait(void) { pthread_join(ticker, NULL); }

// Silent: joined by a helper that looks at the result.
void checked(char *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    wait_for(t);
    free(in);
}

// Silent: the same, without, and one level deeper.
void plainly(char *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    wait_plainly(t);
    free(in);
}
void deeper(char *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    wait_twice_removed(t);
    free(in);
}

// Silent: the handle is a member, the helper gets the object.
int reader_start(struct reader *r)
{
    r->up = true;
    return pthread_create(&r->thread, NULL, reader_main, r->buffer);
}
void reader_stop(struct reader *r)
{
    pthread_cancel(r->thread); // expect: thread-stop-pthread-cancel
    reader_wait(r);
    free(r->buffer);
}
void reader_stop_if_up(struct reader *r)
{
    pthread_cancel(r->thread); // expect: thread-stop-pthread-cancel
    reader_wait_if_up(r);
    free(r->buffer);
}

// Silent: a global handle, the helper gets nothing.
int ticker_start(void) { return pthread_create(&ticker, NULL, reader_main, ticks); }
void ticker_stop(void)
{
    pthread_cancel(ticker); // expect: thread-stop-pthread-cancel
    ticker_wait();
    free(ticks);
}

// Silent: another file may join it.
void reader_stop_elsewhere(struct reader *r)
{
    pthread_cancel(r->thread); // expect: thread-stop-pthread-cancel
    wait_elsewhere(r);
    free(r->buffer);
}
void elsewhere(char *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    wait_handle_elsewhere(t);
    free(in);
}

// Silent: a new thread in the handle that a helper has joined.
void again(char *in)
{
    pthread_t t;
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    wait_plainly(t);
    if (pthread_create(&t, NULL, reader_main, in) != 0)
        return;
    wait_plainly(t);
    free(in);
}
