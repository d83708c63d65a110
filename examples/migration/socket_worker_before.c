// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A server thread that waits in accept and recv, and is cancelled.
//
// The cancel ends it in recv. Nobody closes the connection: its peer waits for
// ever. See docs/runtime/migration.md.
//
// Build: cc -pthread socket_worker_before.c

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument) {
  int listener = *(int *)argument;
  char text[64];
  for (;;) {
    int peer = accept(listener, NULL, NULL);
    if (peer < 0)
      return NULL;
    ssize_t size;
    while ((size = recv(peer, text, sizeof text, 0)) > 0)
      if (send(peer, text, (size_t)size, MSG_NOSIGNAL) < 0)
        break;
    close(peer); // not reached: the thread ends in recv
  }
}

static int stop(pthread_t thread) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_join(thread, NULL);
}

static int listen_here(struct sockaddr_in *address) {
  socklen_t length = sizeof *address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)address, length) != 0 ||
      listen(fd, 8) != 0 ||
      getsockname(fd, (struct sockaddr *)address, &length) != 0)
    return -1;
  return fd;
}

int main(void) {
  struct sockaddr_in address;
  pthread_t thread;
  char answer[5];
  int listener = listen_here(&address);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || client < 0 ||
      pthread_create(&thread, NULL, serve, &listener) != 0 ||
      connect(client, (struct sockaddr *)&address, sizeof address) != 0 ||
      send(client, "hello", 5, 0) != 5 ||
      recv(client, answer, sizeof answer, MSG_WAITALL) != 5)
    return 2;
  if (stop(thread) != 0)
    return 2;
  // The end of the connection can be read, if there is one.
  struct pollfd end = {.fd = client, .events = POLLIN};
  int closed = poll(&end, 1, 200) == 1;
  printf("stopped, connection %s\n", closed ? "closed" : "left open");
  return closed ? 0 : 1;
}
