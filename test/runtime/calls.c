// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

static char bytes[1 << 20];

// --- Situations --------------------------------------------------------------

static void fill(int fd) {
  int flags = fcntl(fd, F_GETFL);
  CHECK_EQ(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
  while (write(fd, bytes, sizeof bytes) > 0)
    continue;
  while (write(fd, bytes, 1) > 0)
    continue;
  CHECK_EQ(fcntl(fd, F_SETFL, flags), 0);
}

static void open_listener(struct blockers *blockers) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  blockers->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(blockers->listener >= 0);
  CHECK_EQ(
      bind(blockers->listener, (struct sockaddr *)&address, sizeof address), 0);
  CHECK_EQ(listen(blockers->listener, 1), 0);
}

static void path_address(const struct blockers *blockers,
                         struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, blockers->path, sizeof address->sun_path);
}

// A local socket with its queue full: connect() waits.
static void open_path(struct blockers *blockers) {
  static int number;
  struct sockaddr_un address;
  snprintf(blockers->path + 1, sizeof blockers->path - 1, "thread-stop-%d-%d",
           (int)getpid(), number++);
  path_address(blockers, &address);
  blockers->path_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_EQ(bind(blockers->path_listener, (struct sockaddr *)&address,
                sizeof address),
           0);
  CHECK_EQ(listen(blockers->path_listener, 1), 0);
  for (int i = 0; i < 2; ++i) {
    blockers->queued[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(connect(blockers->queued[i], (struct sockaddr *)&address,
                     sizeof address),
             0);
  }
}

static pid_t start_child(void) {
  pid_t child = fork();
  if (child == 0)
    for (;;)
      pause();
  CHECK(child > 0);
  return child;
}

void blockers_open(struct blockers *blockers) {
  struct epoll_event event = {.events = EPOLLIN};
  memset(blockers, 0, sizeof *blockers);
  CHECK_EQ(pipe(blockers->pipe_in), 0);
  CHECK_EQ(pipe(blockers->pipe_full), 0);
  fill(blockers->pipe_full[1]);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, blockers->sockets), 0);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, blockers->full), 0);
  fill(blockers->full[0]);
  open_listener(blockers);
  open_path(blockers);
  blockers->epoll = epoll_create1(EPOLL_CLOEXEC);
  CHECK_EQ(
      epoll_ctl(blockers->epoll, EPOLL_CTL_ADD, blockers->pipe_in[0], &event),
      0);
  CHECK_EQ(sem_init(&blockers->semaphore, 0, 0), 0);
  pthread_mutex_init(&blockers->mutex, NULL);
  pthread_cond_init(&blockers->condition, NULL);
  blockers->child = start_child();
}

void blockers_close(struct blockers *blockers) {
  kill(blockers->child, SIGKILL);
  while (waitpid(blockers->child, NULL, 0) == -1 && errno == EINTR)
    continue;
  for (int i = 0; i < 2; ++i) {
    close(blockers->pipe_in[i]);
    close(blockers->pipe_full[i]);
    close(blockers->sockets[i]);
    close(blockers->full[i]);
    close(blockers->queued[i]);
  }
  close(blockers->listener);
  close(blockers->path_listener);
  close(blockers->epoll);
  sem_destroy(&blockers->semaphore);
  CHECK_EQ(pthread_cond_destroy(&blockers->condition), 0);
  CHECK_EQ(pthread_mutex_destroy(&blockers->mutex), 0);
}

// --- Calls -------------------------------------------------------------------

static int error_of(ssize_t result) { return result == -1 ? errno : 0; }

static int run_poll(struct blockers *b) {
  struct pollfd fd = {.fd = b->pipe_in[0], .events = POLLIN};
  return error_of(thread_stop_poll(&fd, 1, -1));
}

static int run_poll_many(struct blockers *b) {
  struct pollfd fds[100];
  for (int i = 0; i < 100; ++i)
    fds[i] = (struct pollfd){.fd = b->pipe_in[0], .events = POLLIN};
  return error_of(thread_stop_poll(fds, 100, 100000));
}

static int run_ppoll(struct blockers *b) {
  struct pollfd fd = {.fd = b->pipe_in[0], .events = POLLIN};
  sigset_t none;
  sigemptyset(&none);
  return error_of(thread_stop_ppoll(&fd, 1, NULL, &none));
}

static int run_select(struct blockers *b) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(b->pipe_in[0], &set);
  return error_of(
      thread_stop_select(b->pipe_in[0] + 1, &set, NULL, NULL, NULL));
}

static int run_pselect(struct blockers *b) {
  fd_set set;
  struct timespec timeout = {100, 0};
  FD_ZERO(&set);
  FD_SET(b->full[0], &set);
  return error_of(
      thread_stop_pselect(b->full[0] + 1, NULL, &set, NULL, &timeout, NULL));
}

static int run_epoll_wait(struct blockers *b) {
  struct epoll_event event;
  return error_of(thread_stop_epoll_wait(b->epoll, &event, 1, -1));
}

static int run_read(struct blockers *b) {
  char byte;
  return error_of(thread_stop_read(b->pipe_in[0], &byte, 1));
}

static int run_read_socket(struct blockers *b) {
  char byte;
  return error_of(thread_stop_read(b->sockets[0], &byte, 1));
}

static int run_readv(struct blockers *b) {
  char byte;
  struct iovec vector = {&byte, 1};
  return error_of(thread_stop_readv(b->pipe_in[0], &vector, 1));
}

