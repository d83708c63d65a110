// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that compute: one looks for a cancel itself, in a function that it
// calls; the other sleeps in a way that no request ends, but not for long.

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_long steps, ticks;
static int cleaned;

static void clean(void *unused) {
  (void)unused;
  ++cleaned;
}

static unsigned long mix(unsigned long seed) {
  for (int i = 0; i < 10000; ++i)
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
  return seed;
}

static void round_of(unsigned long *seed) {
  *seed = mix(*seed);
  if (*seed != 0)
    pthread_testcancel();
  atomic_fetch_add(&steps, 1);
}

static void *compute(void *argument) {
  unsigned long *seed = argument;
  pthread_cleanup_push(clean, NULL);
  for (;;)
    round_of(seed);
  pthread_cleanup_pop(1);
  return NULL;
}

static void *tick(void *unused) {
  (void)unused;
  while (1) {
    atomic_fetch_add(&ticks, 1);
    usleep(2000);
  }
  return NULL;
}

int main(void) {
  unsigned long seed = 42;
  pthread_t computer, ticker;
  if (pthread_create(&computer, NULL, compute, &seed) != 0 ||
      pthread_create(&ticker, NULL, tick, NULL) != 0)
    return 1;
  while (atomic_load(&steps) < 100 || atomic_load(&ticks) < 5)
    usleep(1000);
  pthread_cancel(computer);
  pthread_cancel(ticker);
  pthread_join(computer, NULL);
  pthread_join(ticker, NULL);
  printf("cleaned %d\n", cleaned);
  return cleaned != 1;
}
