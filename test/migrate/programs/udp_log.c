// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A collector of log lines: select() in a loop, `continue` after every error,
// two nested handlers, a global handle, a result that the joiner looks at.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static pthread_t collector;
static int sock = -1;
static unsigned long lines, dropped;
static int closed_file, closed_sock;

static void close_file(void *p) {
  fclose((FILE *)p);
  closed_file++;
}

static void close_sock(void *p) {
  close(*(int *)p);
  closed_sock++;
}

static void *collect(void *arg) {
  const char *name = arg;
  FILE *f;
  char buf[512];
  fd_set rd;
  struct timeval tv;
  struct sockaddr_in from;
  socklen_t fromlen;
  int n;

  if ((f = fopen(name, "a")) == NULL)
    return (void *)1;
  pthread_cleanup_push(close_file, f);
  pthread_cleanup_push(close_sock, &sock);
  for (;;) {
    FD_ZERO(&rd);
    FD_SET(sock, &rd);
    tv.tv_sec = 60;
    tv.tv_usec = 0;
    n = select(sock + 1, &rd, NULL, NULL, &tv);
    if (n == -1) {
      if (errno != EINTR)
        perror("select");
      continue;
    }
    if (n == 0) {
      fflush(f);
      continue;
    }
    fromlen = sizeof(from);
    n = recvfrom(sock, buf, sizeof(buf) - 1, 0, (struct sockaddr *)&from,
                 &fromlen);
    if (n < 0) {
      __atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
      continue;
    }
    buf[n] = 0;
    fprintf(f, "%s %s\n", inet_ntoa(from.sin_addr), buf);
    fflush(f);
    __atomic_add_fetch(&lines, 1, __ATOMIC_RELAXED);
  }
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
  return NULL;
}

int main(void) {
  struct sockaddr_in a;
  socklen_t len = sizeof(a);
  char name[] = "/tmp/udp_log_XXXXXX";
  int fd, out, i;
  void *res = NULL;

  memset(&a, 0, sizeof(a));
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if ((fd = mkstemp(name)) < 0 || (sock = socket(AF_INET, SOCK_DGRAM, 0)) < 0 ||
      bind(sock, (struct sockaddr *)&a, sizeof(a)) < 0 ||
      getsockname(sock, (struct sockaddr *)&a, &len) < 0 ||
      pthread_create(&collector, NULL, collect, name) != 0)
    return 2;
  out = socket(AF_INET, SOCK_DGRAM, 0);
  for (i = 0; i < 5; i++)
    sendto(out, "hello", 5, 0, (struct sockaddr *)&a, sizeof(a));
  while (__atomic_load_n(&lines, __ATOMIC_RELAXED) < 5)
    usleep(1000);
  usleep(20 * 1000); // by now it waits
  pthread_cancel(collector);
  pthread_join(collector, &res);
  printf("lines %lu, dropped %lu, closed %d and %d\n", lines, dropped,
         closed_file, closed_sock);
  close(out);
  close(fd);
  unlink(name);
  return res != PTHREAD_CANCELED || closed_file != 1 || closed_sock != 1;
}
