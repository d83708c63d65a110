// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which code is cancelled: handles in members, arrays, parameters, tables; routines in tables and behind wrappers.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fds[8];

// Fires: started through a wrapper that gets the routine as a parameter.
static void *wrapped(void *arg)
{
    pthread_mutex_lock(&lock);
    read(fds[0], arg, 1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
    return arg;
}
static int spawn(pthread_t *t, void *(*fn)(void *), void *arg) { return pthread_create(t, NULL, fn, arg); }
static void reap(pthread_t t) { pthread_cancel(t); pthread_join(t, NULL); } // expect: thread-stop-pthread-cancel
static pthread_t one;
int one_start(void *arg) { return spawn(&one, wrapped, arg); }
void one_stop(void) { reap(one); }

// Fires: the routine stands in a table with the handle.
static void *in_table(void *arg)
{
    pthread_mutex_lock(&lock);
    read(fds[1], arg, 1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
    return arg;
}
static void *in_table_too(void *arg)
{
    char *b = malloc(4);
    if (b) {
        read(fds[2], b, 4); // expect: thread-stop-leak-across-cancellation-point
        free(b);
    }
    return arg;
}
struct static_thread { const char *name; int enabled; pthread_t thread; void *(*start)(void *); };
static struct static_thread table[] = {
    { "one", 1, 0, in_table },
    { "two", 1, 0, in_table_too },
    { NULL, 0, 0, NULL },
};
void table_start(void)
{
    for (struct static_thread *st = table; st->name; st++)
        if (st->enabled)
            pthread_create(&st->thread, NULL, st->start, st);
}
void table_stop(void)
{
    for (int i = 0; table[i].name; i++) {
        pthread_cancel(table[i].thread); // expect: thread-stop-pthread-cancel
        pthread_join(table[i].thread, NULL);
    }
}

// Silent: this one is created, and nobody cancels it.
static void *left_alone(void *arg)
{
    pthread_mutex_lock(&lock);
    read(fds[3], arg, 1);
    pthread_mutex_unlock(&lock);
    return arg;
}
static pthread_t alone;
int alone_start(void *arg) { return pthread_create(&alone, NULL, left_alone, arg); }
void alone_wait(void) { pthread_join(alone, NULL); }

// Fires: a heap array of handles behind a pointer.
struct crew { pthread_t *threads; int n; };
static void *crew_main(void *arg)
{
    pthread_mutex_lock(&lock);
    send(fds[4], arg, 1, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
    return arg;
}
int crew_start(struct crew *c, int n)
{
    c->threads = calloc((size_t)n, sizeof *c->threads);
    if (!c->threads)
        return -1;
    for (c->n = 0; c->n < n; c->n++)
        if (pthread_create(&c->threads[c->n], NULL, crew_main, c))
            return -1;
    return 0;
}
void crew_stop(struct crew *c)
{
    while (c->n-- > 0) {
        pthread_t t = c->threads[c->n];
        pthread_cancel(t); // expect: thread-stop-pthread-cancel
        pthread_join(t, NULL);
    }
    free(c->threads);
}

// Fires: a function pointer with one target in the routine.
static void (*on_tick)(void);
static void tick(void)
{
    pthread_mutex_lock(&lock);
    sleep(1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
}
static pthread_t ticker;
static void *tick_main(void *arg)
{
    for (;;)
        on_tick();
    return arg;
}
int tick_start(void)
{
    on_tick = tick;
    return pthread_create(&ticker, NULL, tick_main, NULL);
}
void tick_stop(void)
{
    pthread_cancel(ticker); // expect: thread-stop-pthread-cancel
    pthread_join(ticker, NULL);
}

// Silent: cond_wait in code that nobody cancels.
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
void wait_ready(const int *flag)
{
    pthread_mutex_lock(&lock);
    while (!*flag)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
}

// Fires: this function reckons with a cancel itself.
static void drop(void *fd) { close((int)(long)fd); }
void copy_all(int from, int to)
{
    char b[32];
    ssize_t n;
    pthread_cleanup_push(drop, (void *)(long)to);
    while ((n = read(from, b, sizeof b)) > 0) {
        pthread_mutex_lock(&lock);
        write(to, b, (size_t)n); // expect: thread-stop-lock-across-cancellation-point
        pthread_mutex_unlock(&lock);
    }
    pthread_cleanup_pop(1);
}

// Fires: a conditional callee as the thing that is called through ?:.
static void *either(void *arg)
{
    pthread_mutex_lock(&lock);
    recv(fds[5], arg, 1, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&lock);
    return arg;
}
static pthread_t maybe;
static int let_run(pthread_t t) { return t == 0; }
int maybe_start(void *arg) { return pthread_create(&maybe, NULL, either, arg); }
void maybe_stop(int hard)
{
    (hard ? pthread_cancel : let_run)(maybe); // expect: thread-stop-pthread-cancel
    pthread_join(maybe, NULL);
}
