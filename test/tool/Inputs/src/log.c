#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void unlock(void *arg) {
	pthread_mutex_unlock(arg);
}

/* Writes one record.
   Several threads may do so. */
int append(struct pool *pool, const char *text) {
	char *copy = strdup(text);
	if (!copy)
		return -1;
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, &lock);
	if (pool->closed) {
		free(copy);
		return -1;
	}
	pool_put(pool, copy);
	pthread_cleanup_pop(1);
	return 0;
}

int flush(struct pool *pool) {
	int written = 0;
	while (pool_take(pool)) {
		written++;
	}
	return written;
}

int drain(struct pool *pool) {
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	if (pool->closed)
		return -1;
	while (flush(pool) > 0) {
		/* again */
	}
	pthread_setcancelstate(old, NULL);
	return 0;
}

void stop(struct pool *pool) {
	pthread_cancel(pool->thread);
	pool->closed = 1;
}
