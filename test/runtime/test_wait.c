// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// poll(), select(), epoll_wait(), sleeps, semaphores, condition variables,
// children: results other than ECANCELED.

#include "check.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

static int ends[2];

static void polls(void) {
  struct pollfd fds[3] = {
      {ends[0], POLLIN, 7}, {ends[1], POLLOUT, 7}, {-1, POLLIN, 7}};
  struct timespec none = {0, 0}, bad = {0, -1};
  double begin = check_seconds();
  CHECK_EQ(thread_stop_poll(fds, 1, 20), 0);
  CHECK(check_seconds() - begin >= 0.019);
  CHECK_EQ(thread_stop_poll(fds, 3, -1), 1);
  CHECK_EQ(fds[0].revents, 0);
  CHECK_EQ(fds[1].revents, POLLOUT);
  CHECK_EQ(fds[2].revents, 0);
  CHECK_EQ(thread_stop_poll(fds, 3, 0), 1);
  CHECK_EQ(thread_stop_ppoll(fds, 1, &none, NULL), 0);
  CHECK_ERRNO(thread_stop_ppoll(fds, 1, &bad, NULL), EINVAL);
  fds[0].fd = 9999;
  CHECK_EQ(thread_stop_poll(fds, 1, -1), 1);
  CHECK_EQ(fds[0].revents, POLLNVAL);
}

static void selects(void) {
  struct timeval soon = {0, 20000}, bad = {-1, 0};
  struct timespec hour = {3600, 0};
  fd_set in, out, except;
  int nfds = (ends[0] > ends[1] ? ends[0] : ends[1]) + 1;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_ZERO(&except);
  FD_SET(ends[0], &in);
  CHECK_EQ(thread_stop_select(nfds, &in, NULL, NULL, &soon), 0);
  CHECK(!FD_ISSET(ends[0], &in));
  FD_SET(ends[0], &in);
  FD_SET(ends[1], &out);
  FD_SET(ends[0], &except);
  CHECK_EQ(thread_stop_pselect(nfds, &in, &out, &except, &hour, NULL), 1);
  CHECK(!FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out) &&
        !FD_ISSET(ends[0], &except));
  CHECK_ERRNO(thread_stop_select(-1, NULL, NULL, NULL, NULL), EINVAL);
  CHECK_ERRNO(thread_stop_select(0, NULL, NULL, NULL, &bad), EINVAL);
  FD_ZERO(&in);
  nfds = dup(ends[0]);
  close(nfds);
  FD_SET(nfds, &in);
  CHECK_ERRNO(thread_stop_select(nfds + 1, &in, NULL, NULL, NULL), EBADF);
}

// Events that are fetched only once are not thrown away by a stop.
static void epolls(void) {
  struct epoll_event event = {.events = EPOLLOUT | EPOLLONESHOT,
                              .data = {NULL}};
  int fd = epoll_create1(EPOLL_CLOEXEC);
  double begin = check_seconds();
  CHECK_EQ(thread_stop_epoll_wait(fd, &event, 1, 20), 0);
  CHECK(check_seconds() - begin >= 0.019);
  event.events = EPOLLOUT | EPOLLONESHOT;
  CHECK_EQ(epoll_ctl(fd, EPOLL_CTL_ADD, ends[1], &event), 0);
  CHECK_EQ(thread_stop_epoll_wait(fd, &event, 1, -1), 1);
  CHECK_EQ(event.events, EPOLLOUT);
  CHECK_EQ(thread_stop_epoll_wait(fd, &event, 1, 0), 0);
  CHECK_ERRNO(thread_stop_epoll_wait(fd, &event, 0, 0), EINVAL);
  CHECK_ERRNO(thread_stop_epoll_wait(ends[0], &event, 1, 0), EINVAL);
  close(fd);
}

