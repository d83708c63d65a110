// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t
// RUN: %check_tidy %s thread-stop-leak-across-cancellation-point %t -std=gnu11,gnu17

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct box {
  char *data;
  int fd;
};
static char *global;

int choose(void);
void unseen(void *p);
void looks(const char *p);
int wait_elsewhere(int fd);
static void free_it(void *p) { free(p); }

// ---- fires ----

// Memory; one finding for a resource, at the first point.
static void memory(void) {
  char *p = malloc(10);
  if (!p)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:13: note: acquired here
  sleep(2);
  free(p);
}

// The failure branch need not be excluded by hand.
static void unchecked(int fd) {
  char *p = malloc(10);
  read(fd, p, 10);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'read' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:13: note: acquired here
  free(p);
}

static void checked_otherwise(void) {
  char *p = strdup("text");
  if (p != NULL) {
    sleep(1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
    // CHECK-NOTES: [[@LINE-4]]:13: note: acquired here
    free(p);
  }
}

// Two resources, two findings.
static void two(void) {
  char *p = calloc(1, 10);
  char *q = strdup("text");
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:13: note: acquired here
  // CHECK-NOTES: [[@LINE-4]]:13: note: and the memory acquired here
  free(p);
  sleep(1);
  free(q);
}

// Descriptors.
static void descriptors(const char *path) {
  char c;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  read(fd, &c, 1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'read' leaks the file descriptor [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:12: note: acquired here
  close(fd);
}

static int sockets(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1)
    return -1;
  if (connect(fd, NULL, 0) != 0) {
  // CHECK-NOTES: [[@LINE-1]]:7: warning: a thread cancelled in 'connect' leaks the file descriptor [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:12: note: acquired here
    close(fd);
    return -1;
  }
  return fd;
}

static void pipes(void) {
  int ends[2];
  if (pipe(ends) != 0)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the file descriptor [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:7: note: acquired here
  close(ends[0]);
  close(ends[1]);
}

// The rest.
static void streams(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the stream [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:13: note: acquired here
  fclose(f);
}

static void directories(const char *path) {
  DIR *d = opendir(path);
  if (!d)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the directory stream [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:12: note: acquired here
  closedir(d);
}

static void mappings(int fd) {
  void *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  if (m == MAP_FAILED)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the mapping [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:13: note: acquired here
  munmap(m, 4096);
}

static void addresses(const char *host) {
  struct addrinfo *list;
  if (getaddrinfo(host, NULL, NULL, &list) != 0)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the address list [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:7: note: acquired here
  freeaddrinfo(list);
}

static void printed(int n) {
  char *p;
  if (asprintf(&p, "%d", n) < 0)
    return;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:7: note: acquired here
  free(p);
}

// Read, printed, compared: still owned.
static void used(int fd) {
  char *p = malloc(10);
  if (!p)
    return;
  p[0] = 'a';
  looks(p);
  memset(p, 0, 10);
  if (strlen(p) > 3)
    p[1] = *p;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-10]]:13: note: acquired here
  free(p);
}

// Moved to another variable, which is now the only one.
static void moved(void) {
  char *p = malloc(10);
  char *q = p;
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:13: note: acquired here
  free(q);
}

static void grown(void) {
  char *p = malloc(10);
  char *q = realloc(p, 20);
  if (!q) {
    free(p);
    return;
  }
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-7]]:13: note: acquired here
  free(q);
}

// Callees: one that acquires, one that waits, one that only looks.
static char *make(void) {
  char *p = malloc(10);
  if (p)
    p[0] = 0;
  return p;
}
static int rest(void) { return poll(NULL, 0, 10); }
static char first(const char *p) { return p[0]; }

static void callees(void) {
  char *p = make();
  if (!p)
    return;
  first(p);
  rest();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'rest' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-6]]:13: note: acquired here
  // CHECK-NOTES: [[@LINE-11]]:32: note: the thread is cancelled here
  free(p);
}

// The callee that gets it waits, and leaves it with its caller.
static int fill(char *p, int fd) { return (int)read(fd, p, 10); }

static void callee_fills(int fd) {
  char *p = malloc(10);
  if (!p)
    return;
  fill(p, fd);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'fill' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-5]]:13: note: acquired here
  // CHECK-NOTES: [[@LINE-9]]:48: note: the thread is cancelled here
  free(p);
}

// The handler comes too late, or is for something else.
static void pushed_late(void) {
  char *p = malloc(10);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-3]]:13: note: acquired here
  pthread_cleanup_push(free_it, p);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void other_pushed(char *other) {
  char *p = malloc(10);
  pthread_cleanup_push(free_it, other);
  sleep(1);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
  // CHECK-NOTES: [[@LINE-4]]:13: note: acquired here
  pthread_cleanup_pop(1);
  free(p);
}

