// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A TCP server on the loopback device: one thread accepts and answers, and is
// cancelled while it waits for the next client. A handler closes the listening
// socket; an error of accept ends the loop.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
  pthread_t thread;
  int listener;
  int closed;
};

static void close_listener(void *argument) {
  struct server *self = argument;
  close(self->listener);
  self->closed = 1;
}

static void close_client(void *argument) { close(*(int *)argument); }

static int answer(int client) {
  char text[64];
  for (;;) {
    ssize_t bytes = recv(client, text, sizeof(text), 0);
    if (bytes <= 0)
      return bytes == 0 ? 0 : -1;
    if (send(client, text, (size_t)bytes, MSG_NOSIGNAL) != bytes)
      return -1;
  }
}

static void *serve(void *argument) {
  struct server *self = argument;
  pthread_cleanup_push(close_listener, self);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    int client = accept(self->listener, (struct sockaddr *)&peer, &length);
    if (client < 0) {
      if (errno == EINTR || errno == ECONNABORTED)
        continue;
      break;
    }
    pthread_cleanup_push(close_client, &client);
    answer(client);
    pthread_cleanup_pop(1);
  }
  pthread_cleanup_pop(1);
  return NULL;
}

static int start(struct server *server, struct sockaddr_in *address) {
  socklen_t length = sizeof(*address);
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->closed = 0;
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (server->listener < 0 ||
      bind(server->listener, (struct sockaddr *)address, length) != 0 ||
      listen(server->listener, 4) != 0 ||
      getsockname(server->listener, (struct sockaddr *)address, &length) != 0)
    return -1;
  return pthread_create(&server->thread, NULL, serve, server);
}

static int talk(const struct sockaddr_in *address) {
  char text[6] = "";
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 ||
      connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
    return -1;
  if (send(fd, "hello", 5, 0) != 5 || recv(fd, text, 5, MSG_WAITALL) != 5)
    return -1;
  close(fd);
  return strcmp(text, "hello");
}

int main(void) {
  struct server server;
  struct sockaddr_in address;
  if (start(&server, &address) != 0)
    return 1;
  int failed = talk(&address);
  usleep(20 * 1000); // by now it waits for the next client
  pthread_cancel(server.thread);
  pthread_join(server.thread, NULL);
  printf("answered %d, closed %d\n", !failed, server.closed);
  return failed || !server.closed;
}
