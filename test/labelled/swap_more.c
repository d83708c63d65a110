// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>
extern bool opt(void);
#define DISABLE_CANCELLATION(o) pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &(o))
#define SETTYPE pthread_setcanceltype
#define CONFIG_CANCEL (opt() ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED)
#define BOTH(s, t) do { pthread_setcancelstate((s), NULL); pthread_setcanceltype((t), NULL); } while (0)

struct th { int cstate, ctype; };

// Fires: macro with the error inside.
long a(long *p) { int o; DISABLE_CANCELLATION(o); ++*p; SETTYPE(o, NULL); return *p; } // expect: thread-stop-swapped-cancel-constant

// Silent: ternary of the right kind in a macro.
static void *b(void *p) { SETTYPE(CONFIG_CANCEL, NULL); return p; }

// Fires: arguments of the BOTH macro exchanged: two calls on this one line... one root, two calls.
static void *c(void *p)
{
    BOTH(PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DEFERRED);
    return p;
}

// Fires: comparison result, wrong constant nested in parens and casts.
static void *d(void *p)
{
    if (pthread_setcanceltype((int)(PTHREAD_CANCEL_DISABLE), NULL) != 0) // expect: thread-stop-swapped-cancel-constant
        return NULL;
    return p;
}

// Fires: nested ternary one arm.
static void *e(void *p)
{
    pthread_setcancelstate(p ? (opt() ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DEFERRED) : PTHREAD_CANCEL_DISABLE, NULL); // expect: thread-stop-swapped-cancel-constant
    return p;
}

// Silent: from a structure, fields named right.
static void *f(void *p)
{
    struct th *t = p;
    pthread_setcancelstate(t->cstate, NULL);
    pthread_setcanceltype(t->ctype, NULL);
    return p;
}

// Fires: other literals.
static void *g(void *p)
{
    pthread_setcancelstate(0x7f, NULL); // expect: thread-stop-swapped-cancel-constant
    pthread_setcanceltype('A', NULL); // expect: thread-stop-swapped-cancel-constant
    pthread_setcanceltype(0u, NULL);
    pthread_setcancelstate(!0, NULL);
    return p;
}

// Silent: bool conversions: `true` is 1.
static void *h(void *p)
{
    pthread_setcancelstate(true, NULL);
    pthread_setcanceltype(opt(), NULL);
    return p;
}

// Fires: saved state in one variable used for both saves: it now holds the type.
int i(int fd)
{
    int old, rc;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    rc = fsync(fd);
    pthread_setcancelstate(old, NULL); // expect: thread-stop-swapped-cancel-constant
    return rc;
}

// Fires: out-param of a wrapper.
static void save_type(int *t) { pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, t); }
int j(int fd)
{
    int t;
    save_type(&t);
    fd = fsync(fd);
    pthread_setcancelstate(t, NULL); // expect: thread-stop-swapped-cancel-constant
    return fd;
}

// Silent: one path holds the state, the other the type: not certain.
int k(int x)
{
    int o;
    if (x)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    else
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &o);
    fsync(x);
    if (x)
        pthread_setcancelstate(o, NULL);
    else
        pthread_setcanceltype(o, NULL);
    return 0;
}

// Silent: start.
void *(*tab[])(void *) = { b, c, d, e, f, g, h };
