// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every interruptible call as a row of a table, each in a situation in which
// it blocks for ever. Tests of what all calls have in common go through it.

#ifndef THREAD_STOP_TEST_CALLS_H
#define THREAD_STOP_TEST_CALLS_H

#include "check.h"

#include <semaphore.h>
#include <stdbool.h>
#include <sys/types.h>

// What the calls wait for; nothing of it ever happens.
struct blockers {
  int pipe_in[2];    // empty
  int pipe_full[2];  // full
  int sockets[2];    // a stream; nothing to receive
  int full[2];       // a stream whose sender's buffer is full
  int listener;      // no connection comes
  char path[108];    // a local socket whose queue is full
  int queued[2];     // connections that fill it
  int path_listener; // and its listener
  int epoll;         // watches pipe_in
  sem_t semaphore;   // 0
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  pid_t child; // does not end
};

void blockers_open(struct blockers *blockers);
void blockers_close(struct blockers *blockers);

struct call {
  const char *name;
  // Makes the call. Returns 0 if it succeeded, else its error.
  int (*run)(struct blockers *blockers);
  bool keeps_eintr; // another signal ends the wait with EINTR
};

extern const struct call calls[];
extern const size_t call_count;

#endif
