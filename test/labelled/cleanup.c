// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct s { pthread_mutex_t m; pthread_cond_t c; int n; int fd; };
static void unlock(void *p) { pthread_mutex_unlock(p); }
static void freep(void *p) { free(p); }
extern int cond(void);

// Silent: pop with a variable, unlock by hand in the other case.
int c1(struct s *s, int keep)
{
    int n;

    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    while (s->n == 0)
        pthread_cond_wait(&s->c, &s->m);
    n = s->n;
    pthread_cleanup_pop(!keep);
    return n;
}

// Fires: break of a switch inside the region? no: the switch is inside. Silent.
int c2(struct s *s)
{
    int r = 0;

    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    switch (s->n) {
    case 0: r = 1; break;
    case 1: while (cond()) { if (s->n > 4) break; } break;
    default: break;
    }
    pthread_cleanup_pop(1);
    return r;
}

// Fires: the region is inside a switch case, break inside the region.
int c3(struct s *s)
{
    switch (s->n) {
    case 0:
        pthread_cleanup_push(unlock, &s->m);
        if (cond())
            break; // expect: thread-stop-unmatched-cleanup
        pthread_cleanup_pop(0);
        break;
    default:
        break;
    }
    return 0;
}

// Fires: return inside a statement expression.
#define TRY(x) ({ int e_ = (x); if (e_ < 0) return e_; e_; })
int c4(struct s *s)
{
    char *b = malloc(100);
    int n;

    pthread_cleanup_push(freep, b);
    n = TRY(cond()); // expect: thread-stop-unmatched-cleanup
    s->n = n;
    pthread_cleanup_pop(1);
    return n;
}

// Fires: goto retry jumps back before the push.
int c5(struct s *s)
{
    int rc = 0;
retry:
    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    if (s->n == 0)
        goto retry; // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
    return rc;
}

// Fires: jump into the region.
int c6(struct s *s, int skip)
{
    int rc = 0;

    if (skip)
        goto inside; // expect: thread-stop-unmatched-cleanup
    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    rc = cond();
inside:
    rc++;
    pthread_cleanup_pop(0);
    pthread_mutex_unlock(&s->m);
    return rc;
}

// Silent: nested regions, loops wholly inside, continue and break of them.
int c7(struct s *s)
{
    char *b = malloc(10);
    int k = 0;

    pthread_cleanup_push(freep, b);
    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    do {
        if (cond())
            continue;
        if (s->n++ > 5)
            break;
        for (;;) { if (cond()) break; else continue; }
    } while (k++ < 10);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return k;
}

// Silent: setjmp inside the region and longjmp inside the region too (back into it)?
// the target is a setjmp of the same region: no way out.
static void freenull(void *p) { (void)p; }
int c8(struct s *s)
{
    volatile int n = 0;

    pthread_cleanup_push(freenull, s);
    n = s->n;
    if (n)
        pthread_exit(NULL);
    pthread_cleanup_pop(0);
    return n;
}

// Fires: pop(0) before a return with lock held. Also one path unlocked -> not must-held.
int c9(struct s *s)
{
    int rc;

    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    rc = read(s->fd, &s->n, sizeof s->n);
    pthread_cleanup_pop(0);
    if (rc < 0) {
        pthread_mutex_unlock(&s->m);
        return -1;
    }
    pthread_mutex_unlock(&s->m);
    return 0;
}

// Silent: a function that locks for its caller: lock is handed over on purpose? It is named lock; pop(0) ends the only protection of a lock still held at the end.
int s_lock_wait(struct s *s)
{
    pthread_mutex_lock(&s->m);
    pthread_cleanup_push(unlock, &s->m);
    while (!s->n)
        pthread_cond_wait(&s->c, &s->m);
    pthread_cleanup_pop(0);
    return 0;
}

// Silent: the lock was taken by the caller: pop(0) leaves it to the caller.
int s_wait_locked(struct s *s)
{
    pthread_cleanup_push(unlock, &s->m);
    while (!s->n)
        pthread_cond_wait(&s->c, &s->m);
    pthread_cleanup_pop(0);
    return 0;
}

// Silent: the handed-over memory, pop(0) for the success.
char *c10(struct s *s)
{
    char *b = malloc(100);

    pthread_cleanup_push(freep, b);
    if (read(s->fd, b, 100) < 0)
        pthread_exit(NULL);
    pthread_cleanup_pop(0);
    return b;
}
