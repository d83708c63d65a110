// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Results in odd cases: those of libc's calls, which are made beside ours where
// that can be. A second argument picks one case.

#include "check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { LARGE = 4 << 20 };
static char bytes[LARGE];
static struct sockaddr_in address;

static int listen_here(void) {
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK_EQ(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  CHECK_EQ(listen(listener, 128), 0);
  CHECK_EQ(getsockname(listener, (struct sockaddr *)&address, &length), 0);
  return listener;
}

static int connect_here(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void handle(int signo, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

// --- MSG_WAITALL
// ---------------------------------------------------------------

static void receive_all(int type, int flags) {
  int pair[2];
  CHECK_EQ(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair), 0);
  for (int i = 0; i < 2; ++i) // the second for libc, and it is still there
    CHECK_EQ(send(pair[1], "x", 1, 0), 1);
  CHECK_EQ(thread_stop_recv(pair[0], bytes, 10, flags),
           recv(pair[0], bytes, 10, flags | MSG_PEEK));
  close(pair[0]);
  close(pair[1]);
}

static void waiting_for_all(void) {
  int pair[2], ends[2], listener, peers[2];
  receive_all(SOCK_STREAM, MSG_WAITALL | MSG_PEEK);
  receive_all(SOCK_DGRAM, MSG_WAITALL | MSG_PEEK);
  receive_all(SOCK_DGRAM, MSG_WAITALL);
  listener = listen_here(); // not a local one
  peers[0] = connect_here();
  peers[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  CHECK_EQ(send(peers[0], "abc", 3, 0), 3);
  check_pause_ms(20);
  CHECK_EQ(thread_stop_recv(peers[1], bytes, 10, MSG_WAITALL | MSG_PEEK), 3);
  CHECK_EQ(thread_stop_recv(peers[1], bytes, 10, MSG_WAITALL), 3);
  CHECK_ERRNO(thread_stop_recv(peers[1], bytes, 10, MSG_WAITALL), EAGAIN);
  close(peers[0]);
  close(peers[1]);
  close(listener);

  CHECK_EQ(pipe(ends), 0);
  CHECK_ERRNO(thread_stop_recv(ends[0], bytes, 10, MSG_WAITALL), ENOTSOCK);
  CHECK_ERRNO(thread_stop_recv(ends[0], bytes, 0, MSG_WAITALL), ENOTSOCK);
  CHECK_ERRNO(thread_stop_recv(-1, bytes, 10, MSG_WAITALL), EBADF);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
  CHECK_EQ(send(pair[1], "x", 1, 0), 1);
  CHECK_EQ(thread_stop_recv(pair[0], bytes, 0, MSG_WAITALL), 0); // takes it
  CHECK_ERRNO(recv(pair[0], bytes, 1, MSG_DONTWAIT), EAGAIN);
  close(pair[0]);
  close(pair[1]);
  close(ends[0]);
  close(ends[1]);
}

// --- accept on what does not listen
// --------------------------------------------

static void same_accept(int fd, int flags) {
  int expected;
  CHECK_EQ(accept4(fd, NULL, NULL, flags), -1);
  expected = errno;
  CHECK_ERRNO(thread_stop_accept4(fd, NULL, NULL, flags), expected);
}

static void no_listeners(void) {
  int ends[2], pair[2], listener = listen_here();
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  same_accept(ends[0], 0);
  same_accept(pair[0], 0);
  // musl's would accept without the flag.
  CHECK_ERRNO(thread_stop_accept4(pair[0], NULL, NULL, 1), EINVAL);
  CHECK_ERRNO(thread_stop_accept4(listener, NULL, NULL, 1), EINVAL);
  CHECK_ERRNO(thread_stop_accept4(-1, NULL, NULL, 1), EBADF);
  same_accept(-1, 0);
  same_accept(9999, 0);
  close(pair[0]);
  close(pair[1]);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
  same_accept(pair[0], 0);
  close(pair[0]);
  pair[0] = socket(AF_INET, SOCK_DGRAM, 0);
  same_accept(pair[0], 0);
  close(pair[0]);
  pair[0] = socket(AF_INET6, SOCK_STREAM, 0);
  if (pair[0] >= 0)
    same_accept(pair[0], 0);
  close(pair[0]);
  close(pair[1]);
  close(ends[0]);
  close(ends[1]);
  close(listener);
}

// --- A connection that somebody else takes
// -------------------------------------

// In place of libc's: after it has said "ready", takes the connection, like
// another process that was faster.
static atomic_int stolen_from = -1, stolen = -1;
int poll(struct pollfd *fds, nfds_t count, int timeout) {
  struct timespec time = {timeout / 1000, (long)(timeout % 1000) * 1000000};
  int ready = (int)syscall(SYS_ppoll, fds, count, timeout < 0 ? NULL : &time,
                           NULL, 8ul);
  if (ready > 0 && count == 1 && fds->fd == atomic_load(&stolen_from)) {
    atomic_store(&stolen_from, -1);
    atomic_store(&stolen,
                 (int)syscall(SYS_accept4, fds->fd, NULL, NULL, SOCK_CLOEXEC));
  }
  return ready;
}

struct acceptor {
  int listener, error;
  atomic_int tid;
};

static void *accepts(void *argument) {
  struct acceptor *acceptor = argument;
  int fd;
  atomic_store(&acceptor->tid, (int)syscall(SYS_gettid));
  fd = thread_stop_accept(acceptor->listener, NULL, NULL);
  acceptor->error = fd < 0 ? errno : 0;
  if (fd >= 0)
    close(fd);
  return NULL;
}

static pthread_t start_acceptor(struct acceptor *acceptor, int listener) {
  pthread_t thread;
  acceptor->listener = listener;
  acceptor->error = -1;
  atomic_store(&acceptor->tid, 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, accepts, acceptor), 0);
  while (atomic_load(&acceptor->tid) == 0)
    check_pause_ms(1);
  CHECK(check_sleeps(atomic_load(&acceptor->tid)));
  return thread;
}

// One thread is in accept(), and the connection gone. Others are not disturbed,
// neither with the same listener nor with another one (whose number may be the
// same for a table), and can be stopped. With a signal, so can that one.
static void stolen_connections(void) {
  struct acceptor robbed, second, third;
  int listener = listen_here(), other, client;
  pthread_t first_thread, second_thread, third_thread;
  struct sockaddr_in first = address;
  first_thread = start_acceptor(&robbed, listener);
  atomic_store(&stolen_from, listener);
  client = connect_here();
  while (atomic_load(&stolen) == -1)
    check_pause_ms(1);
  close(atomic_exchange(&stolen, -1));
  close(client);
  check_pause_ms(20);
  CHECK(check_sleeps(atomic_load(&robbed.tid)));

  second_thread = start_acceptor(&second, listener);
  CHECK_EQ(thread_stop_join(second_thread, NULL), 0);
  CHECK_EQ(second.error, ECANCELED);
  client = listen_here();
  other = fcntl(client, F_DUPFD, listener + 64);
  CHECK_EQ(other, listener + 64);
  close(client);
  third_thread = start_acceptor(&third, other);
  close(connect_here());
  CHECK_EQ(pthread_join(third_thread, NULL), 0);
  CHECK_EQ(third.error, 0);
  close(other);

  if (check_is_eventfd()) { // goes on with the next connection
    address = first;
    close(connect_here());
    CHECK_EQ(pthread_join(first_thread, NULL), 0);
    CHECK_EQ(robbed.error, 0);
  } else {
    sigset_t mask;
    CHECK_EQ(thread_stop_join(first_thread, NULL), 0);
    CHECK_EQ(robbed.error, ECANCELED);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK_EQ(sigismember(&mask, thread_stop_signal()), 1); // in this thread
    // And such a thread gets the next connection, too.
    atomic_store(&stolen_from, listener);
    address = first;
    first_thread = start_acceptor(&robbed, listener);
    client = connect_here();
    while (atomic_load(&stolen) == -1)
      check_pause_ms(1);
    close(atomic_exchange(&stolen, -1));
    close(client);
    close(connect_here());
    CHECK_EQ(pthread_join(first_thread, NULL), 0);
    CHECK_EQ(robbed.error, 0);
  }
  close(listener);
}

// --- SIGPIPE after a part
// ------------------------------------------------------

static atomic_int pipes;
static void count_pipe(int signo) {
  (void)signo;
  atomic_fetch_add(&pipes, 1);
}

static void *takes_a_part(void *argument) {
  int fd = *(int *)argument;
  check_pause_ms(50);
  CHECK(read(fd, (char[1000]){0}, 1000) > 0);
  close(fd);
  return NULL;
}

static ssize_t send_in_way(int way, int fd) {
  struct iovec vector[2] = {{bytes, LARGE / 2}, {bytes, LARGE / 2}};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = vector;
  message.msg_iovlen = 2;
  switch (way) {
  case 0:
    return thread_stop_send(fd, bytes, LARGE, 0);
  case 1:
    return thread_stop_sendmsg(fd, &message, 0);
  case 2:
    return thread_stop_write(fd, bytes, LARGE);
  default:
    return thread_stop_writev(fd, vector, 2);
  }
}

static void broken_streams(void) {
  handle(SIGPIPE, count_pipe);
  for (int way = 0; way < 4; ++way) {
    int pair[2];
    ssize_t sent;
    pthread_t thread;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQ(pthread_create(&thread, NULL, takes_a_part, &pair[1]), 0);
    atomic_store(&pipes, 0);
    sent = send_in_way(way, pair[0]);
    CHECK(sent > 0 && sent < LARGE);
    CHECK_EQ(atomic_load(&pipes), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_ERRNO(send_in_way(way, pair[0]), EPIPE); // nothing of it was sent
    CHECK_EQ(atomic_load(&pipes), 1);
    close(pair[0]);
  }
  signal(SIGPIPE, SIG_DFL);
}

// --- The flag first
// ------------------------------------------------------------

static int seven(void *argument) {
  (void)argument;
  return 7;
}

static void *stopped_calls(void *argument) {
  struct timespec bad = {0, -1}, hour = {3600, 5}, left = {0, 0};
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_ERRNO(thread_stop_nanosleep(&bad, NULL), ECANCELED);
  CHECK_ERRNO(thread_stop_nanosleep(&bad, &left), ECANCELED);
  CHECK_EQ(left.tv_sec, 0); // no time that could be left
  CHECK_ERRNO(thread_stop_nanosleep(&hour, &left), ECANCELED);
  CHECK(left.tv_sec == 3600 && left.tv_nsec == 5);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL),
           ECANCELED);
  CHECK_EQ(thread_stop_clock_nanosleep(12345, 0, &bad, NULL), ECANCELED);
  left.tv_sec = 1;
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_BOOTTIME, 0, &hour, &left),
           ECANCELED);
  CHECK_EQ(left.tv_sec, 3600);
  CHECK_EQ(
      thread_stop_clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &bad, &left),
      ECANCELED);
  CHECK_EQ(left.tv_sec, 3600); // left alone
  CHECK_EQ(thread_stop_run_isolated(seven, NULL, -1, NULL), ECANCELED);
  errno = 0;
  CHECK_EQ(thread_stop_sleep(0), 0);
  CHECK_EQ(errno, ECANCELED);
  CHECK_EQ(thread_stop_sleep(3), 3);
  CHECK_ERRNO(thread_stop_poll(NULL, UINT32_MAX, 0), ECANCELED);
  CHECK_ERRNO(thread_stop_select(-1, NULL, NULL, NULL, NULL), ECANCELED);
  CHECK_ERRNO(thread_stop_read(-1, NULL, 1), ECANCELED);
  CHECK_ERRNO(thread_stop_accept4(-1, NULL, NULL, 1), ECANCELED);
  CHECK_ERRNO(thread_stop_waitpid(-1, NULL, -1), ECANCELED);
  return argument;
}

