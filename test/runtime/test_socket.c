// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets: results other than ECANCELED.

#include "check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

enum { LARGE = 1 << 20 };
static char out[LARGE], in[LARGE];
static int pair[2];

static void open_pair(int type) {
  CHECK_EQ(socketpair(AF_UNIX, type, 0, pair), 0);
}

static void close_pair(void) {
  close(pair[0]);
  close(pair[1]);
}

static void set_timeout(int fd, int option, int milliseconds) {
  struct timeval timeout = {0, milliseconds * 1000};
  CHECK_EQ(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout), 0);
}

static void timeouts(void) {
  double begin = check_seconds(), took;
  open_pair(SOCK_STREAM);
  set_timeout(pair[0], SO_RCVTIMEO, 50);
  CHECK_ERRNO(thread_stop_recv(pair[0], in, 1, 0), EAGAIN);
  CHECK_ERRNO(thread_stop_read(pair[0], in, 1), EAGAIN);
  took = check_seconds() - begin;
  CHECK(took > 0.09 && took < 2);
  set_timeout(pair[0], SO_SNDTIMEO, 50);
  begin = check_seconds();
  CHECK(thread_stop_send(pair[0], out, LARGE, 0) > 0); // a part
  CHECK_ERRNO(thread_stop_send(pair[0], out, LARGE, 0), EAGAIN);
  took = check_seconds() - begin;
  CHECK(took > 0.09 && took < 2);
  close_pair();
}

static void *feeder(void *argument) {
  (void)argument;
  for (int i = 0; i < 5; ++i) {
    check_pause_ms(3);
    CHECK_EQ(send(pair[1], "abcd", 4, 0), 4);
  }
  return NULL;
}

static void all_of_a_stream(void) {
  struct iovec parts[2] = {{in, 3}, {in + 3, 17}};
  struct msghdr message;
  pthread_t thread;
  memset(&message, 0, sizeof message);
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  open_pair(SOCK_STREAM);
  for (int i = 0; i < 3; ++i) {
    memset(in, 0, 20);
    CHECK_EQ(pthread_create(&thread, NULL, feeder, NULL), 0);
    if (i == 0)
      CHECK_EQ(thread_stop_recv(pair[0], in, 20, MSG_WAITALL), 20);
    else if (i == 1)
      CHECK_EQ(thread_stop_recvmsg(pair[0], &message, MSG_WAITALL), 20);
    else {
      // A local socket does not wait for all here.
      CHECK(thread_stop_recv(pair[0], in, 20, MSG_WAITALL | MSG_PEEK) >= 4);
      CHECK_EQ(recv(pair[0], in, 20, MSG_WAITALL), 20);
    }
    CHECK(memcmp(in, "abcdabcdabcdabcdabcd", 20) == 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
  }
  CHECK_EQ(send(pair[1], "xy", 2, 0), 2);
  CHECK_EQ(thread_stop_recv(pair[0], in, 20, MSG_WAITALL | MSG_DONTWAIT), 2);
  CHECK_EQ(send(pair[1], "xy", 2, 0), 2);
  close(pair[1]);
  CHECK_EQ(thread_stop_recv(pair[0], in, 20, MSG_WAITALL), 2); // the end
  CHECK_EQ(thread_stop_recv(pair[0], in, 20, MSG_WAITALL), 0);
  close(pair[0]);
}

// Of datagrams, one call takes one.
static void datagrams(void) {
  open_pair(SOCK_DGRAM);
  CHECK_EQ(thread_stop_send(pair[1], "one", 3, 0), 3);
  CHECK_EQ(thread_stop_sendto(pair[1], "two", 3, 0, NULL, 0), 3);
  CHECK_EQ(thread_stop_recv(pair[0], in, 100, MSG_WAITALL), 3);
  CHECK_EQ(thread_stop_recvfrom(pair[0], in, 2, MSG_TRUNC, NULL, NULL), 3);
  CHECK_EQ(thread_stop_send(pair[1], "", 0, 0), 0);
  CHECK_EQ(thread_stop_recv(pair[0], in, 100, 0), 0);
  CHECK_ERRNO(thread_stop_recv(pair[0], in, 100, MSG_DONTWAIT), EAGAIN);
  close_pair();
}

static void *drain(void *argument) {
  size_t *total = argument;
  ssize_t length;
  while ((length = recv(pair[0], in, 5000, 0)) > 0)
    *total += (size_t)length;
  return NULL;
}

static void all_is_sent(void) {
  struct iovec parts[30];
  struct msghdr message;
  pthread_t thread;
  size_t total = 0;
  open_pair(SOCK_STREAM);
  memset(&message, 0, sizeof message);
  for (int i = 0; i < 30; ++i)
    parts[i] = (struct iovec){out, 30000};
  message.msg_iov = parts;
  message.msg_iovlen = 30;
  CHECK_EQ(pthread_create(&thread, NULL, drain, &total), 0);
  CHECK_EQ(thread_stop_send(pair[1], out, LARGE, 0), LARGE);
  CHECK_EQ(thread_stop_sendmsg(pair[1], &message, 0), 900000);
  close(pair[1]);
  CHECK_EQ(pthread_join(thread, NULL), 0);
  CHECK_EQ(total, LARGE + 900000);
  close(pair[0]);
}

// A descriptor is sent with the first byte and received once.
static void descriptors(void) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {in, 1};
  struct msghdr message;
  struct cmsghdr *header;
  int received;
  open_pair(SOCK_STREAM);
  memset(&message, 0, sizeof message);
  memset(&control, 0, sizeof control);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
  CHECK_EQ(thread_stop_sendmsg(pair[1], &message, 0), 1);
  memset(&control, 0, sizeof control);
  CHECK_EQ(thread_stop_recvmsg(pair[0], &message, 0), 1);
  header = CMSG_FIRSTHDR(&message);
  CHECK(header && header->cmsg_type == SCM_RIGHTS);
  memcpy(&received, CMSG_DATA(header), sizeof received);
  CHECK(fcntl(received, F_GETFD) >= 0);
  close(received);
  close_pair();
}

