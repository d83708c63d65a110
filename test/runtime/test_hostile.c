// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs that are unkind to the library: many requesters, storms of signals,
// handlers that ask for their own stop, odd mutexes, forks at any moment.

#include "calls.h"

#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int quiet[2]; // a pipe that stays empty

static void handle(int signo, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

static void *blocked(void *argument) {
  char byte;
  (void)argument;
  return (void *)(intptr_t)(thread_stop_read(quiet[0], &byte, 1) == -1 ? errno
                                                                       : 0);
}

static void expect(pthread_t thread, long expected) {
  void *result;
  CHECK_EQ(pthread_join(thread, &result), 0);
  CHECK_EQ((intptr_t)result, expected);
}

// --- Requests ----------------------------------------------------------------

static pthread_t victim;
static atomic_int unheard;
static void *ask_until_gone(void *argument) {
  (void)argument;
  int error;
  while ((error = thread_stop_request(victim)) == 0)
    continue;
  CHECK_EQ(error, ESRCH);
  atomic_fetch_sub(&unheard, 1);
  return NULL;
}

// Many threads ask one that waits, until it is gone. It is joined only then.
static void many_requesters(void) {
  for (int i = 0; i < check_rounds(100); ++i) {
    pthread_t requesters[4];
    atomic_store(&unheard, 4);
    CHECK_EQ(thread_stop_create(&victim, NULL, blocked, NULL), 0);
    for (int j = 0; j < 4; ++j)
      CHECK_EQ(pthread_create(&requesters[j], NULL, ask_until_gone, NULL), 0);
    for (int j = 0; j < 4; ++j)
      CHECK_EQ(pthread_join(requesters[j], NULL), 0);
    CHECK_EQ(atomic_load(&unheard), 0);
    expect(victim, ECANCELED);
  }
}

static pthread_t ring_of[3];
static void *stops_the_next(void *argument) {
  long number = (long)(intptr_t)argument;
  long error = (long)(intptr_t)blocked(NULL);
  if (number < 2)
    CHECK_EQ(thread_stop_join(ring_of[number + 1], NULL), 0);
  return (void *)(intptr_t)error;
}

// A stopped thread stops and joins others: nothing fails because of its own.
static void stopped_requesters(void) {
  for (int i = 2; i >= 0; --i)
    CHECK_EQ(thread_stop_create(&ring_of[i], NULL, stops_the_next,
                                (void *)(intptr_t)i),
             0);
  CHECK_EQ(thread_stop_request(ring_of[0]), 0);
  expect(ring_of[0], ECANCELED);
}

// --- Signals -----------------------------------------------------------------

struct job {
  const struct call *call;
  struct blockers *blockers;
  atomic_int tid, error;
};

static void ask_for_myself(int signo) {
  int saved = errno;
  (void)signo;
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK(thread_stop_requested());
  errno = saved;
}

static void *run_call(void *argument) {
  struct job *job = argument;
  atomic_store(&job->tid, (int)syscall(SYS_gettid));
  do
    atomic_store(&job->error, job->call->run(job->blockers));
  while (job->error == EINTR && !thread_stop_requested());
  return NULL;
}

// The stop comes from a handler that interrupts the very call.
static void stop_from_own_handler(void) {
  struct blockers blockers;
  blockers_open(&blockers);
  handle(SIGUSR2, ask_for_myself);
  for (size_t i = 0; i < call_count; ++i) {
    struct job job = {.call = &calls[i], .blockers = &blockers, .error = -1};
    pthread_t thread;
    CHECK_EQ(thread_stop_create(&thread, NULL, run_call, &job), 0);
    while (atomic_load(&job.tid) == 0)
      check_pause_ms(1);
    CHECK(check_sleeps(atomic_load(&job.tid)));
    CHECK_EQ(pthread_kill(thread, SIGUSR2), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    if (job.error != ECANCELED)
      fprintf(stderr, "%s: %s\n", calls[i].name, strerror(job.error));
    CHECK_EQ(job.error, ECANCELED);
  }
  blockers_close(&blockers);
}

static void nothing(int signo) { (void)signo; }

static atomic_bool storm_over;
static pthread_t in_storm;
static void *storm(void *argument) {
  (void)argument;
  while (!atomic_load(&storm_over)) {
    CHECK_EQ(pthread_kill(in_storm, SIGUSR1), 0);
    sched_yield();
  }
  return NULL;
}

static void *sleeps_through_storm(void *argument) {
  struct timespec left = {0, 200000000};
  double begin = check_seconds();
  int result;
  (void)argument;
  while ((result = thread_stop_nanosleep(&left, &left)) == -1)
    CHECK_EQ(errno, EINTR);
  CHECK(check_seconds() - begin >= 0.2);
  do // and now without end
    result = thread_stop_poll(NULL, 0, -1);
  while (result == -1 && errno == EINTR);
  return (void *)(intptr_t)(result == -1 ? errno : 0);
}

// Signals all the time: they neither make a sleep shorter nor lose a stop.
static void storms(void) {
  pthread_t sender;
  handle(SIGUSR1, nothing);
  atomic_store(&storm_over, false);
  CHECK_EQ(thread_stop_create(&in_storm, NULL, sleeps_through_storm, NULL), 0);
  CHECK_EQ(pthread_create(&sender, NULL, storm, NULL), 0);
  check_pause_ms(300);
  CHECK_EQ(thread_stop_request(in_storm), 0);
  atomic_store(&storm_over, true); // its target must not be gone
  CHECK_EQ(pthread_join(sender, NULL), 0);
  expect(in_storm, ECANCELED);
}

// --- Limits ------------------------------------------------------------------

static sem_t started;
static void *waits_longest(void *argument) {
  const struct timespec longest = {.tv_sec = (time_t)INT64_MAX,
                                   .tv_nsec = 999999999};
  struct timeval select_time = {.tv_sec = (time_t)INT64_MAX, .tv_usec = 999999};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  int result = 0;
  sem_post(&started);
  switch ((int)(intptr_t)argument) {
  case 0:
    result = thread_stop_nanosleep(&longest, NULL);
    break;
  case 1:
    result = thread_stop_ppoll(NULL, 0, &longest, NULL);
    break;
  case 2:
    result = thread_stop_select(0, NULL, NULL, NULL, &select_time);
    break;
  case 3:
    result = thread_stop_pselect(0, NULL, NULL, NULL, &longest, NULL);
    break;
  case 4:
    result = thread_stop_sleep(UINT_MAX) ? -1 : 0;
    break;
  case 5:
    return (void *)(intptr_t)thread_stop_clock_nanosleep(
        CLOCK_REALTIME, TIMER_ABSTIME, &longest, NULL);
  case 6:
    return (void *)(intptr_t)thread_stop_clock_nanosleep(CLOCK_MONOTONIC, 0,
                                                         &longest, NULL);
  case 7:
    return (void *)(intptr_t)thread_stop_clock_nanosleep(
        CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &longest, NULL);
  case 8:
    pthread_mutex_lock(&mutex);
    do
      result = thread_stop_cond_timedwait(&condition, &mutex, &longest);
    while (result == 0);
    pthread_mutex_unlock(&mutex);
    return (void *)(intptr_t)result;
  default:
    CHECK(!"no such wait");
  }
  return (void *)(intptr_t)(result == -1 ? errno : 0);
}

// The largest times that there are: no overflow, and a stop ends them.
static void longest_waits(void) {
  CHECK_EQ(sem_init(&started, 0, 0), 0);
  for (long i = 0; i < 9; ++i) {
    pthread_t thread;
    CHECK_EQ(
        thread_stop_create(&thread, NULL, waits_longest, (void *)(intptr_t)i),
        0);
    CHECK_EQ(sem_wait(&started), 0);
    check_pause_ms(20);
    CHECK_EQ(thread_stop_request(thread), 0);
    expect(thread, ECANCELED);
  }
  CHECK_EQ(sem_destroy(&started), 0);
}

static void *with_little_stack(void *argument) {
  struct job *job = argument;
  return run_call(job);
}

// All calls on the smallest stack that the library itself would take.
static void small_stacks(void) {
  struct blockers blockers;
  pthread_attr_t attributes;
  blockers_open(&blockers);
  CHECK_EQ(pthread_attr_init(&attributes), 0);
  CHECK_EQ(pthread_attr_setstacksize(
               &attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN) + 16384),
           0);
  for (size_t i = 0; i < call_count; ++i) {
    struct job job = {.call = &calls[i], .blockers = &blockers, .error = -1};
    pthread_t thread;
    CHECK_EQ(thread_stop_create(&thread, &attributes, with_little_stack, &job),
             0);
    check_pause_ms(2);
    CHECK_EQ(thread_stop_join(thread, NULL), 0);
    CHECK_EQ(job.error, ECANCELED);
  }
  CHECK_EQ(pthread_attr_destroy(&attributes), 0);
  blockers_close(&blockers);
}

// --- Mutexes -----------------------------------------------------------------

struct odd_wait {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  bool timed;
  atomic_bool waits;
};

static void *waits_oddly(void *argument) {
  struct odd_wait *odd = argument;
  struct timespec until;
  int error;
  CHECK_EQ(pthread_mutex_lock(&odd->mutex), 0);
  atomic_store(&odd->waits, true);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 1000;
  do
    error = odd->timed ? thread_stop_cond_timedwait(&odd->condition,
                                                    &odd->mutex, &until)
                       : thread_stop_cond_wait(&odd->condition, &odd->mutex);
  while (error == 0);
  CHECK_EQ(pthread_mutex_unlock(&odd->mutex), 0); // it is ours
  return (void *)(intptr_t)error;
}

static atomic_bool hogging;
static void *hog(void *argument) {
  pthread_mutex_t *mutex = argument;
  while (atomic_load(&hogging)) {
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    check_pause_ms(1);
    CHECK_EQ(pthread_mutex_unlock(mutex), 0);
  }
  return NULL;
}

static void init_oddly(struct odd_wait *odd, int type, int protocol) {
  pthread_mutexattr_t mutexattr;
  pthread_condattr_t condattr;
  CHECK_EQ(pthread_mutexattr_init(&mutexattr), 0);
  CHECK_EQ(pthread_mutexattr_settype(&mutexattr, type), 0);
  CHECK_EQ(pthread_mutexattr_setprotocol(&mutexattr, protocol), 0);
  CHECK_EQ(pthread_mutex_init(&odd->mutex, &mutexattr), 0);
  CHECK_EQ(pthread_condattr_init(&condattr), 0);
  CHECK_EQ(pthread_condattr_setclock(&condattr, CLOCK_MONOTONIC), 0);
  CHECK_EQ(pthread_cond_init(&odd->condition, &condattr), 0);
}

// The mutex is one of some kind, and mostly taken when the stop comes.
static void one_mutex(int type, int protocol, bool timed) {
  struct odd_wait odd = {.timed = timed};
  pthread_t thread, other;
  init_oddly(&odd, type, protocol);
  atomic_store(&hogging, true);
  CHECK_EQ(thread_stop_create(&thread, NULL, waits_oddly, &odd), 0);
  while (!atomic_load(&odd.waits))
    check_pause_ms(1);
  CHECK_EQ(pthread_create(&other, NULL, hog, &odd.mutex), 0);
  check_pause_ms(5);
  CHECK_EQ(thread_stop_request(thread), 0);
  expect(thread, ECANCELED);
  atomic_store(&hogging, false);
  CHECK_EQ(pthread_join(other, NULL), 0);
  CHECK_EQ(pthread_cond_destroy(&odd.condition), 0);
  CHECK_EQ(pthread_mutex_destroy(&odd.mutex), 0);
}

static void odd_mutexes(void) {
  static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK,
                              PTHREAD_MUTEX_RECURSIVE};
  static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j) {
      one_mutex(types[i], protocols[j], false);
      one_mutex(types[i], protocols[j], true);
    }
}

