// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that are migrated. What the checks say of others: migrate-reasons.c.
// RUN: %check_tidy %s thread-stop-migrate %t -- -- -I%S/Inputs/migrate

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
// CHECK-FIXES: {{^}}#include <thread_stop.h>{{$}}

static int fd;
static sem_t jobs;
static void use(int value) { fd += value; }
static void cleanup(void *unused) { fd = unused ? 1 : 2; }

// ---- fires ----

// The error of a wait leaves the loop: nothing to add.
static void *handled(void *arg) {
  char c;
  while (read(fd, &c, 1) > 0)
    use(c);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *handled(void *arg) {
// CHECK-FIXES: {{^}}  while (thread_stop_read(fd, &c, 1) > 0){{$}}
// CHECK-FIXES-NEXT: {{^}}    use(c);{{$}}
// CHECK-FIXES-NEXT: {{^}}  return arg;{{$}}
void run_handled(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, handled, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'handled' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_handled(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, handled, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// EINTR is not ECANCELED.
static void *retries(void *arg) {
  char c;
  ssize_t n;
  for (;;) {
    do
      n = read(fd, &c, 1);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
      break;
    use(c);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *retries(void *arg) {
// CHECK-FIXES: {{^}}      n = thread_stop_read(fd, &c, 1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    while (n < 0 && errno == EINTR);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (n <= 0){{$}}
void run_retries(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, retries, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'retries' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_retries(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, retries, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// Nobody looks at the result.
static void *ignores(void *arg) {
  while (1) {
    sleep(1); // a second
    use(1);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *ignores(void *arg) {
// CHECK-FIXES: {{^}}    thread_stop_sleep(1); // a second{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
void run_ignores(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, ignores, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'ignores' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_ignores(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, ignores, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// What was taken by a success is not thrown away.
static void *takes(void *arg) {
  for (;;) {
    sem_wait(&jobs);
    use(1);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *takes(void *arg) {
// CHECK-FIXES: {{^}}    if (thread_stop_sem_wait(&jobs) < 0 && thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
void run_takes(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, takes, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'takes' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_takes(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, takes, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// The same for a result in a variable. There is nothing to break to.
static void *takes_into_variable(void *arg) {
  char c;
  for (;;) {
    ssize_t n = read(fd, &c, 1);
    use(c);
    if (n == 0)
      return NULL;
  }
}
// CHECK-FIXES-LABEL: {{^}}static void *takes_into_variable(void *arg) {
// CHECK-FIXES: {{^}}    ssize_t n = thread_stop_read(fd, &c, 1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (n < 0 && thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      return NULL;{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(c);{{$}}
void run_takes_into_variable(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, takes_into_variable, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'takes_into_variable' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_takes_into_variable(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, takes_into_variable, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// An error starts the next round.
static void *goes_round(void *arg) {
  for (;;) {
    int client = accept(fd, NULL, NULL);
    if (client < 0)
      continue;
    close(client);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *goes_round(void *arg) {
// CHECK-FIXES: {{^}}    int client = thread_stop_accept(fd, NULL, NULL);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (client < 0 && thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (client < 0){{$}}
// CHECK-FIXES-NEXT: {{^}}      continue;{{$}}
void run_goes_round(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, goes_round, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'goes_round' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_goes_round(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, goes_round, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// The wait decides the branch.
static void *in_condition(void *arg) {
  struct pollfd p = {fd, POLLIN, 0};
  for (;;) {
    if (poll(&p, 1, -1) <= 0) continue;
    use(1);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *in_condition(void *arg) {
// CHECK-FIXES: {{^}}    if (thread_stop_poll(&p, 1, -1) <= 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}      if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}        break;{{$}}
// CHECK-FIXES-NEXT: {{^}}      continue;{{$}}
// CHECK-FIXES-NEXT: {{^}}    }{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
void run_in_condition(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_condition, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'in_condition' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_in_condition(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, in_condition, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// An error ends the process.
static void *fatal(void *arg) {
  char c;
  for (;;) {
    if (read(fd, &c, 1) < 0) {
      perror("read");
      exit(1);
    }
    use(c);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *fatal(void *arg) {
// CHECK-FIXES: {{^}}    if (thread_stop_read(fd, &c, 1) < 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}      if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}        break;{{$}}
// CHECK-FIXES-NEXT: {{^}}      perror("read");{{$}}
void run_fatal(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, fatal, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'fatal' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_fatal(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, fatal, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// Two waits: each goes on to the other.
static void *rely_on_each_other(void *arg) {
  char c = 0;
  for (;;) {
    if (read(fd, &c, 1) < 0)
      use(1);
    if (write(fd, &c, 1) < 0)
      use(2);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *rely_on_each_other(void *arg) {
// CHECK-FIXES: {{^}}    if (thread_stop_read(fd, &c, 1) < 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}      if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}        break;{{$}}
// CHECK-FIXES-NEXT: {{^}}      use(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    }{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_write(fd, &c, 1) < 0){{$}}
// CHECK-FIXES-NEXT: {{^}}      use(2);{{$}}
void run_rely_on_each_other(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, rely_on_each_other, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'rely_on_each_other' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_rely_on_each_other(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, rely_on_each_other, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// No braces, no body.
static void *bare(void *arg) {
  if (arg)
    sleep(1);
  else
    sleep(2);
  while (sleep(3))
    ;
  return NULL;
}
// CHECK-FIXES-LABEL: {{^}}static void *bare(void *arg) {
// CHECK-FIXES: {{^}}  if (arg) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      return NULL;{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
// CHECK-FIXES-NEXT: {{^}}  else {{{$}}
// CHECK-FIXES-NEXT: {{^}}    thread_stop_sleep(2);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      return NULL;{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
// CHECK-FIXES-NEXT: {{^}}  while (thread_stop_sleep(3)) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
void run_bare(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, bare, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'bare' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_bare(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, bare, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// In a region, a return or break would skip the handlers.
static void *with_handler(void *arg) {
  pthread_cleanup_push(cleanup, arg);
  for (;;) {
    sleep(1);
    use(1);
  }
  pthread_cleanup_pop(1);
  return NULL;
}
// CHECK-FIXES-LABEL: {{^}}static void *with_handler(void *arg) {
// CHECK-FIXES: {{^}}    thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      pthread_exit(PTHREAD_CANCELED);{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
void run_with_handler(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, with_handler, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'with_handler' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_with_handler(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, with_handler, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// Two loops deep, there is no break to all of it.
static void *nested(void *arg) {
  char *memory = malloc(1);
  for (;;)
    for (int i = 0; i < 10; ++i) {
      sleep(1);
      use(i);
    }
  free(memory);
  return NULL;
}
// CHECK-FIXES-LABEL: {{^}}static void *nested(void *arg) {
// CHECK-FIXES: {{^}}      thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}      if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}        pthread_exit(PTHREAD_CANCELED);{{$}}
void run_nested(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, nested, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'nested' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_nested(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, nested, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// A loop without a wait, and one with a wait that has no form but ends.
static void *computes(void *arg) {
  while (1)
    use(1);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *computes(void *arg) {
// CHECK-FIXES: {{^}}  while (!thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
void run_computes(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, computes, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'computes' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_computes(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, computes, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

static void *dozes(void *arg) {
  for (;;) {
    use(1);
    usleep(1000);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *dozes(void *arg) {
// CHECK-FIXES: {{^}}  for (;;) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    use(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    usleep(1000);{{$}}
void run_dozes(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, dozes, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'dozes' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_dozes(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, dozes, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// pthread_testcancel
static void *tests(void *arg) {
  for (;;) {
    use(1);
    if (arg)
      pthread_testcancel();
    else
      use(2);
  }
}
// CHECK-FIXES-LABEL: {{^}}static void *tests(void *arg) {
// CHECK-FIXES: {{^}}    if (arg) {{{$}}
// CHECK-FIXES-NEXT: {{^}}      if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}        return NULL;{{$}}
// CHECK-FIXES-NEXT: {{^}}    }{{$}}
// CHECK-FIXES-NEXT: {{^}}    else{{$}}
// CHECK-FIXES-NEXT: {{^}}      use(2);{{$}}
void run_tests(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, tests, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'tests' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_tests(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, tests, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// A helper hands the error on; its caller does not look.
static int read_byte(void) {
  char c;
  return read(fd, &c, 1) == 1 ? c : -1;
}
// CHECK-FIXES-LABEL: {{^}}static int read_byte(void) {
// CHECK-FIXES: {{^}}  return thread_stop_read(fd, &c, 1) == 1 ? c : -1;{{$}}
static void *calls_helper(void *arg) {
  for (;;) {
    use(read_byte());
    use(1);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *calls_helper(void *arg) {
// CHECK-FIXES: {{^}}    use(read_byte());{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
void run_calls_helper(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, calls_helper, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'calls_helper' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_calls_helper(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, calls_helper, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// Disabled on purpose: as before, no stop in there.
static void *shields(void *arg) {
  int old;
  for (;;) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    sleep(1);
    pthread_setcancelstate(old, NULL);
    pthread_testcancel();
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *shields(void *arg) {
// CHECK-FIXES: {{^}}    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);{{$}}
// CHECK-FIXES-NEXT: {{^}}    sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    pthread_setcancelstate(old, NULL);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
void run_shields(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, shields, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'shields' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_shields(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, shields, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// What follows the loop works with what it has waited for.
static void *waits_for_file(void *arg) {
  while (access("ready", F_OK) != 0)
    sleep(1);
  use(1);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *waits_for_file(void *arg) {
// CHECK-FIXES: {{^}}  while (access("ready", F_OK) != 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      pthread_exit(PTHREAD_CANCELED);{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
void run_waits_for_file(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, waits_for_file, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'waits_for_file' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
}

// What follows it gives back what the thread has.
static void *releases(void *arg) {
  char *memory = malloc(1);
  for (;;)
    sleep(1);
  free(memory);
  close(fd);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *releases(void *arg) {
// CHECK-FIXES: {{^}}  for (;;) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
void run_releases(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, releases, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'releases' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
}

// The joiner asks whether the thread was cancelled.
static void *result(void *arg) {
  char c;
  while (read(fd, &c, 1) > 0)
    use(c);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *result(void *arg) {
// CHECK-FIXES: {{^}}  if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}    return PTHREAD_CANCELED;{{$}}
// CHECK-FIXES-NEXT: {{^}}  return arg;{{$}}
int run_result(void) {
  pthread_t thread;
  void *got;
  pthread_create(&thread, NULL, result, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'result' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, &got);
  return got == PTHREAD_CANCELED;
}

// Threads of one function, in an array, are one change.
static void *member(void *arg) {
  sleep(100);
  return arg;
}
static pthread_t members[4];
void start_members(void) {
  for (int i = 0; i < 3; ++i)
    pthread_create(&members[i], NULL, member, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:5: warning: thread 'member' can be asked to stop instead of being cancelled [thread-stop-migrate]
  // CHECK-MESSAGES: [[@LINE+1]]:3: note: together with the thread created here
  pthread_create(members + 3, NULL, member, NULL);
  // CHECK-MESSAGES: [[@LINE+4]]:5: note: the request takes the place of this cancel
}
void stop_members(void) {
  for (int i = 0; i < 4; ++i)
    pthread_cancel(members[i]);
}
// CHECK-FIXES-LABEL: {{^}}static void *member(void *arg) {
// CHECK-FIXES: {{^}}  if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}    return NULL;{{$}}
// CHECK-FIXES-LABEL: {{^}}void start_members(void) {
// CHECK-FIXES: {{^}}    thread_stop_create(&members[i], NULL, member, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_create(members + 3, NULL, member, NULL);{{$}}
// CHECK-FIXES-LABEL: {{^}}void stop_members(void) {
// CHECK-FIXES: {{^}}    thread_stop_request(members[i]);{{$}}

// ---- stays silent (a reason per case) ----

// Nobody cancels it.
void run_to_its_end(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, member, NULL);
  pthread_join(thread, NULL);
}

// The thread itself.
void end_myself(void) { pthread_cancel(pthread_self()); }
