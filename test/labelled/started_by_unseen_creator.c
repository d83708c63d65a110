// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads made by a function of another file, which gets a place for the handle
// beside the routine: that is the handle.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

int pool_spawn(pthread_t *where, const char *name, void *(*routine)(void *), void *arg);

struct link { pthread_t reader; int peer; };

// Fires: this is the thread that is cancelled.
static void *read_peer(void *arg)
{
    struct link *l = arg;
    int log = open("/tmp/peer.log", O_WRONLY);
    char c;
    if (log < 0)
        return NULL;
    while (read(l->peer, &c, 1) == 1) // expect: thread-stop-leak-across-cancellation-point
        write(log, &c, 1);
    close(log);
    return NULL;
}

// Silent: another handle, which nobody cancels.
static void *hang_up(void *arg)
{
    struct link *l = arg;
    int log = open("/tmp/peer.log", O_WRONLY);
    if (log < 0)
        return NULL;
    usleep(3000);
    write(log, &l->peer, 1);
    close(log);
    return NULL;
}

int link_open(struct link *l) { return pool_spawn(&l->reader, "reader", read_peer, l); }
int link_close(struct link *l)
{
    pthread_t once;
    return pool_spawn(&once, "closer", hang_up, l);
}
void link_break(struct link *l) { pthread_cancel(l->reader); } // expect: thread-stop-pthread-cancel
