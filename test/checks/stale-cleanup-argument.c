// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t -- -- -fexceptions
// RUN: %check_tidy %s thread-stop-stale-cleanup-argument %t -std=gnu99,gnu11,gnu17

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct node {
  struct node *next;
};
struct session {
  char *name;
  int fd;
};

int use(void *);
int fill(char **);
void unknown(void *);
void *xrealloc(void *, size_t);

static void close_fd(void *p) { close((int)(intptr_t)p); }
static void free_at(void *p) { free(*(char **)p); }
static void ignore(void *p) { (void)p; }
static void show(void *p) { fprintf(stderr, "leaving %s\n", (char *)p); }

// ---- fires ----

void null(void) {
  char *p = NULL;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

void no_value(void) {
  char *p;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' has no value yet at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

void minus_one(const char *name) {
  int fd = -1;
  pthread_cleanup_push(close_fd, (void *)(intptr_t)fd);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'fd' is -1 at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'fd' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&fd' and let the handler read it there
  fd = open(name, O_RDONLY);
  use(&fd);
  pthread_cleanup_pop(1);
}

void zero(void) {
  intptr_t n = 0;
  pthread_cleanup_push(unknown, (void *)n);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'n' is 0 at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'n' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&n' and let the handler read it there
  n = 3;
  use(&n);
  pthread_cleanup_pop(1);
}

void one_of_two(int c) {
  char *p;
  if (c)
    p = NULL;
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is not set yet at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

void fields(struct session *s) {
  s->name = NULL;
  pthread_cleanup_push(free, s->name);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 's->name' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:3: note: 's->name' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&s->name' and let the handler read it there
  s->name = malloc(10);
  use(s);
  pthread_cleanup_pop(1);
}

void by_address(FILE *f) {
  char *text = NULL, *line = NULL;
  size_t size = 0;
  pthread_cleanup_push(free, text);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'text' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+6]]:3: note: 'text' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&text' and let the handler read it there
  pthread_cleanup_push(unknown, line);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'line' is null at this push: the handler never gets the later value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:3: note: 'line' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&line' and let the handler read it there
  fill(&text);
  getline(&line, &size, f);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
}

void reallocated(char *p) {
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is reallocated after this push: the handler gets the old block [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:7: note: the old block is given up here
  // CHECK-NOTES: [[@LINE+2]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-4]]:3: note: push '&p' and let the handler read it there
  p = xrealloc(p, 100);
  use(p);
  pthread_cleanup_pop(1);
}

void reallocated_aside(char *p) {
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is reallocated after this push: the handler gets the old block [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:13: note: the old block is given up here
  // CHECK-NOTES: [[@LINE+4]]:5: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-4]]:3: note: push '&p' and let the handler read it there
  char *q = realloc(p, 100);
  if (q)
    p = q;
  use(p);
  pthread_cleanup_pop(1);
}

void growing_line(FILE *f) {
  size_t size = 80;
  char *line = malloc(size);
  pthread_cleanup_push(free, line);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'line' is reallocated after this push: the handler gets the old block [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+2]]:10: note: 'line' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&line' and let the handler read it there
  while (getline(&line, &size, f) > 0)
    use(line);
  pthread_cleanup_pop(1);
}

void renewed(char *p) {
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is set anew after this push: the handler gets the old value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:3: note: the old value is released here
  // CHECK-NOTES: [[@LINE+3]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-4]]:3: note: push '&p' and let the handler read it there
  free(p);
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

void second(void) {
  char *p = malloc(10);
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is set anew after this push: the handler gets the old value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:3: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  use(p);
  p = malloc(20);
  use(p);
  pthread_cleanup_pop(1);
}

// ---- stays silent ----

// The handler reads the variable itself.
void address(void) {
  char *p = NULL;
  pthread_cleanup_push(free_at, &p);
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}

// Set before.
void in_time(void) {
  char *p = malloc(10);
  pthread_cleanup_push(free, p);
  use(p);
  pthread_cleanup_pop(1);
}

// On some paths it holds something.
void maybe(int c) {
  char *p = NULL;
  if (c)
    p = malloc(10);
  pthread_cleanup_push(free, p);
  // CHECK-NOTES: [[@LINE-1]]:3: warning: 'p' is set anew after this push: the handler gets the old value [thread-stop-stale-cleanup-argument]
  // CHECK-NOTES: [[@LINE+3]]:5: note: 'p' is set here
  // CHECK-NOTES: [[@LINE-3]]:3: note: push '&p' and let the handler read it there
  if (!p)
    p = malloc(20);
  pthread_cleanup_pop(1);
}

// The handler does not look at it, or only prints it.
void unused(void) {
  char *p = NULL;
  pthread_cleanup_push(ignore, p);
  pthread_cleanup_push(show, p);
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
}

// The object is the same, whatever its fields hold.
void object(struct session *s) {
  s->fd = -1;
  pthread_cleanup_push(unknown, s);
  s->fd = open("/dev/null", O_RDONLY);
  use(s);
  pthread_cleanup_pop(1);
}

// The handler frees a list from its head.
void walk(struct node *n) {
  pthread_cleanup_push(unknown, n);
  while (n)
    n = n->next;
  pthread_cleanup_pop(1);
}

// Only counted.
void count(void) {
  intptr_t n = 0;
  pthread_cleanup_push(unknown, (void *)n);
  while (use(NULL))
    n++;
  pthread_cleanup_pop(1);
}

// Emptied, or written after the pop.
void outside(char *p) {
  pthread_cleanup_push(free, p);
  use(p);
  p = NULL;
  pthread_cleanup_pop(1);
  p = malloc(10);
  free(p);
}

// Each block has its own handler.
void two(void) {
  char *p = malloc(10);
  pthread_cleanup_push(free, p);
  p = malloc(20);
  pthread_cleanup_push(free, p);
  use(p);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
}

// Never reached.
void unreachable(void) {
  char *p = NULL;
  return;
  pthread_cleanup_push(free, p);
  p = malloc(10);
  use(p);
  pthread_cleanup_pop(1);
}
