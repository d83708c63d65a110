// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdbool.h>

enum cmode { CMODE_OFF = PTHREAD_CANCEL_DISABLE, CMODE_ON = PTHREAD_CANCEL_ENABLE };
enum ctype { CTYPE_NOW = PTHREAD_CANCEL_ASYNCHRONOUS, CTYPE_LATER = PTHREAD_CANCEL_DEFERRED };
#define MY_OFF (PTHREAD_CANCEL_DISABLE)

// Silent: config enums of the right kind.
void s1(void)
{
    int o;
    pthread_setcancelstate(CMODE_OFF, &o);
    pthread_setcancelstate(o, NULL);
    pthread_setcanceltype(CTYPE_LATER, NULL);
}

// Fires: parenthesised macro, cast result.
void s2(void)
{
    int o;
    (void)pthread_setcanceltype(MY_OFF, &o); // expect: thread-stop-swapped-cancel-constant
    (void)pthread_setcanceltype(o, NULL);
}

// Silent: 0 and 1 literals fit both.
void s3(void)
{
    int o;
    pthread_setcancelstate(1, &o);
    pthread_setcancelstate(o, NULL);
    pthread_setcanceltype(0, NULL);
}

// Fires: -1 and 2.
void s4(void)
{
    pthread_setcancelstate(-1, NULL); // expect: thread-stop-swapped-cancel-constant
    pthread_setcanceltype(2, NULL); // expect: thread-stop-swapped-cancel-constant
}

// Silent: a parameter of unknown kind.
int s5(int how, bool type)
{
    return type ? pthread_setcanceltype(how, NULL) : pthread_setcancelstate(how, &how);
}

// Fires: local variable not const but always that value? A plain local with one assignment.
void s6(void)
{
    const int how = PTHREAD_CANCEL_ASYNCHRONOUS;
    int o;

    pthread_setcancelstate(how, &o); // expect: thread-stop-swapped-cancel-constant
    pthread_setcancelstate(o, NULL);
}

// Fires: the saved type given back to setcancelstate via struct.
struct sv { int st, ty; };
void s7(struct sv *v)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &v->st);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &v->ty);
    pthread_setcanceltype(v->st, NULL); // expect: thread-stop-swapped-cancel-constant
    pthread_setcancelstate(v->ty, NULL); // expect: thread-stop-swapped-cancel-constant
}

// Silent: one variable reused for both, one after the other, each restored.
void s8(void)
{
    int o;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    pthread_setcancelstate(o, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &o);
    pthread_setcanceltype(o, NULL);
}

// Silent: dummy old value shared by both calls.
static void *s9(void *p)
{
    int dummy;

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &dummy);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &dummy);
    return p;
}

// Fires: two swapped at the thread beginning, two lines.
static void *s10(void *p)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, NULL); // expect: thread-stop-swapped-cancel-constant
    pthread_setcancelstate(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); // expect: thread-stop-swapped-cancel-constant
    return p;
}

// Silent.
void s11(pthread_t *t)
{
    pthread_create(t, 0, s9, 0);
    pthread_create(t, 0, s10, 0);
}
