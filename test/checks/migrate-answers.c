// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Migrated threads that answer an error, or have no wait that a request ends.
// RUN: %check_tidy %s thread-stop-migrate %t -- -- -I%S/Inputs/migrate

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
// CHECK-FIXES: {{^}}#include <thread_stop.h>{{$}}

static int fd;
static void use(int value) { fd += value; }

// What an error is answered with is done to its end: no test in there.
static void *gives_back(void *arg) {
  char c, *memory = malloc(1);
  for (;;) {
    if (read(fd, &c, 1) <= 0) {
      write(2, "end", 3);
      free(memory);
      return arg;
    }
    use(c);
  }
}
// CHECK-FIXES-LABEL: {{^}}static void *gives_back(void *arg) {
// CHECK-FIXES: {{^}}    if (thread_stop_read(fd, &c, 1) <= 0) {{{$}}
// CHECK-FIXES-NEXT: {{^}}      thread_stop_write(2, "end", 3);{{$}}
// CHECK-FIXES-NEXT: {{^}}      free(memory);{{$}}
// CHECK-FIXES-NEXT: {{^}}      return arg;{{$}}
void run_gives_back(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, gives_back, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'gives_back' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_gives_back(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, gives_back, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// What the round has opened is closed before the next one asks.
static void *closes(void *arg) {
  for (;;) {
    char c;
    int in = dup(fd);
    while (read(in, &c, 1) > 0)
      use(c);
    close(in);
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *closes(void *arg) {
// CHECK-FIXES: {{^}}  for (;;) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    char c;{{$}}
// CHECK-FIXES-NEXT: {{^}}    int in = dup(fd);{{$}}
// CHECK-FIXES-NEXT: {{^}}    while (thread_stop_read(in, &c, 1) > 0){{$}}
// CHECK-FIXES-NEXT: {{^}}      use(c);{{$}}
// CHECK-FIXES-NEXT: {{^}}    close(in);{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
void run_closes(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, closes, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'closes' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_closes(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, closes, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// A helper that is called on the way out returns; its callers test.
static void say(const char *text) { write(2, text, 1); }
static void *says(void *arg) {
  char c, *memory = malloc(1);
  for (;;) {
    if (read(fd, &c, 1) < 0) {
      say("!");
      free(memory);
      return arg;
    }
    say(".");
  }
  return NULL;
}
// CHECK-FIXES-LABEL: {{^}}static void say(const char *text) { thread_stop_write(2, text, 1); }{{$}}
// CHECK-FIXES: {{^}}      say("!");{{$}}
// CHECK-FIXES-NEXT: {{^}}      free(memory);{{$}}
// CHECK-FIXES: {{^}}    say(".");{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
void run_says(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, says, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'says' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_says(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, says, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// -1 is no index: the thread ends before it is taken for one.
static void *terminates(void *arg) {
  char text[8];
  for (;;) {
    ssize_t n = read(fd, text, 7);
    if (n < 0)
      perror("read");
    text[n] = 0;
    if (write(fd, text, (size_t)n) < 0)
      break;
  }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *terminates(void *arg) {
// CHECK-FIXES: {{^}}    ssize_t n = thread_stop_read(fd, text, 7);{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (n < 0 && thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (n < 0){{$}}
void run_terminates(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, terminates, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'terminates' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_terminates(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, terminates, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// A flag that nobody clears, and a call without a form.
static volatile int running = 1;
static void *prints(void *arg) {
  while (running)
    printf("%d\n", fd);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *prints(void *arg) {
// CHECK-FIXES: {{^}}  while (running) {{{$}}
// CHECK-FIXES-NEXT: {{^}}    if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}      break;{{$}}
// CHECK-FIXES-NEXT: {{^}}    printf("%d\n", fd);{{$}}
// CHECK-FIXES-NEXT: {{^}}  }{{$}}
void run_prints(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, prints, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'prints' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_prints(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, prints, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// A loop that counts comes to its end.
static void *counts(void *arg) {
  for (int i = 0; i < 3; ++i)
    puts("...");
  sleep(1);
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *counts(void *arg) {
// CHECK-FIXES: {{^}}  for (int i = 0; i < 3; ++i){{$}}
// CHECK-FIXES-NEXT: {{^}}    puts("...");{{$}}
// CHECK-FIXES-NEXT: {{^}}  thread_stop_sleep(1);{{$}}
void run_counts(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, counts, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'counts' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_counts(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, counts, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}

// Code in the same line is not part of the test.
static void *in_one_line(void *arg) {
  for (;;) { sleep(1); use(1); }
  return arg;
}
// CHECK-FIXES-LABEL: {{^}}static void *in_one_line(void *arg) {
// CHECK-FIXES: {{^}}  for (;;) { thread_stop_sleep(1);{{$}}
// CHECK-FIXES-NEXT: {{^}}  if (thread_stop_requested()){{$}}
// CHECK-FIXES-NEXT: {{^}}    break;{{$}}
// CHECK-FIXES-NEXT: {{^}}   use(1); }{{$}}
void run_in_one_line(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_one_line, NULL);
  // CHECK-MESSAGES: [[@LINE-1]]:3: warning: thread 'in_one_line' can be asked to stop instead of being cancelled [thread-stop-migrate]
  pthread_cancel(thread);
  pthread_join(thread, NULL);
}
// CHECK-FIXES-LABEL: {{^}}void run_in_one_line(void) {
// CHECK-FIXES: {{^}}  thread_stop_create(&thread, NULL, in_one_line, NULL);{{$}}
// CHECK-FIXES: {{^}}  thread_stop_request(thread);{{$}}
// CHECK-FIXES-NEXT: {{^}}  pthread_join(thread, NULL);{{$}}
