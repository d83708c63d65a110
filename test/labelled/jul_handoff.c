// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <threads.h>

struct sess { pthread_mutex_t m; pthread_mutex_t tx; pthread_t rd, wr; int fd; bool open; struct sess *next; };

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sess *list;
static pthread_spinlock_t spin;
static pthread_t spinner, sealed;
static sem_t go;
static int total;

#define LIST_LOCK() pthread_mutex_lock(&list_lock)
#define LIST_UNLOCK() pthread_mutex_unlock(&list_lock)

static void m_enter(pthread_mutex_t *m) { pthread_mutex_lock(m); }
static void m_leave(pthread_mutex_t *m) { pthread_mutex_unlock(m); }

// Silent: takes its own session's lock, deep down.
static void account(struct sess *s)
{
    m_enter(&s->m);
    s->fd++;
    m_leave(&s->m);
}
static void *reader(void *arg)
{
    struct sess *s = arg;
    while (s->open) // expect: thread-stop-nonatomic-flag
        account(s);
    return NULL;
}
// Silent: the writer uses only tx.
static void *writer(void *arg)
{
    struct sess *s = arg;
    m_enter(&s->tx);
    s->fd--;
    m_leave(&s->tx);
    return NULL;
}

struct sess *sess_new(void)
{
    struct sess *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (pthread_create(&s->rd, NULL, reader, s) || pthread_create(&s->wr, NULL, writer, s)) {
        free(s);
        return NULL;
    }
    LIST_LOCK();
    s->next = list;
    list = s;
    LIST_UNLOCK();
    return s;
}

// Fires: the reader wants s->m.
void sess_close(struct sess *s)
{
    m_enter(&s->m);
    s->open = false;
    pthread_join(s->rd, NULL); // missed: thread-stop-join-under-lock
    m_leave(&s->m);
}

// Silent: the writer does not.
void sess_drain(struct sess *s)
{
    m_enter(&s->m);
    pthread_join(s->wr, NULL);
    m_leave(&s->m);
}

// Silent: under the list's lock, which no thread of a session takes.
void sess_close_all(void)
{
    LIST_LOCK();
    for (struct sess *s = list; s; s = s->next) {
        s->open = false;
        pthread_join(s->rd, NULL);
        pthread_join(s->wr, NULL);
    }
    LIST_UNLOCK();
}

// Silent: one session's lock, another session's thread.
void sess_swap(struct sess *a, struct sess *b)
{
    pthread_mutex_lock(&a->m);
    pthread_join(b->rd, NULL);
    a->fd = b->fd;
    pthread_mutex_unlock(&a->m);
}

// Silent: the thread takes the spin lock only in a function that is not its own.
static void *spin_main(void *arg)
{
    sem_wait(&go);
    return arg;
}
void spin_end(void)
{
    pthread_spin_lock(&spin);
    pthread_join(spinner, NULL);
    pthread_spin_unlock(&spin);
}

// Silent: a lock in the thread's unreachable part.
static void *sealed_main(void *arg)
{
    total++;
    return arg;
    LIST_LOCK();
    LIST_UNLOCK();
}
void sealed_end(void)
{
    LIST_LOCK();
    pthread_join(sealed, NULL);
    LIST_UNLOCK();
}

int others(void)
{
    return pthread_create(&spinner, NULL, spin_main, NULL) | pthread_create(&sealed, NULL, sealed_main, NULL);
}
