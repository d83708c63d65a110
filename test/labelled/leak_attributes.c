// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct pkt;
extern void pkt_free(struct pkt *p);
extern struct pkt *pkt_new(size_t n) __attribute__((ownership_returns(malloc)));
extern void pkt_drop(struct pkt *p) __attribute__((ownership_takes(malloc, 1)));
extern void pkt_queue(const void *p) __attribute__((ownership_takes(malloc, 1)));
extern void pkt_hold(const void *p) __attribute__((ownership_holds(malloc, 1)));
extern int pkt_id(const struct pkt *p);

// Fires: attributes say what new and drop do.
int pkt_ping(void)
{
    struct pkt *p = pkt_new(10);
    int id;
    if (p == NULL)
        return -1;
    id = pkt_id(p);
    poll(NULL, 0, 5); // expect: thread-stop-leak-across-cancellation-point
    pkt_drop(p);
    return id;
}

// Silent: taken by an attribute although the parameter is const.
void pkt_send(void)
{
    struct pkt *p = pkt_new(10);
    if (!p)
        return;
    pkt_queue(p);
    poll(NULL, 0, 5);
}

// Silent: the same for plain memory.
void mem_send(void)
{
    void *p = malloc(10);
    if (!p)
        return;
    pkt_queue(p);
    poll(NULL, 0, 5);
}

// Silent: held by it.
void mem_hold(void)
{
    void *p = malloc(10);
    if (!p)
        return;
    pkt_hold(p);
    poll(NULL, 0, 5);
}

// Silent: dropped first.
void pkt_short(void)
{
    struct pkt *p = pkt_new(1);
    if (p)
        pkt_drop(p);
    poll(NULL, 0, 5);
}