static void *asks_later(void *argument) {
  struct odd_wait *odd = argument;
  while (!atomic_load(&odd->waits))
    check_pause_ms(1);
  check_pause_ms(20);
  CHECK_EQ(thread_stop_request(victim), 0);
  return NULL;
}

// One with a priority ceiling: only real-time threads can lock it, and the
// thread of the library that wakes waiters is none.
static void ceiling_mutex(void) {
  const struct sched_param real_time = {.sched_priority = 1}, normal = {0};
  struct odd_wait first = {.timed = false}, odd = {.timed = false};
  struct timespec now;
  pthread_mutexattr_t mutexattr;
  pthread_t requester;
  CHECK_EQ(pthread_mutexattr_init(&mutexattr), 0);
  if (pthread_mutexattr_setprotocol(&mutexattr, PTHREAD_PRIO_PROTECT) != 0)
    return; // musl has none
  CHECK_EQ(thread_stop_attach(), 0);
  init_oddly(&first, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE);
  init_oddly(&odd, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_PROTECT);
  CHECK_EQ(pthread_mutex_lock(&first.mutex), 0); // starts the thread that wakes
  clock_gettime(CLOCK_MONOTONIC, &now);
  CHECK_EQ(thread_stop_cond_timedwait(&first.condition, &first.mutex, &now),
           ETIMEDOUT);
  CHECK_EQ(pthread_mutex_unlock(&first.mutex), 0);
  victim = pthread_self();
  CHECK_EQ(pthread_create(&requester, NULL, asks_later, &odd), 0);
  if (pthread_setschedparam(victim, SCHED_FIFO, &real_time) == 0) {
    CHECK_EQ((intptr_t)waits_oddly(&odd), ECANCELED);
    CHECK_EQ(pthread_setschedparam(victim, SCHED_OTHER, &normal), 0);
  } else { // needs a privilege
    atomic_store(&odd.waits, true);
  }
  CHECK_EQ(pthread_join(requester, NULL), 0);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK_EQ(pthread_cond_destroy(&odd.condition), 0);
  CHECK_EQ(pthread_mutex_destroy(&odd.mutex), 0);
}

