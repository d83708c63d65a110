// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Receives datagrams, as Linux programs often do it: without casts, with the
// GNU declarations, and with a select in front.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static int seen;

static void *receive(void *unused) {
  char text[16];
  struct sockaddr_in from;
  socklen_t length = sizeof(from);
  (void)unused;
  for (;;) {
    fd_set ready;
    FD_ZERO(&ready);
    FD_SET(fd, &ready);
    if (select(fd + 1, &ready, NULL, NULL, NULL) < 0)
      continue;
    if (recvfrom(fd, text, sizeof(text), MSG_DONTWAIT, &from, &length) > 0)
      __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  pthread_t receiver;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, &address, length) != 0 ||
      getsockname(fd, &address, &length) != 0 ||
      pthread_create(&receiver, NULL, receive, NULL) != 0)
    return 1;
  if (sendto(fd, "x", 1, 0, &address, length) != 1)
    return 1;
  while (__atomic_load_n(&seen, __ATOMIC_SEQ_CST) == 0)
    usleep(1000);
  usleep(20 * 1000);
  pthread_cancel(receiver);
  pthread_join(receiver, NULL);
  close(fd);
  printf("seen %d\n", seen);
  return seen != 1;
}
