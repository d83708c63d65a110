// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The other way round: a thread sets the flag, and a loop beside it waits.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

void draw(void);

static int quit;
static void *read_keys(void *arg)
{
    char c;
    while (read(*(int *)arg, &c, 1) == 1)
        if (c == 'q') {
            quit = 1;
            break;
        }
    return NULL;
}

// Fires: the thread runs while the loop does.
int show(int fd)
{
    pthread_t keys;
    pthread_create(&keys, NULL, read_keys, &fd);
    while (!quit) // expect: thread-stop-nonatomic-flag
        draw();
    return pthread_join(keys, NULL);
}

static int ready;
static void *become_ready(void *arg)
{
    ready = 1;
    return arg;
}

static void wait_until_ready(void)
{
    while (!ready) // expect: thread-stop-nonatomic-flag
        sched_yield();
}

// Fires there: called after the thread was made.
int start(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, become_ready, NULL);
    wait_until_ready();
    return pthread_detach(thread);
}

static int finished;
static void *finish(void *arg)
{
    finished = 1;
    return arg;
}

// Silent: joined before.
void look_afterwards(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, finish, NULL);
    pthread_join(thread, NULL);
    while (!finished)
        draw();
}

static sem_t jobs;
static int last;

void work(void);

// Silent: the semaphore orders them.
static void *work_on(void *arg)
{
    for (;;) {
        sem_wait(&jobs);
        if (last) return arg;
        work();
    }
}

int stop_workers(pthread_t thread)
{
    last = 1;
    sem_post(&jobs);
    return pthread_join(thread, NULL);
}

int start_workers(pthread_t *thread)
{
    return pthread_create(thread, NULL, work_on, NULL);
}

static pthread_barrier_t round_end;
static int last_round;

// Silent: both wait at the barrier.
static void *rounds(void *arg)
{
    for (;;) {
        pthread_barrier_wait(&round_end);
        if (last_round) return arg;
        work();
        pthread_barrier_wait(&round_end);
    }
}

int play(void)
{
    pthread_t thread;
    pthread_barrier_init(&round_end, NULL, 2);
    pthread_create(&thread, NULL, rounds, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_barrier_wait(&round_end);
        pthread_barrier_wait(&round_end);
    }
    last_round = 1;
    pthread_barrier_wait(&round_end);
    return pthread_join(thread, NULL);
}
