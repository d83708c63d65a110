// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct worker { pthread_t tid; int id; bool live; };
struct task { struct task *next; int fd; };

static struct worker *workers;
static int nworkers;
static struct task *tasks;
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cnd = PTHREAD_COND_INITIALIZER;
static pthread_t monitor, janitor, once;
static bool janitor_up;

// Silent: the handler of the region below.
static void unlock_mtx(void *p) { (void)p; pthread_mutex_unlock(&mtx); }

// Silent: waits under a handler.
static void *worker_main(void *arg)
{
    struct worker *w = arg;
    for (;;) {
        pthread_mutex_lock(&mtx);
        pthread_cleanup_push(unlock_mtx, NULL);
        while (!tasks)
            pthread_cond_wait(&cnd, &mtx);
        w->id += tasks->fd;
        tasks = tasks->next;
        pthread_cleanup_pop(1);
    }
}

static void *monitor_main(void *arg)
{
    (void)arg;
    for (;;)
        sleep(1);
}

// Silent: starts all.
int pool_init(int n)
{
    workers = calloc((size_t)n, sizeof *workers);
    if (!workers)
        return -1;
    for (nworkers = 0; nworkers < n; nworkers++) {
        if (pthread_create(&workers[nworkers].tid, NULL, worker_main, &workers[nworkers]))
            break;
        workers[nworkers].live = true;
    }
    if (pthread_create(&monitor, NULL, monitor_main, NULL) == 0)
        pthread_detach(monitor);
    janitor_up = pthread_create(&janitor, NULL, monitor_main, NULL) == 0;
    return nworkers == n ? 0 : -1;
}

// Silent (but for the cancel itself): only those that live; the array goes after the joins.
void pool_exit(void)
{
    int i;
    for (i = 0; i < nworkers; i++)
        if (workers[i].live)
            pthread_cancel(workers[i].tid); // expect: thread-stop-pthread-cancel
    for (i = 0; i < nworkers; i++) {
        if (!workers[i].live)
            continue;
        pthread_join(workers[i].tid, NULL);
        workers[i].live = false;
    }
    free(workers);
    workers = NULL;
    pthread_mutex_destroy(&mtx);
    pthread_cond_destroy(&cnd);
}

// Silent (but for the cancel itself): detached elsewhere.
void pool_stop_monitor(void)
{
    pthread_cancel(monitor); // expect: thread-stop-pthread-cancel
}

// Silent (but for the cancel itself): joined if it was started; two functions share the work.
void pool_stop_janitor(void)
{
    if (!janitor_up)
        return;
    pthread_cancel(janitor); // expect: thread-stop-pthread-cancel
    janitor_up = false;
}
void pool_reap_janitor(void) { pthread_join(janitor, NULL); }

// Silent: joined once, on whichever branch.
int pool_once(void *(*fn)(void *), bool wait)
{
    if (pthread_create(&once, NULL, fn, NULL) != 0)
        return -1;
    if (wait)
        return pthread_join(once, NULL);
    return pthread_detach(once);
}

// Fires: the tasks that the workers read are freed between request and join.
void pool_abort(void)
{
    for (int i = 0; i < nworkers; i++)
        pthread_cancel(workers[i].tid); // expect: thread-stop-pthread-cancel
    pthread_mutex_destroy(&mtx); // missed: thread-stop-unjoined-cancel
    for (int i = 0; i < nworkers; i++)
        pthread_join(workers[i].tid, NULL);
}
