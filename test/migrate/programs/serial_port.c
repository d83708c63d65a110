// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers of serial lines, which are pseudo terminals here: helpers in helpers,
// errors as -1 and -2, results in a structure, handles in an array of them. An
// error of the line is tried again for ever.

#define _XOPEN_SOURCE 600
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define STX 0x02

static struct port {
  int fd;
  unsigned char in[64];
  int have, pos;
  struct {
    pthread_t id;
    int up;
  } rd[1];
  unsigned frames, bad, resync;
} ports[2];

static int get_byte(struct port *p) {
  if (p->pos >= p->have) {
    p->pos = 0;
    p->have = read(p->fd, p->in, sizeof p->in);
    if (p->have <= 0) {
      p->have = 0;
      return -1;
    }
  }
  return p->in[p->pos++];
}

static int get_frame(struct port *p, unsigned char *to, int max) {
  int c, len, i, sum = 0;
  while ((c = get_byte(p)) != STX) {
    if (c == -1)
      return -1;
    p->resync++;
  }
  len = get_byte(p);
  if (len < 0 || len > max)
    return len < 0 ? -1 : -2;
  for (i = 0; i < len; i++) {
    c = get_byte(p);
    if (c < 0)
      return c;
    to[i] = (unsigned char)c;
    sum += c;
  }
  return ((c = get_byte(p)) == (sum & 0xff)) ? len : c < 0 ? -1 : -2;
}

static void *reader(void *arg) {
  struct port *p = arg;
  unsigned char frame[32];
  int n;

  for (;;) {
    n = get_frame(p, frame, sizeof frame);
    if (n == -2) {
      p->bad++;
      tcflush(p->fd, TCIFLUSH);
      continue;
    }
    if (n < 0) {
      usleep(10000); /* line is down; try again */
      continue;
    }
    __atomic_add_fetch(&p->frames, 1, __ATOMIC_SEQ_CST);
    write(p->fd, "\006", 1);
  }
  return NULL;
}

static int open_port(struct port *p, int *master) {
  struct termios t;
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  if (*master < 0 || grantpt(*master) || unlockpt(*master))
    return -1;
  if ((p->fd = open(ptsname(*master), O_RDWR | O_NOCTTY)) < 0)
    return -1;
  tcgetattr(p->fd, &t);
  cfmakeraw(&t);
  tcsetattr(p->fd, TCSANOW, &t);
  return 0;
}

int main(void) {
  int i, k, m[2];
  char ack[8];
  for (i = 0; i < 2; i++) {
    if (open_port(&ports[i], &m[i]) ||
        pthread_create(&ports[i].rd[0].id, NULL, reader, &ports[i]))
      return 2;
    ports[i].rd[0].up = 1;
  }
  for (i = 0; i < 2; i++)
    for (k = 0; k < 3; k++)
      if (write(m[i], "xx\002\003abc\x26", 8) != 8 || read(m[i], ack, 1) != 1)
        return 2;
  usleep(20000);
  for (i = 0; i < 2; i++) {
    if (ports[i].rd[0].up)
      pthread_cancel(ports[i].rd[0].id);
    pthread_join(ports[i].rd[0].id, NULL);
    close(m[i]);
    close(ports[i].fd);
  }
  printf("frames %u %u bad %u %u\n", ports[0].frames, ports[1].frames,
         ports[0].bad, ports[1].bad);
  return !(ports[0].frames == 3 && ports[1].frames == 3);
}
