// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags:
// flags: -fexceptions
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int active;
extern int use(void *);

// Silent: nothing is done with it.
static void ignore(void *p) { (void)p; active--; }
static void ignore_unused(void *p __attribute__((unused))) { active--; }
// Silent: prints it.
static void announce(void *p)
{
    const char *name = p;
    fprintf(stderr, "left %s\n", name);
    syslog(LOG_INFO, "left %s", (const char *)p);
}
static void free_any(void *p) { free(p); }
static void free_at(void *p) { free(*(void **)p); }
static void hand_over(void *p) { free_any(p); }
static void unlock_if(void *p)
{
    if ((intptr_t)p)
        pthread_mutex_unlock(&lock);
}

void ignored(void)
{
    char *p = NULL;
    pthread_cleanup_push(ignore, p);
    p = malloc(10);
    use(p);
    free(p);
    pthread_cleanup_pop(1);
    pthread_cleanup_push(ignore_unused, p);
    p = malloc(10);
    use(p);
    free(p);
    pthread_cleanup_pop(1);
}

// Silent: it is only shown.
void announced(void)
{
    const char *stage = NULL;
    pthread_cleanup_push(announce, (void *)stage);
    stage = "one";
    use((void *)stage);
    pthread_cleanup_pop(1);
}

// Fires: handed on to a function that frees it.
void handed_over(void)
{
    char *p = NULL;
    pthread_cleanup_push(hand_over, p); // expect: thread-stop-stale-cleanup-argument
    p = malloc(10);
    use(p);
    pthread_cleanup_pop(1);
}

// Silent: the handler reads the variable.
void by_address(void)
{
    char *p = NULL;
    pthread_cleanup_push(free_at, &p);
    p = malloc(10);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: the handler asks what the flag was before the lock.
void flag(void)
{
    int locked = 0;
    pthread_cleanup_push(unlock_if, (void *)(intptr_t)locked); // expect: thread-stop-stale-cleanup-argument
    pthread_mutex_lock(&lock);
    locked = 1;
    use(&active);
    pthread_mutex_unlock(&lock);
    pthread_cleanup_pop(0);
}

// Silent: a counter that is only counted up.
void counter(void)
{
    intptr_t n = 0;
    pthread_cleanup_push(free_any, (void *)n);
    while (use(&active))
        n++;
    pthread_cleanup_pop(0);
}

// Fires: only the inner one, the outer has a real value.
void nested(void)
{
    char *outer = malloc(10), *inner = NULL;
    pthread_cleanup_push(free, outer);
    pthread_cleanup_push(free, inner); // expect: thread-stop-stale-cleanup-argument
    inner = malloc(10);
    use(inner);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
}

// Fires: through a wrapper macro.
#define PROTECT(p) pthread_cleanup_push(free, (p))
#define UNPROTECT() pthread_cleanup_pop(1)
void wrapped(void)
{
    char *p = NULL;
    PROTECT(p); // expect: thread-stop-stale-cleanup-argument
    p = malloc(10);
    use(p);
    UNPROTECT();
}

// Silent: an array's address does not change.
void array(void)
{
    char text[10];
    pthread_cleanup_push(announce, text);
    text[0] = 0;
    use(text);
    pthread_cleanup_pop(1);
}

// Silent: not reached.
void never(void)
{
    char *p = NULL;
    return;
    pthread_cleanup_push(free, p);
    p = malloc(10);
    use(p);
    pthread_cleanup_pop(1);
}
