// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

struct driver;
struct ops {
    int (*poll)(struct driver *);
    void (*flush)(struct driver *);
};

struct driver {
    const struct ops *ops;
    pthread_mutex_t mtx;
    uint32_t regs[16];
    int fd;
    void (*idle)(struct driver *);
};

// Fires: reached by the only function that the pointer below can hold.
static int uart_poll(struct driver *d)
{
    int rc;
    pthread_mutex_lock(&d->mtx);
    rc = (int)read(d->fd, d->regs, sizeof d->regs); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&d->mtx);
    return rc;
}

// Silent: sleeps only outside of the lock.
static void uart_flush(struct driver *d)
{
    pthread_mutex_lock(&d->mtx);
    d->regs[3] |= 1u;
    pthread_mutex_unlock(&d->mtx);
    fsync(d->fd);
}

static const struct ops uart_ops = { .poll = uart_poll, .flush = uart_flush };
static int (*const poll_now)(struct driver *) = uart_poll;

// Silent: unknown target, taken for no point while the lock is held.
static void idle_locked(struct driver *d)
{
    pthread_mutex_lock(&d->mtx);
    if (d->idle)
        d->idle(d);
    pthread_mutex_unlock(&d->mtx);
}

// Silent: calls.
static void *driver_main(void *arg)
{
    struct driver *d = arg;

    d->ops = &uart_ops;
    for (;;) {
        if (poll_now(d) < 0)
            break;
        uart_ops.flush(d);
        idle_locked(d);
        pthread_testcancel();
    }
    return NULL;
}

// Fires (pthread-cancel): probe, run, remove.
int driver_probe(struct driver *d, unsigned secs)
{
    pthread_t irq;
    int rc = pthread_create(&irq, NULL, &driver_main, d);

    if (rc != 0)
        return -rc;
    sleep(secs);
    rc = pthread_cancel(irq); // expect: thread-stop-pthread-cancel
    return pthread_join(irq, NULL) ? -1 : rc;
}