static void flag_first(void) {
  pthread_t thread;
  CHECK_EQ(thread_stop_create(&thread, NULL, stopped_calls, NULL), 0);
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

// --- Sleeping
// ------------------------------------------------------------------

static void same_clock(clockid_t clock) {
  const struct timespec moment = {0, 1000000};
  CHECK_EQ(thread_stop_clock_nanosleep(clock, 0, &moment, NULL),
           clock_nanosleep(clock, 0, &moment, NULL));
}

static void clocks(void) {
  same_clock(CLOCK_MONOTONIC_RAW);
  same_clock(CLOCK_MONOTONIC_COARSE);
  same_clock(CLOCK_REALTIME_COARSE);
  same_clock(CLOCK_REALTIME_ALARM);
  same_clock(CLOCK_BOOTTIME_ALARM);
  same_clock(CLOCK_BOOTTIME);
  same_clock(CLOCK_TAI);
  same_clock(CLOCK_THREAD_CPUTIME_ID);
  same_clock(77);
}

// In place of libc's: notes the last timeout. ppoll() may be late by a
// thousandth of it.
static atomic_llong last_timeout;
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
          const sigset_t *mask) {
  struct timespec copy = {0, 0};
  if (timeout)
    copy = *timeout;
  atomic_store(&last_timeout, copy.tv_sec * 1000000000LL + copy.tv_nsec);
  return (int)syscall(SYS_ppoll, fds, count, timeout ? &copy : NULL, mask, 8ul);
}

