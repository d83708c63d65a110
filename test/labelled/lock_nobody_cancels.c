// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct job {
    struct job *next;
    void (*run)(struct job *);
};

struct workq {
    pthread_mutex_t mutex;
    pthread_cond_t cv;
    struct job *first, *last;
    int quit, nthreads;
    pthread_t thr[8];
};

// Silent: a textbook pool; it ends by a flag and nobody cancels it.
static void *workq_server(void *arg)
{
    struct workq *wq = arg;
    struct job *j;

    for (;;) {
        pthread_mutex_lock(&wq->mutex);
        while (wq->first == NULL && !wq->quit)
            pthread_cond_wait(&wq->cv, &wq->mutex);
        j = wq->first;
        if (j != NULL) {
            wq->first = j->next;
            if (wq->last == j)
                wq->last = NULL;
        }
        pthread_mutex_unlock(&wq->mutex);
        if (j == NULL)
            return NULL;
        j->run(j);
        free(j);
    }
}

// Silent: starts the pool under its lock.
int workq_start(struct workq *wq, int n)
{
    int status;

    pthread_mutex_lock(&wq->mutex);
    for (wq->nthreads = 0; wq->nthreads < n; wq->nthreads++) {
        status = pthread_create(&wq->thr[wq->nthreads], NULL, workq_server, wq);
        if (status != 0) {
            pthread_mutex_unlock(&wq->mutex);
            return status;
        }
    }
    pthread_mutex_unlock(&wq->mutex);
    return 0;
}

// Silent: allocated, blocked on, freed: all in a thread that ends by itself.
static void *acceptor(void *arg)
{
    int listener = *(int *)arg, fd;
    char *buf = malloc(4096);

    if (buf == NULL)
        return NULL;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        ssize_t n = read(fd, buf, 4096);
        if (n > 0)
            write(fd, buf, (size_t)n);
        close(fd);
    }
    free(buf);
    return NULL;
}

// Silent: a signal thread that waits for ever, never cancelled.
static void *sigthread(void *arg)
{
    sigset_t *set = arg;
    int sig;

    for (;;)
        if (sigwait(set, &sig) == 0 && sig == SIGTERM)
            exit(0);
}

// Silent: starts the two.
int serve(int *listener, sigset_t *set)
{
    pthread_t a, s;

    if (pthread_create(&a, NULL, acceptor, listener) != 0 || pthread_create(&s, NULL, sigthread, set) != 0)
        return -1;
    pthread_detach(s);
    return pthread_join(a, NULL);
}

// Silent: stopped by flag and broadcast.
void workq_destroy(struct workq *wq)
{
    pthread_mutex_lock(&wq->mutex);
    wq->quit = 1;
    pthread_cond_broadcast(&wq->cv);
    pthread_mutex_unlock(&wq->mutex);
    for (int i = 0; i < wq->nthreads; i++)
        pthread_join(wq->thr[i], NULL);
}