// In a loop: each round its own.
static void rounds(int n) {
  for (int i = 0; i < n; ++i) {
    char *p = malloc(10);
    sleep(1);
    // CHECK-NOTES: [[@LINE-1]]:5: warning: a thread cancelled in 'sleep' leaks the memory [thread-stop-leak-across-cancellation-point]
    // CHECK-NOTES: [[@LINE-3]]:15: note: acquired here
    free(p);
  }
}

// ---- stays silent (a reason per case) ----

// Released before the point.
static void released(int n) {
  char *p = malloc(10);
  int fd = dup(n);
  free(p);
  close(fd);
  sleep(1);
}

// On the branch on which there is nothing.
static void failed(const char *path) {
  char *p = malloc(10);
  if (!p) {
    sleep(1);
    return;
  }
  free(p);
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    sleep(1);
  else
    close(fd);
}

// A loop that tries until it has it.
static int tries(const char *path) {
  int fd;
  while ((fd = open(path, O_RDONLY)) < 0)
    sleep(1);
  return fd;
}

// Returned, stored where others find it, or handed on.
static char *returned(void) {
  char *p = malloc(10);
  return p;
}

static void stored(struct box *b) {
  char *p = malloc(10);
  b->data = p;
  sleep(1);
}

static void stored_at_once(struct box *b) {
  b->data = malloc(10);
  b->fd = open("f", O_RDONLY);
  sleep(1);
}

static void global_now(void) {
  global = malloc(10);
  sleep(1);
}

static void handed_on(void) {
  char *p = malloc(10);
  unseen(p);
  sleep(1);
}

static void stream_of_descriptor(int n) {
  int fd = dup(n);
  FILE *f = fdopen(fd, "r");
  unseen(f);
  sleep(1);
}

// By a callee, too.
static void keep(struct box *b, char *p) { b->data = p; }

static void callee_keeps(struct box *b) {
  char *p = malloc(10);
  keep(b, p);
  sleep(1);
}

static void drop(char *p) { free(p); }

static void callee_frees(void) {
  char *p = malloc(10);
  drop(p);
  sleep(1);
}

// A handler releases it: in its function, through the variable, elsewhere.
static void pushed(void) {
  char *p = malloc(10);
  pthread_cleanup_push(free_it, p);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void pushed_free(void) {
  char *p = malloc(10);
  pthread_cleanup_push(free, p);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void close_it(void *fd) { close(*(int *)fd); }

static void pushed_address(void) {
  int fd = open("f", O_RDONLY);
  pthread_cleanup_push(close_it, &fd);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void clear_box(void *arg) {
  struct box *b = arg;
  free(b->data);
  close(b->fd);
}

static void pushed_object(void) {
  struct box b = {malloc(10), dup(1)};
  pthread_cleanup_push(clear_box, &b);
  sleep(1);
  pthread_cleanup_pop(1);
}

static void pushed_unseen(void) {
  char *p = malloc(10);
  pthread_cleanup_push(unseen, p);
  sleep(1);
  pthread_cleanup_pop(1);
}

// Disabled.
static void disabled(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  char *p = malloc(10);
  sleep(1);
  free(p);
  pthread_setcancelstate(old, NULL);
}

// close and stdio count only with StrictPoints; unknown functions never.
static void no_points(int fd) {
  char *p = malloc(10);
  printf("%s\n", p);
  close(fd);
  wait_elsewhere(fd);
  free(p);
}

// Not owned: of the caller, or on the stack.
static void not_owned(char *given, int fd) {
  char local[10];
  given[0] = local[0] = 0;
  read(fd, local, 10);
}

// Unreachable.
static void dead(void) {
  char *p = malloc(10);
  if (0)
    sleep(1);
  free(p);
}

// Silenced by hand.
static void accepted(void) {
  char *p = malloc(10);
  sleep(1); // NOLINT(thread-stop-leak-across-cancellation-point)
  free(p);
}

static void *worker(void *arg) {
  struct box *b = arg;
  memory(), unchecked(b->fd), checked_otherwise(), two(), descriptors("f");
  sockets(), pipes(), streams("f"), directories("d"), mappings(b->fd);
  addresses("host"), printed(b->fd), used(b->fd), moved(), grown();
  callees(), callee_fills(b->fd), pushed_late(), other_pushed(b->data), rounds(b->fd);
  released(b->fd), failed("f"), tries("f"), returned(), stored(b);
  stored_at_once(b), global_now(), handed_on(), stream_of_descriptor(b->fd);
  callee_keeps(b), callee_frees(), pushed(), pushed_free(), pushed_address();
  pushed_object(), pushed_unseen(), disabled(), no_points(b->fd);
  not_owned(b->data, b->fd), dead(), accepted();
  return NULL;
}

void run(struct box *b) {
  pthread_t thread;
  pthread_create(&thread, NULL, worker, b);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}

// Not cancelled by anybody, as far as this file shows.
void of_any_thread(void) {
  char *p = malloc(10);
  sleep(1);
  free(p);
}
