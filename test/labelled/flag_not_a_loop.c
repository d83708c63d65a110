// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a flag decides once, or what a loop comes to the end of anyway, does not
// make a loop of the flag.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int ready;
static void on_term(int sig) { (void)sig; ready = 0; }

// Silent: such a macro is one statement, and no loop.
#define NEED_READY do { if (!ready) return -1; } while (0)
#define SKIP_UNLESS_READY do { if (!ready) break; puts("ready"); } while (0)
int use(int x)
{
    NEED_READY;
    SKIP_UNLESS_READY;
    do {
        if (ready)
            goto out;
    } while (x && 0);
out:
    return x + 1;
}

// Fires: the macro is in a loop.
int use_all(void)
{
    for (;;) {
        NEED_READY; // expect: thread-stop-nonatomic-flag
        puts("work");
    }
}

static int install(void)
{
    ready = 1;
    signal(SIGTERM, on_term); // also-ok: thread-stop-restarting-handler
    return use(1) + use_all();
}

// Silent: the search comes to its end, whatever the other thread does.
static struct { int state; int fd; } slot[32];
static void *slot_user(void *arg)
{
    const int i = *(int *)arg;

    slot[i].state = 0;
    return NULL;
}

static int reserve(void)
{
    for (int i = 0; i < 32; i++)
        if (slot[i].state == 0) {
            slot[i].state = 1;
            return i;
        }
    return -1;
}

static int reserve_down(void)
{
    int found = -1, i = 32;

    while (--i >= 0) {
        if (slot[i].state == 0) {
            found = i;
            break;
        }
    }
    return found;
}

// Fires: this one counts, but nothing ends at the count.
static int reserve_any(void)
{
    for (int i = 0;; i = (i + 1) % 32)
        if (slot[i].state == 0) // expect: thread-stop-nonatomic-flag
            return i;
}

static int slots(void)
{
    static int n = 3;
    pthread_t thread;

    if (pthread_create(&thread, NULL, slot_user, &n))
        return -1;
    const int sum = reserve() + reserve_down() + reserve_any();
    pthread_join(thread, NULL);
    return sum;
}

// Silent: both sides hold the mutex, and the macro that takes it is a statement
// that runs once.
#define LOCK(m) do { if (pthread_mutex_lock(m)) abort(); } while (0)
#define UNLOCK(m) do { if (pthread_mutex_unlock(m)) abort(); } while (0)
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static enum { running, stopping } state;

static void *worker(void *arg)
{
    LOCK(&guard);
    while (state == running)
        pthread_cond_wait(&change, &guard);
    UNLOCK(&guard);
    return arg;
}

int main(void)
{
    pthread_t thread;

    if (install() || slots() || pthread_create(&thread, NULL, worker, NULL))
        return 1;
    LOCK(&guard);
    state = stopping;
    pthread_cond_broadcast(&change);
    UNLOCK(&guard);
    return pthread_join(thread, NULL);
}