// A mutex that is not ours: libc's error, at once.
static void *waits_without_mutex(void *argument) {
  struct odd_wait *odd = argument;
  return (void *)(intptr_t)thread_stop_cond_wait(&odd->condition, &odd->mutex);
}

static void foreign_mutex(void) {
#ifdef __SANITIZE_THREAD__
  return; // which reports the mistake
#endif
  struct odd_wait odd = {.condition = PTHREAD_COND_INITIALIZER};
  pthread_mutexattr_t mutexattr;
  pthread_t thread;
  CHECK_EQ(pthread_mutexattr_init(&mutexattr), 0);
  CHECK_EQ(pthread_mutexattr_settype(&mutexattr, PTHREAD_MUTEX_ERRORCHECK), 0);
  CHECK_EQ(pthread_mutex_init(&odd.mutex, &mutexattr), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, waits_without_mutex, &odd), 0);
  expect(thread, EPERM);
  CHECK_EQ(pthread_mutex_destroy(&odd.mutex), 0);
}

// --- Processes ---------------------------------------------------------------

static atomic_bool forks_over;
static void *forks(void *argument) {
  (void)argument;
  while (!atomic_load(&forks_over)) {
    pid_t child = fork();
    if (child == 0) { // attached, as its parent; not stopped; can make threads
      pthread_t thread;
      alarm(60);
      CHECK(!thread_stop_requested());
      CHECK_EQ(thread_stop_create(&thread, NULL, blocked, NULL), 0);
      CHECK_EQ(thread_stop_request(thread), 0);
      expect(thread, ECANCELED);
      CHECK_EQ(thread_stop_request(pthread_self()), 0);
      CHECK_ERRNO(thread_stop_poll(NULL, 0, -1), ECANCELED);
      _exit(17);
    }
    int status = 0;
    CHECK(child > 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 17);
  }
  return NULL;
}

