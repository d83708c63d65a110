// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Captures frames into mapped buffers: the value of poll() in a switch, a
// helper that retries ioctl(), a ladder of labels that gives all back.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NBUF 4
#define FRAME 4096

struct capture {
  int fd;
  void *buf[NBUF];
  int next;
  pthread_t tid;
  int frames;
  int unmapped;
  int running;
};

static int xioctl(int fd, unsigned long req, void *arg) {
  int r;
  do {
    r = ioctl(fd, req, arg);
  } while (r == -1 && errno == EINTR);
  return r;
}

static int fill(int fd, char *to, size_t want) {
  size_t got = 0;
  while (got < want) {
    ssize_t r = read(fd, to + got, want - got);
    if (r == -1 && errno == EINTR)
      continue;
    if (r <= 0)
      return -1;
    got += r;
  }
  return 0;
}

static void *capture_loop(void *arg) {
  struct capture *c = (struct capture *)arg;
  struct pollfd pfd;
  int i, avail, mapped = 0;

  for (i = 0; i < NBUF; i++) {
    c->buf[i] = mmap(NULL, FRAME, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (c->buf[i] == MAP_FAILED)
      goto unmap;
    mapped++;
  }
  c->running = 1;
  while (c->running) {
    pfd.fd = c->fd;
    pfd.events = POLLIN;
    switch (poll(&pfd, 1, 2000)) {
    case -1:
      if (EINTR == errno)
        continue;
      goto out;
    case 0:
      fprintf(stderr, "capture: timeout\n");
      continue;
    default:
      break;
    }
    if (xioctl(c->fd, FIONREAD, &avail) == -1)
      goto out;
    if (avail < FRAME)
      continue;
    if (fill(c->fd, c->buf[c->next], FRAME) < 0)
      goto out;
    c->next = (c->next + 1) % NBUF;
    __atomic_add_fetch(&c->frames, 1, __ATOMIC_SEQ_CST);
  }
out:
  c->running = 0;
unmap:
  for (i = 0; i < mapped; i++)
    munmap(c->buf[i], FRAME);
  c->unmapped = mapped;
  return NULL;
}

int main(void) {
  struct capture cap;
  int p[2];
  char frame[FRAME];
  memset(&cap, 0, sizeof cap);
  memset(frame, 7, sizeof frame);
  if (pipe(p))
    return 2;
  cap.fd = p[0];
  if (pthread_create(&cap.tid, NULL, capture_loop, &cap))
    return 2;
  for (int i = 0; i < 6; i++)
    if (write(p[1], frame, FRAME) != FRAME)
      return 2;
  while (__atomic_load_n(&cap.frames, __ATOMIC_SEQ_CST) < 6)
    usleep(1000);
  usleep(20000);
  pthread_cancel(cap.tid);
  pthread_join(cap.tid, NULL);
  printf("frames %d unmapped %d\n", cap.frames, cap.unmapped);
  return cap.frames != 6;
}
