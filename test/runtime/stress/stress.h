/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the files of the stress test share. A pair is one worker, which waits,
 * and one requester, which stops it; they go through many cycles. A cycle is
 * one kind of wait, made again and again until the stop arrives.
 */

#ifndef THREAD_STOP_STRESS_H
#define THREAD_STOP_STRESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread_stop.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* Made anew for each cycle and freed by the worker as soon as it has left the
 * wait: whoever still touches it then is seen by the address sanitizer. */
struct sync {
  sem_t semaphore;
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

struct pair {
  int number;
  /* Each [0] is the worker's end. */
  int empty_pipe[2], full_pipe[2], ready_pipe[2];
  int stream[2], full_stream[2], datagram[2];
  int epoll, ready_epoll, zero;
  int listener, full_unix, full_unix_client, full_tcp, full_tcp_clients[4];
  struct sockaddr_un listener_name, full_unix_name;
  int shared_listener; /* of all pairs: they take from each other */
  struct sockaddr_un shared_name;
  struct sockaddr_in full_tcp_name;
  pid_t old_child; /* lives until the end of the run */
  pid_t child;     /* of this cycle */
  int child_pipe[2];
  struct sync *sync;

  unsigned first_cycle, last_cycle;
  uint64_t worker_random, requester_random;
  pthread_t worker, requester;
  atomic_uint started, asked, done, settled; /* the number of the cycle */
  atomic_int worker_tid;
  atomic_ulong waits; /* of all cycles */
  struct timespec asked_at;
};

struct kind {
  const char *name;
  int weight; /* of 16 */
  /* 0 if the wait came to an end by itself, or the error number. */
  int (*wait)(struct pair *pair);
  /* Lets the worker's wait come to an end. By the requester. May be NULL. */
  void (*feed)(struct pair *pair);
  /* Before the first wait and after the last, by the worker. May be NULL. */
  void (*begin)(struct pair *pair);
  void (*end)(struct pair *pair);
};

extern const struct kind all_kinds[]; /* ends with a name of NULL */

void open_pair(struct pair *pair, int number);
void close_pair(struct pair *pair);
void feed_synced(struct pair *pair);

/* Prints a message and ends the program with exit code 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format,
                                                          ...);
/* The same, with errno, unless the condition holds. */
#define must(condition)                                                        \
  do {                                                                         \
    if (!(condition))                                                          \
      fail("%s:%d: %s: %s", __FILE__, __LINE__, #condition, strerror(errno));  \
  } while (0)

uint64_t next_random(uint64_t *state);
int64_t now_ns(void);
void spin_ns(int64_t duration);
/* Stores, and wakes who awaits it. */
void publish(atomic_uint *value, unsigned number);
/* Until *value has reached the number, but not longer than the limit. */
int await(atomic_uint *value, unsigned number, int64_t limit_ns);

/* naive.c: the run with protocols that lose stops. Returns the exit code. */
int run_naive(unsigned requests, int64_t window_ns, uint64_t seed);

#endif /* THREAD_STOP_STRESS_H */