// Forks while other threads begin, are asked and end.
static void forks_at_any_moment(void) {
  pthread_t forker;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  // The one makes no thread in the child of a process with several. In that of
  // the other, the lock of its allocator may be held for ever by a thread that
  // is not there (gcc 12).
  return;
#endif
  atomic_store(&forks_over, false);
  CHECK_EQ(thread_stop_create(&forker, NULL, forks, NULL), 0);
  for (int i = 0; i < check_rounds(500); ++i) {
    pthread_t thread;
    CHECK_EQ(thread_stop_create(&thread, NULL, blocked, NULL), 0);
    CHECK_EQ(thread_stop_request(thread), 0);
    expect(thread, ECANCELED);
  }
  atomic_store(&forks_over, true);
  CHECK_EQ(pthread_join(forker, NULL), 0);
}

struct family {
  pid_t pid; // of the wait
  pid_t child;
};

static void *waits_for(void *argument) {
  struct family *family = argument;
  int status;
  pid_t found = thread_stop_waitpid(family->pid, &status, 0);
  if (found == -1)
    return (void *)(intptr_t)-errno;
  return (void *)(intptr_t)found;
}

static pid_t child_that_waits(void) {
  pid_t child = fork();
  if (child == 0) {
    alarm(100); // if the test fails
    pause();
    _exit(1);
  }
  CHECK(child > 0);
  return child;
}

