// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

enum { N = 4 };

struct unit {
    pthread_mutex_t lock;
    int fd;
    pthread_t rx, tx;
    pthread_t helpers[N];
};

static struct unit units[2];

// Silent: only the tx threads come here, and those are joined without a cancel.
static void put(struct unit *u)
{
    pthread_mutex_lock(&u->lock);
    write(u->fd, "t", 1);
    pthread_mutex_unlock(&u->lock);
}

// Fires: the rx thread is cancelled through the field.
static void get(struct unit *u)
{
    char c;
    pthread_mutex_lock(&u->lock);
    read(u->fd, &c, 1); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&u->lock);
}

// Fires: a helper is cancelled through the array.
static void tick(struct unit *u)
{
    pthread_mutex_lock(&u->lock);
    usleep(10); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&u->lock);
}

// Silent: sends a few times and ends.
static void *tx_main(void *arg)
{
    for (int i = 0; i < 10; i++)
        put(arg);
    return NULL;
}

// Silent: holds nothing itself.
static void *rx_main(void *arg)
{
    for (;;)
        get(arg);
}

// Silent: holds nothing itself.
static void *helper_main(void *arg)
{
    for (;;)
        tick(arg);
}

// Silent: starts them.
int unit_start(struct unit *u)
{
    if (pthread_create(&u->rx, NULL, rx_main, u) || pthread_create(&u->tx, NULL, tx_main, u))
        return -1;
    for (pthread_t *p = u->helpers; p < u->helpers + N; p++)
        if (pthread_create(p, NULL, helper_main, u))
            return -1;
    return 0;
}

// Fires (pthread-cancel): stops one by handle, a level down.
static void stop_thread(pthread_t t)
{
    pthread_cancel(t); // expect: thread-stop-pthread-cancel
    pthread_join(t, NULL);
}

// Silent: passes fields and elements to the stopper; tx is only joined.
void unit_stop(struct unit *u)
{
    stop_thread(u->rx);
    for (int i = 0; i < N; i++)
        stop_thread(u->helpers[i]);
    pthread_join(u->tx, NULL);
}

// Silent: both units.
void units_stop(void)
{
    for (struct unit *u = units; u < units + 2; u++)
        unit_stop(u);
}