static void exact_sleep(void) {
  const struct timespec duration = {0, 300000000};
  double begin = check_seconds();
  CHECK_EQ(thread_stop_nanosleep(&duration, NULL), 0);
  CHECK(check_seconds() - begin >= 0.3);
  CHECK(atomic_load(&last_timeout) <= 10000000);
}

static void ring(int signo) { (void)signo; }
static atomic_bool burning;
static void *burn(void *argument) {
  while (atomic_load(&burning))
    continue;
  return argument;
}

// By a clock of CPU time: a time without end, and what is left of another one.
static void processor_time(void) {
  struct timespec ever = {INTMAX_MAX, 999999999}, hour = {3600, 0}, left, now;
  double end, stale = 1;
  pthread_t burner;
  if (sizeof ever.tv_sec < 8)
    ever.tv_sec = INT32_MAX;
  atomic_store(&burning, true);
  CHECK_EQ(pthread_create(&burner, NULL, burn, NULL), 0);
  handle(SIGALRM, ring);
  for (int i = 0; i < 2; ++i) {
    ualarm(30000, 0);
    CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID,
                                         i ? TIMER_ABSTIME : 0, &ever, NULL),
             EINTR);
  }
  for (int i = 0; i < 20 && stale > 0.001; ++i) {
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + 3600;
    ualarm(25000 + i * 777, 0);
    CHECK_EQ(
        thread_stop_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &hour, &left),
        EINTR);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    stale = (double)left.tv_sec + (double)left.tv_nsec / 1e9 -
            (end - (double)now.tv_sec - (double)now.tv_nsec / 1e9);
  }
  CHECK(stale <= 0.001);
  atomic_store(&burning, false);
  CHECK_EQ(pthread_join(burner, NULL), 0);
  signal(SIGALRM, SIG_DFL);
  alarm(100);
}

