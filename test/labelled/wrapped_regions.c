// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
// Wrapper macros around push and pop, nested, with the do-while forms and trailing code.
#define lock_guarded(mtx, ...) do { pthread_mutex_lock(mtx); pthread_cleanup_push(unlock_cb, mtx); __VA_ARGS__; pthread_cleanup_pop(1); } while (0)
#define SYNC_BEGIN(m) { pthread_mutex_t *sync_m = (m); pthread_mutex_lock(sync_m); pthread_cleanup_push(unlock_cb, sync_m)
#define SYNC_END pthread_cleanup_pop(1); }
#define SYNC_RETURN(v) do { rv = (v); goto sync_out; } while (0)
#define FOREACH(i, n) for (int i = 0; i < (n); i++)
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int v[10];
static void unlock_cb(void *p) { pthread_mutex_unlock(p); }
extern int check(int);

// Silent.
void w1(int x) { lock_guarded(&a, v[0] = x; v[1] = check(x)); }
// Fires: return as part of the macro's argument; the line that uses the macro.
int w2(int x)
{
    lock_guarded(&a, if (check(x)) return 1); // expect: thread-stop-unmatched-cleanup
    return 0;
}
// Silent: nested regions and loops by macro.
int w3(int x)
{
    int s = 0;
    SYNC_BEGIN(&a);
    SYNC_BEGIN(&b);
    FOREACH(i, 10) {
        if (v[i] == x)
            continue;
        if (v[i] < 0)
            break;
        s += v[i];
    }
    SYNC_END
    SYNC_END
    return s;
}
// Silent: the label lies before the pop.
int w4(int x)
{
    int rv = 0;
    SYNC_BEGIN(&a);
    if (check(x))
        SYNC_RETURN(1);
    v[0] = x;
sync_out:;
    SYNC_END
    return rv;
}
// Fires: the label lies behind the pop.
int w5(int x)
{
    int rv = 0;
    SYNC_BEGIN(&a);
    if (check(x))
        SYNC_RETURN(1); // expect: thread-stop-unmatched-cleanup
    v[0] = x;
    SYNC_END
sync_out:
    return rv;
}
// Fires: the region inside FOREACH, continue in the region.
void w6(int x)
{
    FOREACH(i, x) {
        SYNC_BEGIN(&a);
        if (check(i))
            continue; // expect: thread-stop-unmatched-cleanup
        v[i] = 0;
        SYNC_END
    }
}
// Silent: ends of process and thread.
void w7(int x)
{
    SYNC_BEGIN(&a);
    if (check(x)) {
        fprintf(stderr, "fatal\n");
        _exit(3);
    }
    if (check(x + 1))
        pthread_exit((void *)1);
    SYNC_END
}
// Fires twice: nested regions, returns from each level.
int w8(int x)
{
    SYNC_BEGIN(&a);
    if (check(x))
        return 1; // expect: thread-stop-unmatched-cleanup
    SYNC_BEGIN(&b);
    if (check(x + 1))
        return 2; // expect: thread-stop-unmatched-cleanup
    SYNC_END
    SYNC_END
    return 0;
}
