// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

struct port {
    pthread_mutex_t m;
    pthread_cond_t c;
    int fd, users;
    bool up;
};

static void port_unlock(void *p) { pthread_mutex_unlock(&((struct port *)p)->m); }
static void port_down(void *p) { ((struct port *)p)->up = false; }

// Silent: unlocked by hand, then the handler is only dropped.
void unlock_then_pop0(struct port *p)
{
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_unlock, p);
    while (!p->up)
        pthread_cond_wait(&p->c, &p->m);
    pthread_mutex_unlock(&p->m);
    pthread_cleanup_pop(0);
    sleep(1);
}

// Silent: pop(execute) with a variable; after it nobody can say that the lock is held.
int pop_variable(struct port *p, int keep)
{
    int execute = !keep;
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_unlock, p);
    send(p->fd, "x", 1, 0);
    pthread_cleanup_pop(execute);
    return (int)send(p->fd, "y", 1, 0);
}

// Silent: the variable is 1 on the way that still holds the lock.
int pop_computed(struct port *p)
{
    int locked = 1;
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_unlock, p);
    while (!p->up)
        pthread_cond_wait(&p->c, &p->m);
    if (p->users == 0) {
        pthread_mutex_unlock(&p->m);
        locked = 0;
    }
    pthread_cleanup_pop(locked);
    return (int)recv(p->fd, &locked, sizeof locked, 0);
}

// Fires: this handler does not unlock.
void wrong_handler(struct port *p)
{
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_down, p);
    while (!p->users)
        pthread_cond_wait(&p->c, &p->m); // expect: thread-stop-lock-across-cancellation-point
    pthread_cleanup_pop(0);
    pthread_mutex_unlock(&p->m);
}

// Silent: two handlers, the outer one unlocks.
void two_handlers(struct port *p)
{
    pthread_cleanup_push(port_unlock, p);
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_down, p);
    while (!p->users)
        pthread_cond_wait(&p->c, &p->m);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
}

// Fires: the unlocking handler is popped with 1 and the lock taken again.
void again(struct port *p)
{
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_unlock, p);
    recv(p->fd, &p->users, 4, 0);
    pthread_cleanup_pop(1);
    pthread_mutex_lock(&p->m);
    recv(p->fd, &p->users, 4, 0); // expect: thread-stop-lock-across-cancellation-point
    pthread_mutex_unlock(&p->m);
}

// Silent: the loop drops the lock around the call that waits and takes it back, handler pushed all the time.
void drop_in_loop(struct port *p)
{
    pthread_mutex_lock(&p->m);
    pthread_cleanup_push(port_unlock, p);
    while (p->up) {
        ssize_t n = recv(p->fd, &p->users, 4, MSG_PEEK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            p->up = false;
    }
    pthread_cleanup_pop(1);
}
