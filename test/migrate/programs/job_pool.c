// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Workers whose handles are in memory of calloc(). A job that was taken belongs
// to a handler until it is done; the joiner counts who was cancelled.

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct job {
  struct job *next;
  int number;
} job_t;

typedef struct {
  pthread_mutex_t mx;
  pthread_cond_t cv;
  job_t *head, **tail;
  pthread_t *tids;
  int ntids;
  int out;
} pool_t;

static int freed_jobs;

static void unlock_pool(void *p) { pthread_mutex_unlock(p); }
static void free_job(void *p) {
  __atomic_add_fetch(&freed_jobs, 1, __ATOMIC_SEQ_CST);
  free(p);
}

static job_t *next_job(pool_t *p) {
  job_t *j = NULL;
  pthread_mutex_lock(&p->mx);
  pthread_cleanup_push(unlock_pool, &p->mx);
  while (!p->head)
    pthread_cond_wait(&p->cv, &p->mx);
  j = p->head;
  if (!(p->head = j->next))
    p->tail = &p->head;
  pthread_cleanup_pop(1);
  return j;
}

static void *pool_worker(void *v) {
  pool_t *p = v;
  job_t *j;
  while ((j = next_job(p)) != NULL) {
    pthread_cleanup_push(free_job, j);
    int r = j->number * 2;
    send(p->out, &r, sizeof r, 0);
    pthread_cleanup_pop(1);
  }
  return v;
}

static int pool_start(pool_t *p, int n) {
  p->tids = calloc((size_t)n, sizeof *p->tids);
  if (!p->tids)
    return ENOMEM;
  for (p->ntids = 0; p->ntids < n; p->ntids++) {
    int e = pthread_create(&p->tids[p->ntids], NULL, pool_worker, p);
    if (e)
      return e;
  }
  return 0;
}

static int pool_stop(pool_t *p) {
  int i, canceled = 0;
  void *r;
  for (i = 0; i < p->ntids; i++)
    pthread_cancel(p->tids[i]);
  for (i = 0; i < p->ntids; i++)
    if (!pthread_join(p->tids[i], &r) && r == PTHREAD_CANCELED)
      canceled++;
  free(p->tids);
  return canceled;
}

static void pool_add(pool_t *p, int number) {
  job_t *j = malloc(sizeof *j);
  if (!j)
    abort();
  j->next = NULL;
  j->number = number;
  pthread_mutex_lock(&p->mx);
  *p->tail = j;
  p->tail = &j->next;
  pthread_cond_signal(&p->cv);
  pthread_mutex_unlock(&p->mx);
}

int main(void) {
  pool_t p = {.mx = PTHREAD_MUTEX_INITIALIZER, .cv = PTHREAD_COND_INITIALIZER};
  int s[2], sum = 0, r, i;
  p.tail = &p.head;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s))
    return 2;
  p.out = s[0];
  if (pool_start(&p, 3))
    return 2;
  for (i = 1; i <= 10; i++)
    pool_add(&p, i);
  for (i = 1; i <= 10; i++) {
    if (recv(s[1], &r, sizeof r, 0) != sizeof r)
      return 2;
    sum += r;
  }
  usleep(20 * 1000); // by now they wait
  int canceled = pool_stop(&p);
  int locked = pthread_mutex_trylock(&p.mx);
  printf("sum %d, canceled %d, freed %d, locked %d\n", sum, canceled,
         freed_jobs, locked);
  return sum != 110 || canceled != 3 || freed_jobs != 10 || locked;
}
