// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

typedef pthread_mutex_t mutex_t;
typedef pthread_spinlock_t spinlock_t;
typedef unsigned long flags_t;

#define mutex_lock(m) pthread_mutex_lock(m)
#define mutex_unlock(m) pthread_mutex_unlock(m)
#define spin_lock_irqsave(l, f) do { (f) = 1; pthread_spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f) do { (void)(f); pthread_spin_unlock(l); } while (0)
#define scoped(m) for (int once_ = (pthread_mutex_lock(m), 1); once_; once_ = (pthread_mutex_unlock(m), 0))

struct xfer { struct iovec iov[4]; int n; struct xfer *next; };
struct hcd { mutex_t mtx; spinlock_t irq; int fd; struct xfer *head; uint32_t status; bool gone; };

static struct hcd *hcd0;

static inline int hcd_ioctl(struct hcd *h, unsigned long rq) { return ioctl(h->fd, rq, &h->status); }

// Silent: ioctl is no cancellation point.
static int reset(struct hcd *h)
{
    int rc;
    mutex_lock(&h->mtx);
    rc = hcd_ioctl(h, 0x5501);
    mutex_unlock(&h->mtx);
    return rc;
}

// Silent: the queue is taken off under the spin lock, and written without it.
static int flush(struct hcd *h)
{
    flags_t f;
    struct xfer *x;
    spin_lock_irqsave(&h->irq, f);
    x = h->head;
    h->head = NULL;
    spin_unlock_irqrestore(&h->irq, f);
    for (; x; x = x->next)
        if (writev(h->fd, x->iov, x->n) < 0)
            return -errno;
    return 0;
}

// Fires: one transfer under the spin lock.
static int kick(struct hcd *h)
{
    flags_t f;
    ssize_t n = 0;
    spin_lock_irqsave(&h->irq, f);
    if (h->head)
        n = writev(h->fd, h->head->iov, h->head->n); // expect: thread-stop-lock-across-cancellation-point
    spin_unlock_irqrestore(&h->irq, f);
    return (int)n;
}

// Fires: a for-macro is a region as well.
static void poll_status(struct hcd *h)
{
    scoped(&h->mtx)
        read(h->fd, &h->status, sizeof h->status); // missed: thread-stop-lock-across-cancellation-point
}

// Silent: and nothing is held behind it.
static void settle(struct hcd *h)
{
    scoped(&h->mtx)
        h->status = 0;
    usleep(10);
}

// Silent: held over a computed goto table without any wait.
static int decode(struct hcd *h)
{
    static void *const tab[] = { &&nop, &&ack };
    int rc = 0;
    mutex_lock(&h->mtx);
    goto *tab[h->status & 1];
ack:
    rc = 1;
nop:
    mutex_unlock(&h->mtx);
    usleep(1);
    return rc;
}

// Silent: early return, each with its unlock.
static int check(struct hcd *h)
{
    mutex_lock(&h->mtx);
    if (h->gone) {
        mutex_unlock(&h->mtx);
        return -ENODEV;
    }
    if (!h->head) {
        mutex_unlock(&h->mtx);
        usleep(10);
        return 0;
    }
    h->status++;
    mutex_unlock(&h->mtx);
    return 1;
}

static void *hub_thread(void *arg)
{
    struct hcd *h = hcd0;
    (void)arg;
    while (check(h) >= 0) {
        reset(h);
        flush(h);
        kick(h);
        poll_status(h);
        settle(h);
        decode(h);
    }
    return NULL;
}

// Fires (pthread-cancel): unplugged.
int hub_run(struct hcd *h, unsigned s)
{
    pthread_t t;
    hcd0 = h;
    if (pthread_create(&t, NULL, hub_thread, NULL))
        return -EAGAIN;
    sleep(s);
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    return -pthread_join(t, NULL);
}