static int run_write(struct blockers *b) {
  return error_of(thread_stop_write(b->pipe_full[1], bytes, 100000));
}

static int run_writev(struct blockers *b) {
  struct iovec vector[2] = {{bytes, 10}, {bytes, 20}};
  return error_of(thread_stop_writev(b->pipe_full[1], vector, 2));
}

static int run_recv(struct blockers *b) {
  char byte;
  return error_of(thread_stop_recv(b->sockets[0], &byte, 1, 0));
}

static int run_recv_all(struct blockers *b) {
  char some[10];
  return error_of(
      thread_stop_recv(b->sockets[0], some, sizeof some, MSG_WAITALL));
}

static int run_recvfrom(struct blockers *b) {
  char byte;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  return error_of(thread_stop_recvfrom(b->sockets[0], &byte, 1, 0,
                                       (struct sockaddr *)&address, &length));
}

static int run_recvmsg(struct blockers *b) {
  char byte;
  struct iovec vector = {&byte, 1};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  return error_of(thread_stop_recvmsg(b->sockets[0], &message, 0));
}

static int run_send(struct blockers *b) {
  return error_of(thread_stop_send(b->full[0], bytes, 1000, MSG_NOSIGNAL));
}

static int run_sendto(struct blockers *b) {
  return error_of(
      thread_stop_sendto(b->full[0], bytes, 1, MSG_NOSIGNAL, NULL, 0));
}

static int run_sendmsg(struct blockers *b) {
  struct iovec vector[2] = {{bytes, 10}, {bytes, 20}};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = vector;
  message.msg_iovlen = 2;
  return error_of(thread_stop_sendmsg(b->full[0], &message, MSG_NOSIGNAL));
}

static int run_accept(struct blockers *b) {
  return error_of(thread_stop_accept(b->listener, NULL, NULL));
}

static int run_accept4(struct blockers *b) {
  return error_of(thread_stop_accept4(b->listener, NULL, NULL, SOCK_CLOEXEC));
}

static int run_connect(struct blockers *b) {
  struct sockaddr_un address;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
  path_address(b, &address);
  error = error_of(
      thread_stop_connect(fd, (struct sockaddr *)&address, sizeof address));
  syscall(SYS_close, fd); // not a cancellation point
  return error;
}

static int run_nanosleep(struct blockers *b) {
  struct timespec duration = {100, 0};
  (void)b;
  return error_of(thread_stop_nanosleep(&duration, NULL));
}

static int run_clock_nanosleep(struct blockers *b) {
  struct timespec until;
  (void)b;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 100;
  return thread_stop_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until,
                                     NULL);
}

static int run_clock_nanosleep_monotonic(struct blockers *b) {
  struct timespec until;
  (void)b;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 100;
  return thread_stop_clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
                                     NULL);
}

static int run_sleep(struct blockers *b) {
  (void)b;
  errno = 0;
  return thread_stop_sleep(100) == 0 ? 0 : errno;
}

static int run_waitpid(struct blockers *b) {
  return error_of(thread_stop_waitpid(b->child, NULL, 0));
}

// Not through a pidfd.
static int run_waitpid_any(struct blockers *b) {
  (void)b;
  return error_of(thread_stop_waitpid(-1, NULL, 0));
}

static int run_sem_wait(struct blockers *b) {
  return error_of(thread_stop_sem_wait(&b->semaphore));
}

static int run_cond_wait(struct blockers *b) {
  int error;
  pthread_mutex_lock(&b->mutex);
  do
    error = thread_stop_cond_wait(&b->condition, &b->mutex);
  while (error == 0);
  CHECK_EQ(pthread_mutex_trylock(&b->mutex), EBUSY); // held again
  pthread_mutex_unlock(&b->mutex);
  return error;
}

static int run_cond_timedwait(struct blockers *b) {
  struct timespec until;
  int error;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 100;
  pthread_mutex_lock(&b->mutex);
  do
    error = thread_stop_cond_timedwait(&b->condition, &b->mutex, &until);
  while (error == 0);
  pthread_mutex_unlock(&b->mutex);
  return error;
}

const struct call calls[] = {
    {"poll", run_poll, true},
    {"poll of many", run_poll_many, true},
    {"ppoll", run_ppoll, true},
    {"select", run_select, true},
    {"pselect", run_pselect, true},
    {"epoll_wait", run_epoll_wait, true},
    {"read", run_read, true},
    {"read of a socket", run_read_socket, true},
    {"readv", run_readv, true},
    {"write", run_write, true},
    {"writev", run_writev, true},
    {"recv", run_recv, true},
    {"recv of all", run_recv_all, true},
    {"recvfrom", run_recvfrom, true},
    {"recvmsg", run_recvmsg, true},
    {"send", run_send, true},
    {"sendto", run_sendto, true},
    {"sendmsg", run_sendmsg, true},
    {"accept", run_accept, true},
    {"accept4", run_accept4, true},
    {"connect", run_connect, true},
    {"nanosleep", run_nanosleep, true},
    {"clock_nanosleep, wall clock", run_clock_nanosleep, true},
    {"clock_nanosleep", run_clock_nanosleep_monotonic, true},
    {"sleep", run_sleep, true},
    {"waitpid", run_waitpid, true},
    {"waitpid of any", run_waitpid_any, true},
    {"sem_wait", run_sem_wait, true},
    {"cond_wait", run_cond_wait, false},
    {"cond_timedwait", run_cond_timedwait, false},
};
const size_t call_count = sizeof calls / sizeof calls[0];
