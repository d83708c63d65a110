/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stopping threads in the usual ways, with a flag and a signal of one's own and
 * without the library. Each way loses stops; that they are seen here shows that
 * the stress test can see them.
 *
 * To need fewer rounds, the moment in which a signal is lost is stretched by
 * some time of doing nothing: --window. With 0 there are losses too, but not in
 * each short run.
 */

#include "stress.h"

#include <poll.h>
#include <signal.h>

#define SIGNAL SIGUSR1

struct naive {
  const char *name;
  int pipe[2], ready[2];
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  sem_t semaphore;
  void (*loop)(struct naive *); /* returns after a stop */
  void (*wake)(struct naive *);
  pthread_t worker;
  atomic_bool stop, quit;
  atomic_uint started, done;
  int64_t window_ns;
};

static __thread volatile sig_atomic_t handler_ran;

static void mark(int signo) {
  (void)signo;
  handler_ran = 1;
}

static void block(int how, sigset_t *old) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGNAL);
  pthread_sigmask(how, &set, old);
}

/* --- The ways ------------------------------------------------------------- */

/* A signal after the test has nothing to interrupt yet. */
static void check_then_read(struct naive *n) {
  char byte;
  while (!atomic_load(&n->stop)) {
    spin_ns(n->window_ns);
    if (read(n->pipe[0], &byte, 1) < 0 && errno != EINTR)
      fail("read: %s", strerror(errno));
  }
}

/* The same moment, later. */
static void unblock_then_read(struct naive *n) {
  char byte;
  block(SIG_BLOCK, NULL);
  while (!atomic_load(&n->stop)) {
    block(SIG_UNBLOCK, NULL);
    spin_ns(n->window_ns);
    if (read(n->pipe[0], &byte, 1) < 0 && errno != EINTR)
      fail("read: %s", strerror(errno));
    block(SIG_BLOCK, NULL);
  }
  block(SIG_UNBLOCK, NULL);
}

static void check_then_sem_wait(struct naive *n) {
  while (!atomic_load(&n->stop)) {
    spin_ns(n->window_ns);
    if (sem_wait(&n->semaphore) != 0 && errno != EINTR)
      fail("sem_wait: %s", strerror(errno));
  }
}

/* ppoll and its mask are right, but only the handler stores the flag, and it
 * does not run while the descriptor is ready. */
static void flag_in_handler(struct naive *n) {
  struct pollfd fds = {.fd = n->ready[0], .events = POLLIN};
  sigset_t open;
  block(SIG_BLOCK, &open);
  sigdelset(&open, SIGNAL);
  handler_ran = 0;
  while (!handler_ran && !atomic_load(&n->quit))
    if (ppoll(&fds, 1, NULL, &open) < 0 && errno != EINTR)
      fail("ppoll: %s", strerror(errno));
  block(SIG_UNBLOCK, NULL);
}

/* The broadcast comes when nobody sleeps yet. */
static void check_then_cond_wait(struct naive *n) {
  pthread_mutex_lock(&n->mutex);
  while (!atomic_load(&n->stop)) {
    spin_ns(n->window_ns);
    pthread_cond_wait(&n->condition, &n->mutex);
  }
  pthread_mutex_unlock(&n->mutex);
}

static void wake_by_signal(struct naive *n) {
  atomic_store(&n->stop, 1);
  pthread_kill(n->worker, SIGNAL);
}

static void wake_by_broadcast(struct naive *n) {
  atomic_store(&n->stop, 1);
  pthread_cond_broadcast(&n->condition);
}

/* --- Rounds --------------------------------------------------------------- */

static unsigned rounds;

static void *worker(void *argument) {
  struct naive *n = argument;
  for (unsigned round = 1; round <= rounds; ++round) {
    atomic_store(&n->stop, 0);
    atomic_store(&n->quit, 0);
    publish(&n->started, round);
    n->loop(n);
    publish(&n->done, round);
  }
  return NULL;
}

/* Returns whether the stop was lost; then the thread is woken again until it
 * is out. */
static int stop_once(struct naive *n, unsigned round, uint64_t *random) {
  int lost;
  if (!await(&n->started, round, INT64_C(10000000000)))
    fail("%s: the thread does not start", n->name);
  spin_ns((int64_t)(next_random(random) % (uint64_t)(n->window_ns + 3000)));
  n->wake(n);
  lost = !await(&n->done, round, INT64_C(300000000));
  while (!await(&n->done, round, 0)) {
    atomic_store(&n->quit, 1);
    n->wake(n);
  }
  return lost;
}

static int losses_of(struct naive *n, unsigned requests, uint64_t *random) {
  int losses = 0;
  unsigned round = 0;
  rounds = requests;
  must(pipe(n->pipe) == 0 && pipe(n->ready) == 0);
  must(write(n->ready[1], "x", 1) == 1);
  must(sem_init(&n->semaphore, 0, 0) == 0);
  must((errno = pthread_mutex_init(&n->mutex, NULL)) == 0);
  must((errno = pthread_cond_init(&n->condition, NULL)) == 0);
  must((errno = pthread_create(&n->worker, NULL, worker, n)) == 0);
  while (++round <= requests) {
    losses += stop_once(n, round, random);
    if (losses == 3) /* that will do; each takes its time */
      break;
  }
  printf("%-20s %d of %u stops lost\n", n->name, losses,
         round < requests ? round : requests);
  return losses;
}

int run_naive(unsigned requests, int64_t window_ns, uint64_t seed) {
  /* The workers are left as they are: the program ends. */
  static struct naive ways[] = {
      {.name = "check, read", .loop = check_then_read, .wake = wake_by_signal},
      {.name = "unblock, read",
       .loop = unblock_then_read,
       .wake = wake_by_signal},
      {.name = "check, sem_wait",
       .loop = check_then_sem_wait,
       .wake = wake_by_signal},
      {.name = "flag in handler",
       .loop = flag_in_handler,
       .wake = wake_by_signal},
      {.name = "check, cond_wait",
       .loop = check_then_cond_wait,
       .wake = wake_by_broadcast},
  };
  struct sigaction action;
  int harmless = 0;
  memset(&action, 0, sizeof action);
  action.sa_handler = mark; /* without SA_RESTART */
  must(sigaction(SIGNAL, &action, NULL) == 0);
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
    ways[i].window_ns = window_ns;
    if (losses_of(&ways[i], requests, &seed) == 0)
      ++harmless;
  }
  fflush(stdout);
  if (harmless)
    fail("%d ways without a loss: nothing is shown", harmless);
  _exit(0);
}
