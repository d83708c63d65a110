// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct field { double v[256][256]; int fd; unsigned step, mode; };

static pthread_t relax, jump, state, lockf_thread, inner, selfend, macro, rec;

#define FOREVER for (;;)
#define loop while (1)

static double norm(const struct field *f)
{
    double s = 0;
    for (int i = 0; i < 256; i++)
        for (int j = 0; j < 256; j++)
            s += fabs(f->v[i][j]);
    return sqrt(s);
}

// Fires: the head of the outer loop; the inner ones end.
static void *relax_main(void *arg)
{
    struct field *f = arg;
    FOREVER { // expect: thread-stop-no-cancellation-point
        for (int i = 1; i < 255; i++)
            for (int j = 1; j < 255; j++)
                f->v[i][j] = (f->v[i - 1][j] + f->v[i + 1][j]) / 2;
        f->step = (unsigned)norm(f);
    }
}

// Fires: a state machine without a way out.
static void *state_main(void *arg)
{
    struct field *f = arg;
    loop { // expect: thread-stop-no-cancellation-point
        switch (f->mode) {
        case 0:
            f->mode = 1;
            break;
        case 1:
            f->step++;
            continue;
        default:
            memset(f->v, 0, sizeof f->v);
            f->mode = 0;
        }
    }
}

// Silent: one of its states waits.
static void *jump_main(void *arg)
{
    struct field *f = arg;
    for (;;) {
        switch (f->mode) {
        case 0:
            f->mode = 1;
            break;
        case 1:
            fsync(f->fd);
            break;
        case 2:
            return NULL;
        }
    }
}

// Silent: the endless loop ends in the callee's recursion that reads.
static int down(struct field *f, int n)
{
    char c;
    if (n == 0)
        return (int)read(f->fd, &c, 1);
    return down(f, n - 1);
}
static void *rec_main(void *arg)
{
    while (1)
        down(arg, 5);
}

// Silent: an inner endless loop with a point in it.
static void *inner_main(void *arg)
{
    struct field *f = arg;
    for (;;) {
        f->step = 0;
        for (;;) {
            if (f->step++ > 10)
                break;
            usleep(1);
        }
    }
}

// Fires: flock waits for ever and is no point.
static void *lock_main(void *arg)
{
    struct field *f = arg;
    flock(f->fd, LOCK_EX); // expect: thread-stop-no-cancellation-point
    f->step++;
    flock(f->fd, LOCK_UN);
    return NULL;
}

// Silent: lockf with F_LOCK is a point.
static void *lockf_main(void *arg)
{
    struct field *f = arg;
    for (;;)
        f->step += lockf(f->fd, F_LOCK, 0) == 0;
}

// Silent: goto out of the loop.
static void *self_main(void *arg)
{
    struct field *f = arg;
    for (;;) {
        f->step++;
        if (f->v[0][0] > 1)
            goto done;
    }
done:
    return NULL;
}

int field_start(struct field *f)
{
    return pthread_create(&relax, NULL, relax_main, f) | pthread_create(&jump, NULL, jump_main, f) |
           pthread_create(&state, NULL, state_main, f) | pthread_create(&rec, NULL, rec_main, f) |
           pthread_create(&inner, NULL, inner_main, f) | pthread_create(&macro, NULL, lock_main, f) |
           pthread_create(&lockf_thread, NULL, lockf_main, f) | pthread_create(&selfend, NULL, self_main, f);
}

// Fires (pthread-cancel): one by one through a macro.
#define KILL(t) do { pthread_cancel(t); pthread_join(t, NULL); } while (0)
void field_stop(void)
{
    KILL(relax); // expect: thread-stop-pthread-cancel
    KILL(jump); // expect: thread-stop-pthread-cancel
    KILL(state); // expect: thread-stop-pthread-cancel
    KILL(rec); // expect: thread-stop-pthread-cancel
    KILL(inner); // expect: thread-stop-pthread-cancel
    KILL(macro); // expect: thread-stop-pthread-cancel
    KILL(lockf_thread); // expect: thread-stop-pthread-cancel
    KILL(selfend); // expect: thread-stop-pthread-cancel
}