// --- Many descriptors
// ----------------------------------------------------------

static void *poll_until_stopped(void *argument) {
  struct pollfd *fds = argument;
  CHECK_EQ(thread_stop_poll(fds, 200, 30), 0);
  CHECK_ERRNO(thread_stop_poll(fds, 200, -1), ECANCELED);
  return NULL;
}

static void as_many_as_there_may_be(void) {
  struct rlimit limit, less;
  struct pollfd fds[201];
  pthread_t thread;
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  less = limit;
  less.rlim_cur = 200;
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &less), 0);
  for (int i = 0; i < 201; ++i)
    fds[i] = (struct pollfd){-1, POLLIN, 0};
  fds[7].fd = ends[0];
  CHECK_ERRNO(thread_stop_poll(fds, 201, 0), EINVAL);
  CHECK_ERRNO(thread_stop_poll(fds, 201, 10), EINVAL);
  CHECK_EQ(thread_stop_poll(fds, 200, 0), 0);
  CHECK_EQ(thread_stop_poll(fds, 200, 20), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, poll_until_stopped, fds), 0);
  check_pause_ms(60);
  CHECK_EQ(thread_stop_join(thread, NULL), 0);
  CHECK_EQ(write(ends[1], "x", 1), 1);
  CHECK_EQ(thread_stop_poll(fds, 200, -1), 1);
  CHECK_EQ(fds[7].revents, POLLIN);
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  close(ends[0]);
  close(ends[1]);
}

