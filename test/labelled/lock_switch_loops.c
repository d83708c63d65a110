// options: thread-stop-lock-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <mqueue.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

enum cmd { NOP, PUSH, SYNC, QUIT };

struct ctl {
    pthread_mutex_t mu;
    pthread_spinlock_t spin;
    int fd, depth;
};

// Silent: each arm unlocks before it waits.
int ctl_step(struct ctl *c, enum cmd cmd)
{
    pthread_mutex_lock(&c->mu);
    switch (cmd) {
    case NOP:
        pthread_mutex_unlock(&c->mu);
        break;
    case PUSH:
        c->depth++;
        pthread_mutex_unlock(&c->mu);
        write(c->fd, "p", 1);
        break;
    case SYNC:
        pthread_mutex_unlock(&c->mu);
        fsync(c->fd);
        break;
    default:
        pthread_mutex_unlock(&c->mu);
        return -1;
    }
    return 0;
}

// Fires: the arm falls through into the wait with the lock held.
int ctl_fall(struct ctl *c, enum cmd cmd)
{
    pthread_mutex_lock(&c->mu);
    switch (cmd) {
    case PUSH:
        c->depth++;
        /* fall through */
    case SYNC:
        fdatasync(c->fd); // expect: thread-stop-lock-across-cancellation-point
        break;
    default:
        break;
    }
    pthread_mutex_unlock(&c->mu);
    return 0;
}

// Silent: break leaves the loop without the lock.
int ctl_drain(struct ctl *c, mqd_t q)
{
    char msg[64];
    int n = 0;
    for (;;) {
        pthread_mutex_lock(&c->mu);
        if (c->depth == 0) {
            pthread_mutex_unlock(&c->mu);
            break;
        }
        c->depth--;
        pthread_mutex_unlock(&c->mu);
        if (mq_receive(q, msg, sizeof msg, NULL) < 0)
            break;
        n++;
    }
    sleep(1);
    return n;
}

// Fires: break leaves the loop with the lock, the sleep after it has it.
int ctl_linger(struct ctl *c)
{
    struct timespec ts = { 0, 1000 };
    for (;;) {
        pthread_mutex_lock(&c->mu);
        if (c->depth == 0)
            break;
        c->depth--;
        pthread_mutex_unlock(&c->mu);
    }
    nanosleep(&ts, NULL); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&c->mu);
    return 0;
}

// Fires: a spin lock over a wait is worse.
void ctl_spin(struct ctl *c, int q)
{
    struct { long type; char text[8]; } m;
    pthread_spin_lock(&c->spin);
    msgrcv(q, &m, sizeof m.text, 0, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_spin_unlock(&c->spin);
}

// Silent: neither the wait nor the lock on the same path.
void ctl_either(struct ctl *c, int busy)
{
    if (busy) {
        sleep(1);
    } else {
        pthread_mutex_lock(&c->mu);
        c->depth = 0;
        pthread_mutex_unlock(&c->mu);
    }
}

// Silent: held only if the same flag is set, and waited for only if it is not.
void ctl_correlated(struct ctl *c, int busy)
{
    if (busy)
        pthread_mutex_lock(&c->mu);
    else
        sleep(1);
    c->depth ^= 1;
    if (busy)
        pthread_mutex_unlock(&c->mu);
}
