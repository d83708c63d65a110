/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the waits of a pair need: descriptors in the right state, a child.
 */

#include "stress.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int open_epoll(int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  must(epoll >= 0);
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
  return epoll;
}

/* Only the requester's end never blocks. The worker's must be able to. */
static void open_pipes(struct pair *p) {
  int ends[2], size;
  must(pipe2(p->empty_pipe, O_CLOEXEC) == 0);
  must(fcntl(p->empty_pipe[1], F_SETFL, O_NONBLOCK) == 0);
  must(pipe2(p->ready_pipe, O_CLOEXEC) == 0);
  must(write(p->ready_pipe[1], "x", 1) == 1);
  must(pipe2(ends, O_CLOEXEC) == 0);
  p->full_pipe[0] = ends[1];
  p->full_pipe[1] = ends[0];
  must(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  size = fcntl(ends[1], F_SETPIPE_SZ, 4096);
  must(size >= 4096);
}

static void open_sockets(struct pair *p) {
  int size = 1;
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->stream) == 0);
  must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, p->datagram) == 0);
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->full_stream) == 0);
  must(setsockopt(p->full_stream[0], SOL_SOCKET, SO_SNDBUF, &size,
                  sizeof size) == 0);
}

static int listen_unix(struct sockaddr_un *name, const char *what, int number,
                       int backlog) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(fd >= 0);
  memset(name, 0, sizeof *name);
  name->sun_family = AF_UNIX;
  /* The first byte stays 0: a name that is no file. */
  snprintf(name->sun_path + 1, sizeof name->sun_path - 1,
           "thread-stop-stress-%d-%s-%d", (int)getpid(), what, number);
  must(bind(fd, (struct sockaddr *)name, sizeof *name) == 0);
  must(listen(fd, backlog) == 0);
  return fd;
}

static void open_listeners(struct pair *p) {
  static int shared;
  static struct sockaddr_un shared_name;
  p->listener = listen_unix(&p->listener_name, "listener", p->number, 16);
  if (p->number == 0)
    shared = listen_unix(&shared_name, "shared", 0, 16);
  p->shared_listener = shared;
  p->shared_name = shared_name;
}

/* Listeners with a full queue: a connect() to them waits. */
static void open_full_unix(struct pair *p) {
  p->full_unix = listen_unix(&p->full_unix_name, "full", p->number, 0);
  must(fcntl(p->full_unix, F_SETFL, O_NONBLOCK) == 0);
  p->full_unix_client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(connect(p->full_unix_client, (struct sockaddr *)&p->full_unix_name,
               sizeof p->full_unix_name) == 0);
}

static void open_full_tcp(struct pair *p) {
  struct sockaddr_in *name = &p->full_tcp_name;
  socklen_t size = sizeof *name;
  memset(name, 0, sizeof *name);
  name->sin_family = AF_INET;
  name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  p->full_tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(p->full_tcp >= 0);
  must(bind(p->full_tcp, (struct sockaddr *)name, size) == 0);
  must(listen(p->full_tcp, 0) == 0);
  must(getsockname(p->full_tcp, (struct sockaddr *)name, &size) == 0);
  for (int i = 0; i < 4; ++i) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(fd >= 0);
    if (connect(fd, (struct sockaddr *)name, size) != 0)
      must(errno == EINPROGRESS);
    p->full_tcp_clients[i] = fd;
  }
}

static void open_child(struct pair *p) {
  p->old_child = fork();
  must(p->old_child >= 0);
  if (p->old_child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a run that fails leaves nobody */
    for (;;)
      pause();
  }
  must(setpgid(p->old_child, p->old_child) == 0);
}

void open_pair(struct pair *p, int number) {
  memset(p, 0, sizeof *p);
  p->number = number;
  open_child(p); /* first: it needs no copies of the descriptors */
  open_pipes(p);
  open_sockets(p);
  p->epoll = open_epoll(p->stream[0]);
  p->ready_epoll = open_epoll(p->ready_pipe[0]);
  p->zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  must(p->zero >= 0);
  open_listeners(p);
  open_full_unix(p);
  open_full_tcp(p);
}

static void close_two(const int fds[2]) {
  close(fds[0]);
  close(fds[1]);
}

void close_pair(struct pair *p) {
  close_two(p->empty_pipe);
  close_two(p->full_pipe);
  close_two(p->ready_pipe);
  close_two(p->stream);
  close_two(p->full_stream);
  close_two(p->datagram);
  close(p->epoll);
  close(p->ready_epoll);
  close(p->zero);
  close(p->listener);
  if (p->number == 0)
    close(p->shared_listener);
  close(p->full_unix);
  close(p->full_unix_client);
  close(p->full_tcp);
  for (int i = 0; i < 4; ++i)
    close(p->full_tcp_clients[i]);
  must(kill(p->old_child, SIGKILL) == 0);
  must(waitpid(p->old_child, NULL, 0) == p->old_child);
}
