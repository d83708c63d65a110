// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
struct mod { const char *name; int (*thread)(struct mod *); void (*loop)(void); int fd; };
extern int mod_register(struct mod *);
extern int spawn(const char *, void (*)(void *), void *);
extern int work(int);
// Silent: thread bodies handed to a framework by table: they set their own state first.
static int mod_thread(struct mod *m)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    while (work(m->fd) == 0)
        ;
    return 0;
}
static void mod_loop(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    while (work(1) == 0)
        ;
}
static struct mod me = { "me", mod_thread, mod_loop, 3 };
// Silent: handed to an unknown spawner, void (*)(void *).
static void body(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    work(*(int *)p);
}
int init(void) { return mod_register(&me) | spawn("x", body, &me.fd); }
