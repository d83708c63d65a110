/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The kinds of wait: descriptors and sleeping. Most last for ever unless they
 * are fed, so that a stop that is lost is a stop that is missed.
 */

#include "stress.h"

#include <sys/epoll.h>
#include <sys/uio.h>

#include "kinds.h"

#define ALWAYS 3600

static int result_of(ssize_t result) { return result < 0 ? errno : 0; }

/* --- Reading -------------------------------------------------------------- */

static int wait_read(struct pair *p) {
  char byte;
  return result_of(thread_stop_read(p->empty_pipe[0], &byte, 1));
}

static int wait_readv(struct pair *p) {
  char bytes[2];
  struct iovec vector[2] = {{&bytes[0], 1}, {&bytes[1], 1}};
  return result_of(thread_stop_readv(p->stream[0], vector, 2));
}

static int wait_read_socket(struct pair *p) {
  char bytes[8];
  return result_of(thread_stop_read(p->stream[0], bytes, sizeof bytes));
}

static int wait_recv(struct pair *p) {
  char byte;
  return result_of(thread_stop_recv(p->stream[0], &byte, 1, 0));
}

/* Never enough comes, so a stop may find a part of it read. */
static int wait_recv_all(struct pair *p) {
  char bytes[64];
  return result_of(
      thread_stop_recv(p->stream[0], bytes, sizeof bytes, MSG_WAITALL));
}

static int wait_recvfrom(struct pair *p) {
  char byte;
  return result_of(
      thread_stop_recvfrom(p->datagram[0], &byte, 1, 0, NULL, NULL));
}