// Bits of descriptors that the process cannot have; sets that are shorter than
// the number given, as with getdtablesize().
static void bits_without_descriptors(void) {
  fd_set ours, theirs, except;
  struct timeval none = {0, 1}, same = none;
  int ends[2], table;
  CHECK_EQ(pipe(ends), 0);
  for (table = 900; table < 1000; table += 30) {
    FD_ZERO(&ours);
    FD_SET(ends[1], &ours);
    FD_SET(table, &ours);
    theirs = ours;
    except = ours;
    errno = 0;
    CHECK_EQ(thread_stop_select(1000, NULL, &ours, NULL, &none),
             select(1000, NULL, &theirs, NULL, &same));
    CHECK(memcmp(&ours, &theirs, sizeof ours) == 0);
  }
  FD_ZERO(&ours);
  FD_SET(ends[1], &ours);
  FD_ZERO(&except);
  FD_SET(ends[0], &except);
  CHECK_EQ(thread_stop_select(1 << 20, NULL, &ours, &except, NULL), 1);
  CHECK(FD_ISSET(ends[1], &ours) && !FD_ISSET(ends[0], &except));
  close(ends[1]);
  CHECK_ERRNO(thread_stop_select(1 << 20, NULL, &ours, NULL, NULL), EBADF);
  close(ends[0]);
}

// --- Pointers that the kernel finds to be bad
// -----------------------------------

static void bad_vectors(void) {
  struct iovec *nowhere = (struct iovec *)(uintptr_t)64;
  struct msghdr message;
  int ends[2], pair[2];
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  memset(&message, 0, sizeof message);
  message.msg_iov = nowhere;
  message.msg_iovlen = 2;
  CHECK_ERRNO(thread_stop_writev(ends[1], nowhere, 2), EFAULT);
  CHECK_ERRNO(thread_stop_writev(pair[1], nowhere, 2), EFAULT);
  CHECK_ERRNO(thread_stop_readv(ends[0], nowhere, 2), EFAULT);
  CHECK_ERRNO(thread_stop_sendmsg(pair[1], &message, 0), EFAULT);
  CHECK_ERRNO(thread_stop_recvmsg(pair[0], &message, 0), EFAULT);
#ifdef __GLIBC__ // musl looks into the header itself
  CHECK_ERRNO(thread_stop_sendmsg(pair[1], (struct msghdr *)nowhere, 0),
              EFAULT);
  CHECK_ERRNO(thread_stop_recvmsg(pair[0], (struct msghdr *)nowhere, 0),
              EFAULT);
#endif
  close(ends[0]);
  close(ends[1]);
  close(pair[0]);
  close(pair[1]);
}

// --- A child that nobody can reap
// ------------------------------------------------

static int endless(void *argument) {
  (void)argument;
  for (;;)
    pause();
  return 0;
}

static void *isolated(void *argument) {
  int error = thread_stop_run_isolated(endless, NULL, 100, argument);
  return (void *)(intptr_t)error;
}

static void unreaped_child(void) {
  int status = -7;
  pthread_t thread;
  void *error;
  signal(SIGCHLD, SIG_IGN);
  CHECK_EQ(thread_stop_create(&thread, NULL, isolated, &status), 0);
  check_pause_ms(30);
  CHECK_EQ(thread_stop_join(thread, &error), 0);
  CHECK_EQ((intptr_t)error, ECANCELED);
  CHECK_EQ(status, -7);
  signal(SIGCHLD, SIG_DFL);
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
    {"waiting_for_all", waiting_for_all},
    {"no_listeners", no_listeners},
    {"stolen_connections", stolen_connections},
    {"broken_streams", broken_streams},
    {"flag_first", flag_first},
    {"clocks", clocks},
    {"exact_sleep", exact_sleep},
    {"processor_time", processor_time},
    {"as_many_as_there_may_be", as_many_as_there_may_be},
    {"bits_without_descriptors", bits_without_descriptors},
    {"bad_vectors", bad_vectors},
    {"unreaped_child", unreaped_child},
};

int main(int argc, char **argv) {
  check_begin(argc, argv);
  CHECK_EQ(thread_stop_attach(), 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    if (argc > 2 && strcmp(argv[2], cases[i].name) != 0)
      continue;
    if (SANITIZED && cases[i].run == bad_vectors)
      continue; // sanitizers look into them before the kernel does
    printf("%s\n", cases[i].name);
    fflush(stdout);
    cases[i].run();
  }
  return 0;
}
