// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>
#include <errno.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf jb;
static void unlock(void *p) { pthread_mutex_unlock(p); }
static void fre(void *p) { free(p); }
static void cls(void *p) { close(*(int *)p); }
extern int step(int);
extern void quit(void) __attribute__((noreturn));

#define RETRY(e) ({ long r_; do r_ = (long)(e); while (r_ == -1 && errno == EINTR); r_; })
#define LOCKED(mx) pthread_mutex_lock(mx); pthread_cleanup_push(unlock, (mx)) {
#define END_LOCKED } pthread_cleanup_pop(1)
#define FAIL_IF(c) do { if (c) goto fail; } while (0)
#define RET_IF(c) if (c) return -1

// Silent: statement expression retry.
long g1(int fd)
{
    char b[4];
    long n;

    pthread_cleanup_push(cls, &fd);
    n = RETRY(read(fd, b, 4));
    pthread_cleanup_pop(1);
    return n;
}

// Silent: macro block.
int g2(int x)
{
    int r;

    LOCKED(&m)
        r = step(x);
        while (r-- > 0) { if (r == 5) break; }
    END_LOCKED;
    return r;
}

// Fires: macro goto out.
int g3(int x)
{
    int r = 0;

    LOCKED(&m)
        FAIL_IF(step(x)); // expect: thread-stop-unmatched-cleanup
        r = step(x + 1);
    END_LOCKED;
    return r;
fail:
    return -1;
}

// Fires: macro return.
int g4(int x)
{
    LOCKED(&m)
        RET_IF(step(x)); // expect: thread-stop-unmatched-cleanup
    END_LOCKED;
    return 0;
}

// Fires: goto from the inner region to the end of the outer region skips the inner pop.
int g5(int x)
{
    char *b = malloc(4);
    int r = 0;

    pthread_cleanup_push(fre, b);
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (step(x))
        goto out; // expect: thread-stop-unmatched-cleanup
    r = 1;
    pthread_cleanup_pop(1);
out:
    pthread_cleanup_pop(1);
    return r;
}

// Silent: goto within the inner one and ends by thread exits.
int g6(int x)
{
    int r = 0;

    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
again:
    if (step(x))
        goto again;
    if (step(x + 1))
        thrd_exit(1);
    if (step(x + 2))
        quit();
    if (step(x + 3))
        quick_exit(3);
    r = 1;
    pthread_cleanup_pop(1);
    return r;
}

// Fires: siglongjmp.
void g7(int x)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    if (step(x))
        siglongjmp(jb, 1); // expect: thread-stop-unmatched-cleanup
    pthread_cleanup_pop(1);
}

// Fires: case label jumps into the region.
int g8(int x)
{
    int r = 0;

    switch (x) {
    case 0:
        pthread_cleanup_push(unlock, &m);
        r = step(0);
    case 1: // expect: thread-stop-unmatched-cleanup
        r += step(1);
        pthread_cleanup_pop(0);
        break;
    default:
        r = -1;
    }
    return r;
}

// Silent: the region is one case's own block, break after the pop.
int g9(int x)
{
    int r = 0;

    switch (x) {
    case 0: {
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        r = step(0);
        pthread_cleanup_pop(1);
        break;
    }
    case 1:
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        r = step(1);
        pthread_cleanup_pop(1);
        break;
    }
    return r;
}

// Fires: break in do-while(0) macro idiom of the program around the region.
int g10(int x)
{
    int r = 0;

    do {
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        r = step(x);
        if (r)
            break; // expect: thread-stop-unmatched-cleanup
        r = step(x + 1);
        pthread_cleanup_pop(1);
    } while (0);
    return r;
}

// Silent: own do-while(0) inside the region.
int g11(int x)
{
    int r = 0;

    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    do {
        r = step(x);
        if (r)
            break;
        r = step(x + 1);
    } while (0);
    pthread_cleanup_pop(1);
    return r;
}

// Fires: a break without any loop around binds to the hidden loop: on purpose? It skips the pop on glibc C -> still a way out that skips the pop.
int g12(int x)
{
    int r = 0;

    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    r = step(x);
    if (r)
        break; // expect: thread-stop-unmatched-cleanup
    r = step(x + 1);
    pthread_cleanup_pop(1);
    return r;
}

// Silent: return in a nested block after the pop, while(1) loop.
int g13(int x)
{
    for (;;) {
        int r;
        pthread_mutex_lock(&m);
        pthread_cleanup_push(unlock, &m);
        r = step(x);
        pthread_cleanup_pop(1);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        if (r == 7)
            goto end;
    }
end:
    return 0;
}

// Silent: after exit().
int g14(int x)
{
    pthread_cleanup_push(unlock, &m);
    pthread_mutex_lock(&m);
    if (x) {
        exit(1);
        return 1;
    }
    pthread_cleanup_pop(1);
    return 0;
}

// Silent: sizeof with statement expression / typeof is unevaluated; __builtin_unreachable.
int g15(int x)
{
    pthread_cleanup_push(unlock, &m);
    pthread_mutex_lock(&m);
    switch (x) {
    case 0: step(1); break;
    default: __builtin_unreachable();
    }
    pthread_cleanup_pop(1);
    return 0;
}