static int wait_recvmsg(struct pair *p) {
  char byte;
  struct iovec vector = {&byte, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  return result_of(thread_stop_recvmsg(p->datagram[0], &message, 0));
}

static int wait_ready_read(struct pair *p) {
  char bytes[16];
  return result_of(thread_stop_read(p->zero, bytes, sizeof bytes));
}

static void feed_pipe(struct pair *p) {
  ssize_t written = write(p->empty_pipe[1], "x", 1);
  (void)written;
}

static void feed_stream(struct pair *p) {
  send(p->stream[1], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void feed_datagram(struct pair *p) {
  send(p->datagram[1], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- Writing -------------------------------------------------------------- */

static char full_buffer[8192];

static int wait_write(struct pair *p) {
  return result_of(
      thread_stop_write(p->full_pipe[0], full_buffer, sizeof full_buffer));
}

static int wait_writev(struct pair *p) {
  struct iovec vector[2] = {{full_buffer, 4096}, {full_buffer, 100}};
  return result_of(thread_stop_writev(p->full_pipe[0], vector, 2));
}

static int wait_send(struct pair *p) {
  return result_of(thread_stop_send(p->full_stream[0], full_buffer,
                                    sizeof full_buffer, MSG_NOSIGNAL));
}

static int wait_sendto(struct pair *p) {
  return result_of(thread_stop_sendto(p->full_stream[0], full_buffer, 100,
                                      MSG_NOSIGNAL, NULL, 0));
}

static int wait_sendmsg(struct pair *p) {
  struct iovec vector = {full_buffer, 4096};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  return result_of(
      thread_stop_sendmsg(p->full_stream[0], &message, MSG_NOSIGNAL));
}

static void drain_pipe(struct pair *p) {
  char bytes[8192];
  ssize_t got = read(p->full_pipe[1], bytes, sizeof bytes);
  (void)got;
}

static void drain_stream(struct pair *p) {
  char bytes[16384];
  recv(p->full_stream[1], bytes, sizeof bytes, MSG_DONTWAIT);
}

/* --- Connections ---------------------------------------------------------- */

static int close_accepted(int fd) {
  if (fd < 0)
    return errno;
  close(fd);
  return 0;
}

static int wait_accept(struct pair *p) {
  return close_accepted(thread_stop_accept(p->listener, NULL, NULL));
}

static int wait_accept4(struct pair *p) {
  return close_accepted(
      thread_stop_accept4(p->listener, NULL, NULL, SOCK_CLOEXEC));
}

/* Another pair may be faster; then this thread must still wait where a stop
 * reaches it. */
static int wait_accept_shared(struct pair *p) {
  return close_accepted(thread_stop_accept(p->shared_listener, NULL, NULL));
}

static void connect_and_close(const struct sockaddr_un *name) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  must(fd >= 0);
  connect(fd, (const struct sockaddr *)name, sizeof *name);
  close(fd);
}

static void feed_accept(struct pair *p) {
  connect_and_close(&p->listener_name);
}

static void feed_accept_shared(struct pair *p) {
  connect_and_close(&p->shared_name);
}

static int connect_once(int family, const void *address, socklen_t size) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
  must(fd >= 0);
  error = result_of(thread_stop_connect(fd, address, size));
  close(fd);
  return error;
}

static int wait_connect_unix(struct pair *p) {
  return connect_once(AF_UNIX, &p->full_unix_name, sizeof p->full_unix_name);
}

/* Makes room for one more. */
static void feed_connect_unix(struct pair *p) {
  int fd = accept4(p->full_unix, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0)
    close(fd);
}

static int wait_connect_tcp(struct pair *p) {
  return connect_once(AF_INET, &p->full_tcp_name, sizeof p->full_tcp_name);
}

/* --- Polling -------------------------------------------------------------- */

static int wait_poll(struct pair *p) {
  struct pollfd fds = {.fd = p->stream[0], .events = POLLIN};
  int ready = thread_stop_poll(&fds, 1, -1);
  return ready > 0 ? wait_recv(p) : result_of(ready);
}

static int wait_ppoll(struct pair *p) {
  struct pollfd fds = {.fd = p->stream[0], .events = POLLIN};
  struct timespec timeout = {ALWAYS, 0};
  sigset_t none;
  int ready;
  sigemptyset(&none);
  ready = thread_stop_ppoll(&fds, 1, &timeout, &none);
  return ready > 0 ? wait_recv(p) : result_of(ready);
}

static int wait_select(struct pair *p) {
  struct timeval timeout = {ALWAYS, 0};
  fd_set set;
  int ready;
  FD_ZERO(&set);
  FD_SET(p->stream[0], &set);
  ready = thread_stop_select(p->stream[0] + 1, &set, NULL, NULL, &timeout);
  return ready > 0 ? wait_recv(p) : result_of(ready);
}

static int wait_pselect(struct pair *p) {
  fd_set set;
  int ready;
  FD_ZERO(&set);
  FD_SET(p->stream[0], &set);
  ready = thread_stop_pselect(p->stream[0] + 1, &set, NULL, NULL, NULL, NULL);
  return ready > 0 ? wait_recv(p) : result_of(ready);
}

static int wait_epoll(struct pair *p) {
  struct epoll_event event;
  int ready = thread_stop_epoll_wait(p->epoll, &event, 1, -1);
  return ready > 0 ? wait_recv(p) : result_of(ready);
}

/* Short ones too, which end by themselves again and again. */
static int wait_poll_timeout(struct pair *p) {
  int timeout = (int)(next_random(&p->worker_random) % 3);
  return result_of(thread_stop_poll(NULL, 0, timeout));
}

/* Always ready: a stop that is only looked for while asleep never comes. */
static int wait_ready_poll(struct pair *p) {
  struct pollfd fds = {.fd = p->ready_pipe[0], .events = POLLIN};
  return result_of(thread_stop_poll(&fds, 1, -1));
}

static int wait_ready_select(struct pair *p) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(p->ready_pipe[0], &set);
  return result_of(
      thread_stop_select(p->ready_pipe[0] + 1, &set, NULL, NULL, NULL));
}

static int wait_ready_epoll(struct pair *p) {
  struct epoll_event event;
  return result_of(thread_stop_epoll_wait(p->ready_epoll, &event, 1, -1));
}

/* --- Sleeping ------------------------------------------------------------- */

/* One in four is short. */
static struct timespec some_time(struct pair *p) {
  uint64_t number = next_random(&p->worker_random);
  struct timespec time = {ALWAYS, 0};
  if (number % 4 == 0) {
    time.tv_sec = 0;
    time.tv_nsec = (long)(number / 4 % 200000);
  }
  return time;
}

static int wait_nanosleep(struct pair *p) {
  struct timespec time = some_time(p);
  return result_of(thread_stop_nanosleep(&time, NULL));
}

static int sleep_until(struct pair *p, clockid_t clock) {
  struct timespec length = some_time(p), time;
  must(clock_gettime(clock, &time) == 0);
  time.tv_sec += length.tv_sec;
  time.tv_nsec += length.tv_nsec;
  if (time.tv_nsec >= 1000000000) {
    time.tv_nsec -= 1000000000;
    ++time.tv_sec;
  }
  return thread_stop_clock_nanosleep(clock, TIMER_ABSTIME, &time, NULL);
}

static int wait_sleep_monotonic(struct pair *p) {
  return sleep_until(p, CLOCK_MONOTONIC);
}

static int wait_sleep_realtime(struct pair *p) {
  return sleep_until(p, CLOCK_REALTIME);
}

static int wait_sleep(struct pair *p) {
  (void)p;
  errno = 0;
  return thread_stop_sleep(ALWAYS) == 0 ? 0 : errno;
}

/* --- No wait at all ------------------------------------------------------- */

static int wait_compute(struct pair *p) {
  uint64_t sum = 0;
  for (int i = 0; i < 100; ++i)
    sum += next_random(&p->worker_random);
  return thread_stop_requested() ? ECANCELED : sum == 1 ? EINVAL : 0;
}

const struct kind all_kinds[] = {
    {"read", 16, wait_read, feed_pipe, NULL, NULL},
    {"readv", 16, wait_readv, feed_stream, NULL, NULL},
    {"read socket", 16, wait_read_socket, feed_stream, NULL, NULL},
    {"recv", 16, wait_recv, feed_stream, NULL, NULL},
    {"recv all", 16, wait_recv_all, feed_stream, NULL, NULL},
    {"recvfrom", 16, wait_recvfrom, feed_datagram, NULL, NULL},
    {"recvmsg", 16, wait_recvmsg, feed_datagram, NULL, NULL},
    {"write full", 16, wait_write, drain_pipe, NULL, NULL},
    {"writev full", 16, wait_writev, drain_pipe, NULL, NULL},
    {"send full", 16, wait_send, drain_stream, NULL, NULL},
    {"sendto full", 16, wait_sendto, drain_stream, NULL, NULL},
    {"sendmsg full", 16, wait_sendmsg, drain_stream, NULL, NULL},
    {"accept", 16, wait_accept, feed_accept, NULL, NULL},
    {"accept4", 16, wait_accept4, feed_accept, NULL, NULL},
    {"accept shared", 16, wait_accept_shared, feed_accept_shared, NULL, NULL},
    {"connect unix", 16, wait_connect_unix, feed_connect_unix, NULL, NULL},
    {"connect tcp", 8, wait_connect_tcp, NULL, NULL, NULL},
    {"poll", 16, wait_poll, feed_stream, NULL, NULL},
    {"ppoll", 16, wait_ppoll, feed_stream, NULL, NULL},
    {"select", 16, wait_select, feed_stream, NULL, NULL},
    {"pselect", 16, wait_pselect, feed_stream, NULL, NULL},
    {"epoll_wait", 16, wait_epoll, feed_stream, NULL, NULL},
    {"poll timeout", 8, wait_poll_timeout, NULL, NULL, NULL},
    /* These keep a processor busy: fewer of them. */
    {"ready read", 4, wait_ready_read, NULL, NULL, NULL},
    {"ready poll", 4, wait_ready_poll, NULL, NULL, NULL},
    {"ready select", 4, wait_ready_select, NULL, NULL, NULL},
    {"ready epoll", 4, wait_ready_epoll, NULL, NULL, NULL},
    {"nanosleep", 16, wait_nanosleep, NULL, NULL, NULL},
    {"clock_nanosleep monotonic", 16, wait_sleep_monotonic, NULL, NULL, NULL},
    {"clock_nanosleep realtime", 16, wait_sleep_realtime, NULL, NULL, NULL},
    {"sleep", 16, wait_sleep, NULL, NULL, NULL},
    {"compute", 4, wait_compute, NULL, NULL, NULL},
    {"waitpid", 16, wait_child, NULL, NULL, NULL},
    {"waitpid group", 4, wait_group, NULL, NULL, NULL},
    {"waitpid ends", 1, wait_new_child, end_child, begin_child, reap_child},
    {"run_isolated", 1, wait_isolated, NULL, NULL, NULL},
    {"sem_wait", 16, wait_sem, feed_sem, begin_sync, end_sync},
    {"cond_wait", 16, wait_cond, feed_cond, begin_sync, end_sync},
    {"cond_timedwait", 16, wait_cond_timed, feed_cond, begin_sync, end_sync},
    {"cond_wait shared", 16, wait_cond_shared, feed_cond_shared, NULL, NULL},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
