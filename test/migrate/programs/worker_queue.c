// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A worker that takes numbers from a queue. It is cancelled while it waits for
// a condition, and a handler unlocks the mutex. The joiner looks whether it was
// cancelled.

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define SIZE 16

struct queue {
  pthread_mutex_t lock;
  pthread_cond_t filled;
  int items[SIZE];
  int count;
  long sum;
};

static void unlock(void *lock) { pthread_mutex_unlock(lock); }

static int take(struct queue *queue) {
  int item;
  pthread_mutex_lock(&queue->lock);
  pthread_cleanup_push(unlock, &queue->lock);
  while (queue->count == 0)
    pthread_cond_wait(&queue->filled, &queue->lock);
  item = queue->items[--queue->count];
  pthread_cleanup_pop(1);
  return item;
}

static void put(struct queue *queue, int item) {
  pthread_mutex_lock(&queue->lock);
  queue->items[queue->count++] = item;
  pthread_cond_signal(&queue->filled);
  pthread_mutex_unlock(&queue->lock);
}

static void *work(void *argument) {
  struct queue *queue = argument;
  while (1) {
    int item = take(queue);
    __atomic_add_fetch(&queue->sum, item, __ATOMIC_RELAXED);
  }
  return NULL;
}

int main(void) {
  struct queue queue = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .filled = PTHREAD_COND_INITIALIZER};
  pthread_t worker;
  void *result = NULL;
  if (pthread_create(&worker, NULL, work, &queue) != 0)
    return 1;
  for (int i = 1; i <= 10; ++i)
    put(&queue, i);
  while (__atomic_load_n(&queue.sum, __ATOMIC_RELAXED) != 55)
    usleep(1000);
  usleep(20 * 1000); // by now it waits
  pthread_cancel(worker);
  pthread_join(worker, &result);
  int is_free = pthread_mutex_trylock(&queue.lock) == 0;
  printf("sum %ld, canceled %d, lock free %d\n", queue.sum,
         result == PTHREAD_CANCELED, is_free);
  return result != PTHREAD_CANCELED || !is_free;
}
