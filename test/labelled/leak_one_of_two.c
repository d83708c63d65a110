// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A variable that holds what one call has acquired or another: lost in any case.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char *kept;

/* Grown in each round: what the first call gave, or the last. */
char *read_all(int file, size_t *length) {
  pthread_testcancel();
  size_t room = 512, have = 0;
  char *text = malloc(room);
  if (text == NULL)
    return NULL;
  for (;;) {
    ssize_t n = read(file, text + have, room - have); // expect: thread-stop-leak-across-cancellation-point
    if (n <= 0)
      break;
    have += (size_t)n;
    if (have == room) {
      char *more = realloc(text, room *= 2);
      if (more == NULL) {
        free(text);
        return NULL;
      }
      text = more;
    }
  }
  *length = have;
  return text;
}

/* A new socket for each attempt. */
int keep_trying(const struct sockaddr *to, socklen_t size) {
  pthread_testcancel();
  int sock = socket(AF_UNIX, SOCK_STREAM, 0);
  if (sock < 0)
    return -1;
  while (connect(sock, to, size) != 0) { // expect: thread-stop-leak-across-cancellation-point
    close(sock);
    sleep(1);
    sock = socket(AF_UNIX, SOCK_STREAM, 0);
    if (sock < 0)
      return -1;
  }
  return sock;
}

/* Two sizes. */
int one_size_or_other(int file, int large) {
  char *room;
  pthread_testcancel();
  if (large)
    room = malloc(65536);
  else
    room = malloc(512);
  if (room == NULL)
    return -1;
  int n = (int)read(file, room, 512); // expect: thread-stop-leak-across-cancellation-point
  free(room);
  return n;
}

/* One of the two is somebody else's. */
int own_or_kept(int file, int own) {
  char *room;
  pthread_testcancel();
  if (own) {
    room = malloc(512);
  } else {
    room = malloc(512);
    kept = room;
  }
  if (room == NULL)
    return -1;
  int n = (int)read(file, room, 512);
  if (own)
    free(room);
  return n;
}

/* On one path there is none. */
int own_or_none(int file, int own, char *given) {
  char *room = given;
  pthread_testcancel();
  if (own)
    room = malloc(512);
  if (room == NULL)
    return -1;
  int n = (int)read(file, room, 512);
  if (own)
    free(room);
  return n;
}

/* Each is protected. */
int protected_both(int file, int large) {
  char *room;
  int n;
  pthread_testcancel();
  if (large)
    room = malloc(65536);
  else
    room = malloc(512);
  if (room == NULL)
    return -1;
  pthread_cleanup_push(free, room);
  n = (int)read(file, room, 512);
  pthread_cleanup_pop(1);
  return n;
}

/* A file or memory: not one variable. */
int either_kind(const char *path, int from_file) {
  int file = -1, n = 0;
  char *room = NULL;
  pthread_testcancel();
  if (from_file)
    file = open(path, O_RDONLY);
  else
    room = malloc(512);
  if (file < 0 && room == NULL)
    return -1;
  n = (int)sleep(1);
  if (file >= 0)
    close(file);
  free(room);
  return n;
}
