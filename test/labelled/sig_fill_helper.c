// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A helper fills the struct; flags come in through a parameter.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

extern void work(void);

static volatile sig_atomic_t stop_first, stop_second;
static sem_t first_jobs, second_jobs;
static pthread_t first, second;

static void prepare(struct sigaction *sa, void (*handler)(int), int flags)
{
    memset(sa, 0, sizeof *sa);
    sa->sa_handler = handler;
    sa->sa_flags = flags;
    sigfillset(&sa->sa_mask);
}

static void on_first(int sig) { (void)sig; stop_first = 1; }
static void on_second(int sig) { (void)sig; stop_second = 1; }

// Fires once: the semaphore's wait goes on after the first handler.
void install(void)
{
    struct sigaction sa;

    prepare(&sa, on_first, SA_RESTART | SA_ONSTACK);
    sigaction(SIGUSR1, &sa, NULL); // expect: thread-stop-restarting-handler
    prepare(&sa, on_second, SA_ONSTACK);
    sigaction(SIGUSR2, &sa, NULL);
}

static void *first_main(void *arg)
{
    while (sem_wait(&first_jobs) == 0)
        work();
    return stop_first ? NULL : arg;
}

static void *second_main(void *arg)
{
    while (sem_wait(&second_jobs) == 0)
        work();
    return stop_second ? NULL : arg;
}

void start(void)
{
    sem_init(&first_jobs, 0, 0);
    sem_init(&second_jobs, 0, 0);
    pthread_create(&first, NULL, first_main, NULL);
    pthread_create(&second, NULL, second_main, NULL);
}

void stop(void)
{
    pthread_kill(first, SIGUSR1);
    pthread_kill(second, SIGUSR2);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
}
