// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects of one kind that each have a lock and a thread.
#include <pthread.h>
#include <stdlib.h>

struct stage {
    pthread_mutex_t lock;
    pthread_t thread;
    struct stage *next;
    int items;
};

struct line {
    pthread_mutex_t lock;
    struct stage *first;
    struct stage stages[4];
};

extern int take(struct stage *stage);

static void *run(void *arg)
{
    struct stage *self = arg;

    for (;;) {
        pthread_mutex_lock(&self->lock);
        int left = take(self);
        pthread_mutex_unlock(&self->lock);
        if (left == 0)
            return NULL;
    }
}

int start(struct line *line)
{
    for (int i = 0; i < 4; i++)
        if (pthread_create(&line->stages[i].thread, NULL, run,
                           &line->stages[i]) != 0)
            return -1;
    return pthread_create(&line->first->thread, NULL, run, line->first);
}

// Silent: the lock is this stage's, the thread takes that of the next.
void drop_next(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    if (stage->next) {
        pthread_join(stage->next->thread, NULL);
        free(stage->next);
        stage->next = NULL;
    }
    pthread_mutex_unlock(&stage->lock);
}

void drop(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    pthread_join(stage->thread, NULL); // expect: thread-stop-join-under-lock
    stage->items = 0;
    pthread_mutex_unlock(&stage->lock);
}

// Silent: the line's lock is none of the threads'.
void drop_all(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    for (int i = 0; i < 4; i++)
        pthread_join(line->stages[i].thread, NULL);
    pthread_mutex_unlock(&line->lock);
}

// Silent: another element.
void drop_second(struct line *line)
{
    pthread_mutex_lock(&line->stages[0].lock);
    pthread_join(line->stages[1].thread, NULL);
    pthread_mutex_unlock(&line->stages[0].lock);
}
