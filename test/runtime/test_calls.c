// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all interruptible calls have in common.

#include "calls.h"

#include <stdatomic.h>
#include <sys/syscall.h>

struct job {
  const struct call *call;
  struct blockers *blockers;
  atomic_int tid;
  atomic_int error;
  atomic_int second; // of the same call again
};

static void *work(void *argument) {
  struct job *job = argument;
  atomic_store(&job->tid, (int)syscall(SYS_gettid));
  job->error = job->call->run(job->blockers);
  job->second = job->call->run(job->blockers);
  return job;
}

static pthread_t start(struct job *job) {
  pthread_t thread;
  CHECK_EQ(thread_stop_create(&thread, NULL, work, job), 0);
  while (atomic_load(&job->tid) == 0)
    check_pause_ms(1);
  CHECK(check_sleeps(atomic_load(&job->tid)));
  check_pause_ms(2); // past the short tries of connect()
  return thread;
}

static void check_error(const struct job *job, int error, int expected) {
  if (error != expected)
    fprintf(stderr, "%s: %s instead of %s\n", job->call->name, strerror(error),
            strerror(expected));
  CHECK_EQ(error, expected);
}

// A stop ends the wait, and the next call fails at once.
static void stop_while_blocked(const struct call *call,
                               struct blockers *blockers) {
  struct job job = {.call = call, .blockers = blockers, .error = -1};
  pthread_t thread = start(&job);
  double begin = check_seconds();
  void *result;
  CHECK_EQ(thread_stop_request(thread), 0);
  CHECK_EQ(pthread_join(thread, &result), 0);
  CHECK(check_seconds() - begin < 5);
  CHECK(result == &job);
  check_error(&job, job.error, ECANCELED);
  check_error(&job, job.second, ECANCELED);
}

static void other_handler(int signo) { (void)signo; }

// Another signal gives EINTR, also with SA_RESTART; the next call waits again.
static void other_signal(const struct call *call, struct blockers *blockers) {
  struct job job = {.call = call, .blockers = blockers, .error = -1};
  pthread_t thread;
  if (!call->keeps_eintr)
    return;
#ifndef __GLIBC__
  if (check_is_eventfd() && strcmp(call->name, "sem_wait") == 0)
    return; // musl's sem_timedwait() goes on; see thread_stop.h
#endif
  thread = start(&job);
  // Again if the first one came between two slices of a wait, where it ends
  // nothing.
  for (int i = 0; atomic_load(&job.error) == -1; ++i) {
    if (i % 500 == 0)
      CHECK_EQ(pthread_kill(thread, SIGALRM), 0);
    check_pause_ms(1);
  }
  CHECK_EQ(thread_stop_join(thread, NULL), 0);
  check_error(&job, job.error, EINTR);
  check_error(&job, job.second, ECANCELED);
}

static void *stop_first(void *argument) {
  struct job *job = argument;
  CHECK(!thread_stop_requested());
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK(thread_stop_requested());
  job->error = job->call->run(job->blockers);
  return NULL;
}

static void stop_before(const struct call *call, struct blockers *blockers) {
  struct job job = {.call = call, .blockers = blockers, .error = -1};
  pthread_t thread;
  CHECK_EQ(thread_stop_create(&thread, NULL, stop_first, &job), 0);
  CHECK_EQ(pthread_join(thread, NULL), 0);
  check_error(&job, job.error, ECANCELED);
}

int main(int argc, char **argv) {
  struct blockers blockers;
  struct sigaction action;
  check_begin(argc, argv);
  alarm(0);
  memset(&action, 0, sizeof action);
  action.sa_handler = other_handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  blockers_open(&blockers);
  for (size_t i = 0; i < call_count; ++i) {
    printf("%s\n", calls[i].name);
    fflush(stdout);
    stop_before(&calls[i], &blockers);
    stop_while_blocked(&calls[i], &blockers);
    other_signal(&calls[i], &blockers);
  }
  blockers_close(&blockers);
  return 0;
}