// Several threads wait for children, in all ways; each gets what is its own.
static void several_children(void) {
  struct family families[4] = {{0}};
  pthread_t threads[4], any;
  struct family nobodys = {.pid = -1};
  for (int i = 0; i < 4; ++i) {
    families[i].child = families[i].pid = child_that_waits();
    CHECK_EQ(thread_stop_create(&threads[i], NULL, waits_for, &families[i]), 0);
  }
  CHECK_EQ(thread_stop_create(&any, NULL, waits_for, &nobodys), 0);
  check_pause_ms(10);
  CHECK_EQ(thread_stop_join(any, NULL), 0);
  CHECK_EQ(thread_stop_request(threads[0]), 0);
  expect(threads[0], -ECANCELED);
  for (int i = 3; i >= 1; --i) {
    CHECK_EQ(kill(families[i].child, SIGKILL), 0);
    expect(threads[i], families[i].child);
  }
  CHECK_EQ(kill(families[0].child, SIGKILL), 0);
  CHECK_EQ(waitpid(families[0].child, NULL, 0), families[0].child);
  CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
}

static int ignores_sigterm(void *argument) {
  (void)argument;
  signal(SIGTERM, SIG_IGN);
  alarm(100);
  pause();
  return 1;
}

static void *isolates(void *argument) {
  int status = -1;
  int error = thread_stop_run_isolated(ignores_sigterm, argument, 20, &status);
  CHECK(status == -1 || (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL ||
                                                 WTERMSIG(status) == SIGTERM)));
  return (void *)(intptr_t)error;
}

// Many at once, stopped at different moments of theirs: none is left.
static void isolated_children(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i)
    CHECK_EQ(thread_stop_create(&threads[i], NULL, isolates, NULL), 0);
  for (int i = 0; i < 8; ++i) {
    CHECK_EQ(thread_stop_request(threads[i]), 0);
    check_pause_ms(i);
  }
  for (int i = 0; i < 8; ++i)
    expect(threads[i], ECANCELED);
  CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
}

int main(int argc, char **argv) {
  check_begin(argc, argv);
  CHECK_EQ(pipe(quiet), 0);
  many_requesters();
  stopped_requesters();
  stop_from_own_handler();
  storms();
  longest_waits();
  small_stacks();
  odd_mutexes();
  ceiling_mutex();
  foreign_mutex();
  forks_at_any_moment();
  several_children();
  isolated_children();
  return 0;
}
