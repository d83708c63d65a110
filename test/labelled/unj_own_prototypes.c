// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The calls are declared in this file, not in a header of the system.
typedef unsigned long pthread_t;
typedef struct attributes pthread_attr_t;

extern int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*start)(void *), void *arg);
extern int pthread_detach(pthread_t thread);
extern int pthread_join(pthread_t thread, void **result);
extern void keeps(pthread_t thread);

static void *work(void *arg) { return arg; }

int detached_twice(void)
{
    pthread_t thread;

    if (pthread_create(&thread, 0, work, 0) != 0)
        return 1;
    if (pthread_detach(thread) != 0)
        return 1;
    return pthread_detach(thread); // expect: thread-stop-unjoined-cancel
}

// Silent: another file has the handle now, and may put another one there.
int given_away(pthread_t *thread)
{
    if (pthread_detach(*thread) != 0)
        return 1;
    keeps(*thread);
    return pthread_create(thread, 0, work, 0) != 0
               ? 1
               : pthread_join(*thread, 0);
}