static void sleeps(void) {
  struct timespec moment = {0, 20000000}, bad = {0, 1000000000}, until;
  double begin = check_seconds();
  CHECK_EQ(thread_stop_nanosleep(&moment, NULL), 0);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL), 0);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_BOOTTIME, 0, &moment, NULL), 0);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 20000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  CHECK_EQ(
      thread_stop_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL),
      0);
  CHECK(check_seconds() - begin >= 0.079);
  until.tv_sec = 0;
  CHECK_EQ(
      thread_stop_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL),
      0);
  CHECK_ERRNO(thread_stop_nanosleep(&bad, NULL), EINVAL);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_REALTIME, 0, &bad, NULL), EINVAL);
  CHECK_EQ(thread_stop_clock_nanosleep(12345, 0, &moment, NULL), EINVAL);
  CHECK_EQ(thread_stop_sleep(0), 0);
}

static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int turns;

static void *poster(void *argument) {
  (void)argument;
  for (int i = 0; i < 50; ++i) {
    check_pause_ms(i % 2);
    sem_post(&semaphore);
    pthread_mutex_lock(&mutex);
    atomic_fetch_add(&turns, 1);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void synchronisation(void) {
  struct timespec past = {1, 0};
  pthread_t thread;
  sem_init(&semaphore, 0, 1);
  CHECK_EQ(thread_stop_sem_wait(&semaphore), 0);
  pthread_mutex_lock(&mutex);
  CHECK_EQ(thread_stop_cond_timedwait(&condition, &mutex, &past), ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  CHECK_EQ(pthread_create(&thread, NULL, poster, NULL), 0);
  for (int i = 0; i < 50; ++i)
    CHECK_EQ(thread_stop_sem_wait(&semaphore), 0);
  pthread_mutex_lock(&mutex);
  while (atomic_load(&turns) % 50 != 0)
    CHECK_EQ(thread_stop_cond_wait(&condition, &mutex), 0);
  pthread_mutex_unlock(&mutex);
  CHECK_EQ(pthread_join(thread, NULL), 0);
  sem_destroy(&semaphore);
}

// Many waiters of one condition variable, and a mutex that is held long: the
// stop of the others does not wait for it.
static pthread_mutex_t long_held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t other_condition = PTHREAD_COND_INITIALIZER;
static atomic_int waiting;

static void *wait_here(void *argument) {
  pthread_mutex_t *lock = argument;
  int error = 0;
  pthread_mutex_lock(lock);
  atomic_fetch_add(&waiting, 1);
  while (error == 0)
    error = thread_stop_cond_wait(
        lock == &mutex ? &condition : &other_condition, lock);
  pthread_mutex_unlock(lock);
  return (void *)(long)error;
}

static void many_waiters(void) {
  pthread_t threads[20], blocked;
  void *error;
  atomic_store(&waiting, 0);
  CHECK_EQ(thread_stop_create(&blocked, NULL, wait_here, &long_held), 0);
  for (int i = 0; i < 20; ++i)
    CHECK_EQ(thread_stop_create(&threads[i], NULL, wait_here, &mutex), 0);
  while (atomic_load(&waiting) != 21)
    check_pause_ms(1);
  pthread_mutex_lock(&long_held);
  CHECK_EQ(thread_stop_request(blocked), 0);
  for (int i = 0; i < 20; ++i) {
    CHECK_EQ(thread_stop_join(threads[i], &error), 0);
    CHECK_EQ((long)error, ECANCELED);
  }
  pthread_mutex_unlock(&long_held);
  CHECK_EQ(pthread_join(blocked, &error), 0);
  CHECK_EQ((long)error, ECANCELED);
}

// A signal that wakes a stopped waiter is passed on to another.
static void *wait_once(void *argument) {
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&waiting, 1);
  while (atomic_load((atomic_int *)argument) == 0)
    if (thread_stop_cond_wait(&condition, &mutex) != 0)
      break;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void signals_are_passed_on(void) {
  for (int i = 0; i < check_rounds(300); ++i) {
    atomic_int ready = 0;
    pthread_t stopped, other;
    atomic_store(&waiting, 0);
    CHECK_EQ(thread_stop_create(&stopped, NULL, wait_once, &ready), 0);
    CHECK_EQ(thread_stop_create(&other, NULL, wait_once, &ready), 0);
    while (atomic_load(&waiting) != 2)
      check_pause_ms(1);
    pthread_mutex_lock(&mutex);
    atomic_store(&ready, 1);
    CHECK_EQ(thread_stop_request(stopped), 0);
    pthread_cond_signal(&condition); // one signal for two
    pthread_mutex_unlock(&mutex);
    CHECK_EQ(pthread_join(stopped, NULL), 0);
    CHECK_EQ(pthread_join(other, NULL), 0);
  }
}

static pid_t exits_with(int code) {
  pid_t child = fork();
  if (child == 0) {
    check_pause_ms(10);
    _exit(code);
  }
  return child;
}

static void children(void) {
  int status;
  pid_t child = exits_with(3);
  CHECK_EQ(thread_stop_waitpid(child, &status, WNOHANG), 0);
  CHECK_EQ(thread_stop_waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  CHECK_ERRNO(thread_stop_waitpid(child, &status, 0), ECHILD);
  CHECK_ERRNO(thread_stop_waitpid(-1, &status, 0), ECHILD);
  child = exits_with(4);
  CHECK_EQ(thread_stop_waitpid(-1, &status, 0), child);
  CHECK_EQ(WEXITSTATUS(status), 4);
  child = exits_with(5);
  CHECK_EQ(thread_stop_waitpid(0, NULL, 0), child);
  child = exits_with(6);
  CHECK_EQ(kill(child, SIGSTOP), 0);
  CHECK_EQ(thread_stop_waitpid(child, &status, WUNTRACED), child);
  CHECK(WIFSTOPPED(status));
  CHECK_EQ(kill(child, SIGCONT), 0);
  CHECK_EQ(thread_stop_waitpid(child, &status, 0), child);
}

// --- thread_stop_run_isolated
// -------------------------------------------------

static int add(void *argument) { return *(int *)argument + 2; }
static int endless(void *argument) {
  (void)argument;
  for (;;)
    pause();
  return 0;
}
static int stubborn(void *argument) {
  signal(SIGTERM, SIG_IGN);
  return endless(argument);
}

struct isolated {
  int (*function)(void *);
  int error, status;
};
static void *run_isolated(void *argument) {
  struct isolated *run = argument;
  sigset_t all; // a worker with all signals blocked
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  run->error = thread_stop_run_isolated(run->function, NULL, 100, &run->status);
  return NULL;
}

static void isolation(void) {
  struct isolated run = {endless, -1, -1};
  int number = 40, status = -1;
  pthread_t thread;
  CHECK_EQ(thread_stop_run_isolated(add, &number, 0, &status), 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
  CHECK_EQ(thread_stop_run_isolated(add, &number, 0, NULL), 0);
  CHECK_EQ(thread_stop_run_isolated(add, &number, -1, NULL), EINVAL);
  for (int kills = 0; kills < 2; ++kills) {
    run.function = kills ? stubborn : endless;
    CHECK_EQ(thread_stop_create(&thread, NULL, run_isolated, &run), 0);
    check_pause_ms(30);
    CHECK_EQ(thread_stop_join(thread, NULL), 0);
    CHECK_EQ(run.error, ECANCELED);
    CHECK(WIFSIGNALED(run.status));
    CHECK_EQ(WTERMSIG(run.status), kills ? SIGKILL : SIGTERM);
    CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD); // reaped
  }
}

int main(int argc, char **argv) {
  check_begin(argc, argv);
  CHECK_EQ(pipe(ends), 0);
  for (int attached = 0; attached < 2; ++attached) {
    if (attached)
      CHECK_EQ(thread_stop_attach(), 0);
    polls();
    selects();
    epolls();
    sleeps();
    synchronisation();
    children();
    isolation();
  }
  many_waiters();
  signals_are_passed_on();
  return 0;
}
