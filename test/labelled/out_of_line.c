// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// Wrappers one to three levels deep around locks and state.
struct st { pthread_mutex_t m; int old; int type; int v; };
static int l1(struct st *s) { return pthread_mutex_lock(&s->m); }
static int l2(struct st *s) { if (!s) return -1; return l1(s); }
static int l3(struct st *s) { int rc = l2(s); if (rc) abort(); return rc; }
static void u1(struct st *s) { (void)pthread_mutex_unlock(&s->m); }
static void u2(struct st *s) { u1(s); }
static void async1(struct st *s) { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &s->type); }
static void async2(struct st *s) { async1(s); }
static void back1(struct st *s) { pthread_setcanceltype(s->type, NULL); }
static void back2(struct st *s) { back1(s); }
// Fires: locked by three levels, made async by two.
void a(struct st *s)
{
    l3(s);
    async2(s); // expect: thread-stop-async-cancel-with-lock
    s->v++;
    back2(s);
    u2(s);
}
// Silent: unlocked by two levels.
void b(struct st *s)
{
    l3(s);
    s->v++;
    u2(s);
    async2(s);
    for (volatile int i = 0; i < 9; i++) ;
    back2(s);
}
// Silent: back before.
void c(struct st *s)
{
    async2(s);
    for (volatile int i = 0; i < 9; i++) ;
    back2(s);
    l3(s);
    s->v++;
    u2(s);
}
// Fires: literal type helper and direct lock.
void d(struct st *s)
{
    async2(s);
    pthread_mutex_lock(&s->m); // expect: thread-stop-async-cancel-with-lock
    s->v++;
    pthread_mutex_unlock(&s->m);
    back2(s);
}
// Silent: l2 fails -> not locked -> async.
int e(struct st *s)
{
    if (l2(s) != 0) {
        int t;
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
        for (volatile int i = 0; i < 9; i++) ;
        pthread_setcanceltype(t, NULL);
        return -1;
    }
    u2(s);
    return 0;
}
// Fires: leaves it asynchronous: the pair's half is missing on one way.
int f(struct st *s, int n)
{
    async2(s); // expect: thread-stop-cancel-state-not-restored
    for (int i = 0; i < n; i++)
        if (i == 7)
            return -1;
    back2(s);
    return 0;
}
