#ifndef POOL_H
#define POOL_H

#include <pthread.h>

struct pool {
  pthread_t thread;
  int closed;
};

#define POOL_LOCKED(pool) pool_enter(pool)

void pool_enter(struct pool *pool);
void pool_put(struct pool *pool, char *item);
char *pool_take(struct pool *pool);

static inline void pool_kill(struct pool *pool) {
  pthread_kill(pool->thread, 9);
}

#endif
