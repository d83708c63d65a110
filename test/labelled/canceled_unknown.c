// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct thread { pthread_t id; void *result; int joined; };

// Silent: what the thread runs is not known here, and nobody cancels.
int thread_wait(struct thread *t)
{
    void *r;
    if (pthread_join(t->id, &r) != 0)
        return -1;
    if (r == (void *)-1)
        return 1;
    return (intptr_t)r < 0;
}

// Silent: NULL, not cancelled.
int thread_null(struct thread *t)
{
    void *r;
    pthread_join(t->id, &r);
    return r == NULL;
}