static struct sockaddr_in address;
static atomic_int accepted;

static void *acceptor(void *argument) {
  int listener = *(int *)argument;
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int fd = thread_stop_accept(listener, (struct sockaddr *)&peer, &length);
    if (fd < 0) {
      CHECK_EQ(errno, ECANCELED);
      return NULL;
    }
    CHECK_EQ(peer.sin_family, AF_INET);
    CHECK_EQ(length, sizeof peer);
    close(fd);
    atomic_fetch_add(&accepted, 1);
  }
}

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

// Several threads accept from one socket; no connection is lost, none hangs.
static void connections(void) {
  struct timeval timeout, before = {7, 0};
  socklen_t length = sizeof timeout;
  pthread_t threads[3];
  int listener = listen_here(), fd, served;
  for (int i = 0; i < 3; ++i)
    CHECK_EQ(thread_stop_create(&threads[i], NULL, acceptor, &listener), 0);
  for (int i = 0; i < 100; ++i) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &before, sizeof before),
             0);
    CHECK_EQ(
        thread_stop_connect(fd, (struct sockaddr *)&address, sizeof address),
        0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &length), 0);
    CHECK(timeout.tv_sec == 7 && timeout.tv_usec == 0); // put back
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    close(fd);
  }
  while (atomic_load(&accepted) < 100)
    check_pause_ms(1);
  for (int i = 0; i < 3; ++i)
    CHECK_EQ(thread_stop_join(threads[i], NULL), 0);
  set_timeout(listener, SO_RCVTIMEO, 20);
  CHECK_ERRNO(thread_stop_accept(listener, NULL, NULL), EAGAIN);
  CHECK_EQ(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
  CHECK_ERRNO(thread_stop_accept(listener, NULL, NULL), EAGAIN);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  do
    served =
        thread_stop_accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (served == -1 && errno == EAGAIN);
  CHECK(fcntl(served, F_GETFL) & O_NONBLOCK);
  CHECK_EQ(fcntl(served, F_GETFD), FD_CLOEXEC);
  close(served);
  close(fd);
  close(listener);
}

static void failing_connections(void) {
  struct sockaddr_un path;
  int listener = listen_here(), fd = socket(AF_INET, SOCK_STREAM, 0);
  close(listener);
  CHECK_ERRNO(
      thread_stop_connect(fd, (struct sockaddr *)&address, sizeof address),
      ECONNREFUSED);
  close(fd);
  CHECK_ERRNO(
      thread_stop_connect(fd, (struct sockaddr *)&address, sizeof address),
      EBADF);
  memset(&path, 0, sizeof path);
  path.sun_family = AF_UNIX;
  strcpy(path.sun_path, "/nonexistent/socket");
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(thread_stop_connect(fd, (struct sockaddr *)&path, sizeof path),
              ENOENT);
  CHECK_ERRNO(thread_stop_recv(0, in, 1, 0), ENOTSOCK);
  CHECK_ERRNO(thread_stop_accept(-1, NULL, NULL), EBADF);
  close(fd);
}

int main(int argc, char **argv) {
  check_begin(argc, argv);
  if (!freopen("/dev/null", "r", stdin))
    return 1;
  for (int attached = 0; attached < 2; ++attached) {
    if (attached)
      CHECK_EQ(thread_stop_attach(), 0);
    timeouts();
    all_of_a_stream();
    datagrams();
    all_is_sent();
    descriptors();
    atomic_store(&accepted, 0);
    connections();
    failing_connections();
  }
  return 0;
}
