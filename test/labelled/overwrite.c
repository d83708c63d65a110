// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>
extern int part(int);
struct s { int st; int st2; };

// Fires: (f) nested save to the same field.
int a(struct s *s)
{
    int r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->st);
    r = part(1);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->st); // expect: thread-stop-cancel-state-not-restored
    r += part(2);
    pthread_setcancelstate(s->st, NULL);
    return r;
}
// Silent: different fields.
int b(struct s *s)
{
    int r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->st);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->st2);
    r = part(2);
    pthread_setcancelstate(s->st2, NULL);
    pthread_setcancelstate(s->st, NULL);
    return r;
}
// Fires: restored in the wrong order: the outer value first, then the inner one (DISABLE) stays.
int c(void)
{
    int o1, o2, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o1); // expect: thread-stop-cancel-state-not-restored
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o2);
    r = part(2);
    pthread_setcancelstate(o1, NULL);
    pthread_setcancelstate(o2, NULL); // also-ok: thread-stop-cancel-state-not-restored
    return r;
}
// Silent: the same variable as in and out: swap idiom.
int d(void)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    r = part(1);
    pthread_setcancelstate(o, &o);
    return r;
}
// Silent: swap idiom twice (toggle window).
int e(void)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    r = part(1);
    pthread_setcancelstate(o, &o);
    r += part(2);
    pthread_setcancelstate(o, &o);
    r += part(3);
    pthread_setcancelstate(o, &o);
    return r;
}
// Fires: the saved variable is reused for something else before the restore.
int f(int fd)
{
    int tmp, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &tmp);
    r = part(fd);
    tmp = r + 1;
    pthread_setcancelstate(tmp, NULL); // missed: thread-stop-cancel-state-not-restored
    return r;
}
// Silent: the old value is tested for logging only.
int g(void)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    if (o == PTHREAD_CANCEL_DISABLE)
        part(9);
    r = part(1);
    pthread_setcancelstate(o, NULL);
    return r;
}
// Silent: two sections, one variable, in exclusive branches.
int h(int x)
{
    int o, r;
    if (x) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
        r = part(1);
    } else {
        part(0);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
        r = part(2);
    }
    pthread_setcancelstate(o, NULL);
    return r;
}
// Fires twice: one opens, both branches close by literal.
int i(int x)
{
    int o;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    switch (x) {
    case 1:
        part(1);
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &o); // expect: thread-stop-cancel-state-not-restored
        break;
    default:
        part(2);
        pthread_setcancelstate(0, NULL); // expect: thread-stop-cancel-state-not-restored
        break;
    }
    return x;
}
// Silent: literal ENABLE in the middle, but the saved state comes back at the end (window in a saved section).
int j(int fd)
{
    int o, r;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    part(1);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    r = fsync(fd);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    part(2);
    pthread_setcancelstate(o, NULL);
    return r;
}
