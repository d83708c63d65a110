/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The kinds of wait: children, semaphores, condition variables.
 */

#include "kinds.h"

#include <sys/prctl.h>
#include <sys/wait.h>

/* --- Children ------------------------------------------------------------- */

static int result_of(pid_t result) { return result < 0 ? errno : 0; }

int wait_child(struct pair *p) {
  return result_of(thread_stop_waitpid(p->old_child, NULL, 0));
}

/* One that no pidfd stands for. */
int wait_group(struct pair *p) {
  return result_of(thread_stop_waitpid(-p->old_child, NULL, 0));
}

/* The child reads from a pipe: it ends when it is fed, and needs no signal
 * that might go to another process with its number. */
void begin_child(struct pair *p) {
  must(pipe(p->child_pipe) == 0);
  p->child = fork();
  must(p->child >= 0);
  if (p->child == 0) {
    char byte;
    ssize_t got;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    got = read(p->child_pipe[0], &byte, 1);
    _exit(got == 1 ? 0 : 1);
  }
}

void end_child(struct pair *p) {
  ssize_t written = write(p->child_pipe[1], "x", 1);
  (void)written;
}

int wait_new_child(struct pair *p) {
  int status, error;
  if (p->child == 0) /* reaped already; wait for the stop */
    return thread_stop_sleep(3600) == 0 ? 0 : errno;
  error = result_of(thread_stop_waitpid(p->child, &status, 0));
  if (error)
    return error;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail("waitpid: status %d", status);
  p->child = 0;
  return 0;
}

void reap_child(struct pair *p) {
  if (p->child) {
    end_child(p);
    must(waitpid(p->child, NULL, 0) == p->child);
    p->child = 0;
  }
  close(p->child_pipe[0]);
  close(p->child_pipe[1]);
}

static int sleep_for_ever(void *argument) {
  (void)argument;
  while (pause() == -1)
    continue;
  return 0;
}

/* The child ends by SIGTERM, so the grace is not used up. */
int wait_isolated(struct pair *p) {
  (void)p;
  return thread_stop_run_isolated(sleep_for_ever, NULL, 60000, NULL);
}

/* --- Semaphores and condition variables ----------------------------------- */

void begin_sync(struct pair *p) {
  struct sync *sync = malloc(sizeof *sync);
  must(sync);
  must(sem_init(&sync->semaphore, 0, 0) == 0);
  must(pthread_mutex_init(&sync->mutex, NULL) == 0);
  must(pthread_cond_init(&sync->condition, NULL) == 0);
  p->sync = sync;
}

/* The bytes are overwritten so that a late user is stopped by them even where
 * no sanitizer looks on. */
void end_sync(struct pair *p) {
  struct sync *sync = p->sync;
  must(sem_destroy(&sync->semaphore) == 0);
  must((errno = pthread_cond_destroy(&sync->condition)) == 0);
  must((errno = pthread_mutex_destroy(&sync->mutex)) == 0);
  memset(sync, 0x7f, sizeof *sync);
  free(sync);
}

int wait_sem(struct pair *p) {
  return thread_stop_sem_wait(&p->sync->semaphore) == 0 ? 0 : errno;
}

void feed_sem(struct pair *p) { must(sem_post(&p->sync->semaphore) == 0); }

static int wait_locked(struct sync *sync, const struct timespec *time) {
  int error;
  must((errno = pthread_mutex_lock(&sync->mutex)) == 0);
  error = time
              ? thread_stop_cond_timedwait(&sync->condition, &sync->mutex, time)
              : thread_stop_cond_wait(&sync->condition, &sync->mutex);
  /* Fails if the mutex is not ours again. */
  must((errno = pthread_mutex_unlock(&sync->mutex)) == 0);
  return error;
}

int wait_cond(struct pair *p) { return wait_locked(p->sync, NULL); }

int wait_cond_timed(struct pair *p) {
  struct timespec time;
  int error;
  must(clock_gettime(CLOCK_REALTIME, &time) == 0);
  /* One in four soon, the others much later. */
  if (next_random(&p->worker_random) % 4)
    time.tv_sec += 3600;
  error = wait_locked(p->sync, &time);
  return error == ETIMEDOUT ? 0 : error;
}

static void signal_locked(struct sync *sync) {
  must((errno = pthread_mutex_lock(&sync->mutex)) == 0);
  pthread_cond_signal(&sync->condition);
  must((errno = pthread_mutex_unlock(&sync->mutex)) == 0);
}

void feed_cond(struct pair *p) { signal_locked(p->sync); }

/* One for all pairs: the stop of one waiter wakes the others. */
static struct sync shared = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                             .condition = PTHREAD_COND_INITIALIZER};

int wait_cond_shared(struct pair *p) {
  (void)p;
  return wait_locked(&shared, NULL);
}

void feed_cond_shared(struct pair *p) {
  (void)p;
  signal_locked(&shared);
}
