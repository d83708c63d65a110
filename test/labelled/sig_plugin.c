// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of a program that has its handlers elsewhere: no main here, and threads
// that are made to be interrupted.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int fd);
void wait_for_work(void);

static pthread_t acceptor, worker, crude, other;
static int listener;
static atomic_int stopping;

static void *accept_clients(void *arg)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno == EINTR) return arg;
        serve(fd);
    }
}

// Silent: the thread looks for EINTR.
void stop_acceptor(void)
{
    pthread_kill(acceptor, SIGTERM);
    pthread_join(acceptor, NULL);
}

static void *work(void *arg)
{
    while (!stopping) wait_for_work();
    return arg;
}

// Silent: a flag goes with it.
void stop_worker(void)
{
    stopping = 1;
    pthread_kill(worker, SIGINT);
    pthread_join(worker, NULL);
}

static void *plod(void *arg)
{
    for (;;) wait_for_work();
    return arg;
}

// Fires: nothing there expects it.
void stop_crude(void)
{
    pthread_kill(crude, SIGTERM); // expect: thread-stop-process-killing-signal
    pthread_join(crude, NULL);
}

// Fires: no handler is possible.
void kill_acceptor(void)
{
    pthread_kill(acceptor, SIGKILL); // expect: thread-stop-process-killing-signal
}

int spawn(pthread_t *thread, void *(*routine)(void *));

// Silent: who creates it is elsewhere, what it runs may be any of these.
void stop_other(void)
{
    stopping = 1;
    pthread_kill(other, SIGHUP);
}

void start_other(void)
{
    spawn(&other, work);
}

void start_all(void)
{
    pthread_create(&acceptor, NULL, accept_clients, NULL);
    pthread_create(&worker, NULL, work, NULL);
    pthread_create(&crude, NULL, plod, NULL);
}
