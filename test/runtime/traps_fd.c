// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Traps 7, 8, 15: flags, timeouts, cost.

#include "traps.h"

#include "calls.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

// --- 7: O_NONBLOCK is shared -------------------------------------------------

// Another process that reads the same pipe. Its result: the error.
static int other_reader(int fd) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    char byte;
    alarm(1); // blocking: ended by SIGALRM
    _exit(read(fd, &byte, 1) == -1 ? errno : 0);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct flags_job {
  const struct call *call;
  struct blockers *blockers;
  atomic_int tid;
};

static void *make_call(void *argument) {
  struct flags_job *job = argument;
  atomic_store(&job->tid, trap_tid());
  CHECK_EQ(job->call->run(job->blockers), ECANCELED);
  return NULL;
}

static int all_flags(const struct blockers *b) {
  const int fds[] = {b->pipe_in[0], b->pipe_full[1], b->sockets[0],
                     b->full[0],    b->listener,     b->epoll};
  int flags = 0;
  for (size_t i = 0; i < sizeof fds / sizeof fds[0]; ++i)
    flags |= fcntl(fds[i], F_GETFL);
  return flags;
}

void trap_shared_flags(void) {
  struct blockers blockers;
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(other_reader(ends[0]), -SIGALRM);
  // Naive: this process makes its descriptor non-blocking.
  CHECK_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  CHECK_EQ(other_reader(ends[0]), EAGAIN);
  close(ends[0]);
  close(ends[1]);

  blockers_open(&blockers);
  for (size_t i = 0; i < call_count; ++i) {
    struct flags_job job = {.call = &calls[i], .blockers = &blockers};
    pthread_t thread;
    CHECK_EQ(thread_stop_create(&thread, NULL, make_call, &job), 0);
    while (atomic_load(&job.tid) == 0)
      check_pause_ms(1);
    CHECK(check_sleeps(atomic_load(&job.tid)));
    CHECK_EQ(all_flags(&blockers) & O_NONBLOCK, 0);
    CHECK_EQ(thread_stop_join(thread, NULL), 0);
  }
  blockers_close(&blockers);
}

// --- 8: timeouts -------------------------------------------------------------

static atomic_int ticks;
static void tick(int signo) {
  (void)signo;
  atomic_fetch_add(&ticks, 1);
}

static void tick_every_ms(int milliseconds) {
  struct itimerval interval = {{0, milliseconds * 1000},
                               {0, milliseconds * 1000}};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = tick;
  sigaction(SIGALRM, &action, NULL);
  CHECK_EQ(setitimer(ITIMER_REAL, &interval, NULL), 0);
  atomic_store(&ticks, 0);
}

// Sleeps again for all of the time after each signal: until tick 40.
static void naive_sleep(void) {
  struct timespec duration = {0, 100000000};
  double begin = check_seconds();
  while (nanosleep(&duration, NULL) != 0 && atomic_load(&ticks) < 40)
    continue;
  CHECK(check_seconds() - begin > 0.3);
}

static void our_sleep(void) {
  struct timespec duration = {0, 100000000}, until;
  double begin = check_seconds(), took;
  while (thread_stop_nanosleep(&duration, &duration) != 0)
    CHECK_EQ(errno, EINTR);
  took = check_seconds() - begin;
  CHECK(took >= 0.1 && took < 0.3);

  begin = check_seconds();
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 1;
  for (;;) {
    int error = thread_stop_clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
                                            &until, NULL);
    if (error == 0)
      break;
    CHECK_EQ(error, EINTR);
  }
  took = check_seconds() - begin;
  CHECK(took > 0.99 && took < 1.3);
}

// select() counts down; ppoll() and pselect() leave the caller's time alone.
static void our_select(int fd) {
  struct timeval left = {0, 200000};
  struct timespec timeout = {0, 20000000}, before = timeout;
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  double begin = check_seconds();
  int ready;
  fd_set set;
  do {
    FD_ZERO(&set);
    FD_SET(fd, &set);
    ready = thread_stop_select(fd + 1, &set, NULL, NULL, &left);
  } while (ready == -1 && errno == EINTR);
  CHECK_EQ(ready, 0);
  CHECK(left.tv_sec == 0 && left.tv_usec == 0);
  CHECK(check_seconds() - begin < 0.5);
  thread_stop_ppoll(&poll_fd, 1, &timeout, NULL);
  thread_stop_pselect(0, NULL, NULL, NULL, &timeout, NULL);
  CHECK(memcmp(&timeout, &before, sizeof timeout) == 0);
}

void trap_timeouts(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  tick_every_ms(10);
  naive_sleep();
  tick_every_ms(10);
  CHECK_EQ(thread_stop_attach(), 0);
  our_sleep();
  our_select(ends[0]);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
  close(ends[0]);
  close(ends[1]);
}

// --- 15: one system call when there is data ----------------------------------

// In place of libc's: counts.
static atomic_int waits;
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
          const sigset_t *mask) {
  struct timespec copy = {0, 0};
  atomic_fetch_add(&waits, 1);
  if (timeout)
    copy = *timeout;
  return (int)syscall(SYS_ppoll, fds, count, timeout ? &copy : NULL, mask, 8ul);
}

static atomic_int seeks;
off_t lseek(int fd, off_t offset, int whence) {
  atomic_fetch_add(&seeks, 1);
  return (off_t)syscall(SYS_lseek, fd, offset, whence);
}

void trap_first_without_waiting(void) {
  int pair[2];
  char byte;
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  // Naive: ask whether there is something, then read.
  atomic_store(&waits, 0);
  for (int i = 0; i < 1000; ++i) {
    struct pollfd poll_fd = {.fd = pair[0], .events = POLLIN};
    CHECK_EQ(write(pair[1], "x", 1), 1);
    CHECK_EQ(ppoll(&poll_fd, 1, NULL, NULL), 1);
    CHECK_EQ(read(pair[0], &byte, 1), 1);
  }
  CHECK_EQ(atomic_load(&waits), 1000);
  atomic_store(&waits, 0);
  for (int i = 0; i < 1000; ++i) {
    CHECK_EQ(thread_stop_send(pair[1], "x", 1, 0), 1);
    CHECK_EQ(thread_stop_recv(pair[0], &byte, 1, 0), 1);
    CHECK_EQ(thread_stop_write(pair[1], "x", 1), 1);
    CHECK_EQ(thread_stop_read(pair[0], &byte, 1), 1);
  }
  CHECK_EQ(atomic_load(&waits), 0);
  // Nor is a socket asked what it is when it has less than was asked for.
  atomic_store(&seeks, 0);
  for (int i = 0; i < 1000; ++i) {
    char some[100];
    CHECK_EQ(thread_stop_send(pair[1], "xyz", 3, 0), 3);
    CHECK_EQ(thread_stop_read(pair[0], some, sizeof some), 3);
  }
  CHECK_EQ(atomic_load(&seeks), 0);
  // And it is this ppoll() that is called when there is nothing.
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_ERRNO(thread_stop_recv(pair[0], &byte, 1, 0), ECANCELED);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  {
    struct timeval timeout = {0, 1000};
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  }
  CHECK_ERRNO(thread_stop_recv(pair[0], &byte, 1, 0), EAGAIN);
  CHECK(atomic_load(&waits) > 0);
  CHECK_EQ(thread_stop_detach(), 0);
  close(pair[0]);
  close(pair[1]);
}
