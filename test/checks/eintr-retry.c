// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check_tidy %s thread-stop-eintr-retry %t

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

void use(const void *data, ssize_t n);

static volatile sig_atomic_t quit;
static atomic_bool stopping;

static void on_term(int sig) {
  (void)sig;
  quit = 1;
}

void install(void) {
  struct sigaction sa = {.sa_handler = on_term};
  sigaction(SIGTERM, &sa, NULL);
}

// ---- fires ----

void by_do(int fd) {
  char c;
  ssize_t n;
  while (!quit) {
    do {
      n = read(fd, &c, 1);
    } while (n < 0 && errno == EINTR);
// CHECK-NOTES: [[@LINE-1]]:23: warning: 'read' is retried after the stop signal without a look at 'quit' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE-5]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-19]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-15]]:3: note: the handler is installed here
// CHECK-FIXES: {{^}}    } while (n < 0 && errno == EINTR && !quit);{{$}}
    use(&c, n);
  }
}

void by_while(int fd) {
  char c;
  ssize_t n;
  while (!quit) {
    while ((n = read(fd, &c, 1)) < 0 && (errno == EAGAIN || errno == EINTR))
// CHECK-NOTES: [[@LINE-1]]:61: warning: 'read' is retried after the stop signal without a look at 'quit' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-33]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-29]]:3: note: the handler is installed here
      continue;
    use(&c, n);
  }
}

void by_macro(int fd) {
  char c;
  while (!quit)
    use(&c, TEMP_FAILURE_RETRY(read(fd, &c, 1)));
// CHECK-NOTES: [[@LINE-1]]:13: warning: 'read' is retried after the stop signal without a look at 'quit' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE-3]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-46]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-42]]:3: note: the handler is installed here
}

void by_goto(int fd) {
  char c;
  while (!quit) {
  again:;
    ssize_t n = read(fd, &c, 1);
    if (n < 0 && errno == EINTR)
// CHECK-NOTES: [[@LINE-1]]:18: warning: 'read' is retried after the stop signal without a look at 'quit' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE-5]]:10: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-58]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-54]]:3: note: the handler is installed here
      goto again;
    use(&c, n);
  }
}

void by_continue(struct pollfd *entry) {
  for (;;) {
    int n = poll(entry, 1, -1);
    if (n < 0) {
      if (errno != EINTR)
// CHECK-NOTES: [[@LINE-1]]:11: warning: 'poll' is retried after the stop signal without a look at 'quit' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE+6]]:9: note: 'quit' is tested here
// CHECK-NOTES: [[@LINE-72]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-68]]:3: note: the handler is installed here
        return;
      continue;
    }
    if (quit)
      return;
    use(entry, n);
  }
}

static ssize_t recv_retry(int fd, void *to, size_t len) {
  ssize_t n;
  do
    n = recv(fd, to, len, 0);
  while (n == -1 && errno == EINTR);
// CHECK-NOTES: [[@LINE-1]]:21: warning: 'recv' is retried after the stop signal without a look at 'stopping' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE+8]]:10: note: 'stopping' is tested here
// CHECK-NOTES: [[@LINE+13]]:3: note: it is set here
// CHECK-NOTES: [[@LINE+13]]:3: note: the signal is sent here
  return n;
}

void *by_helper(void *arg) {
  char data[64];
  while (!atomic_load(&stopping))
    use(data, recv_retry(*(int *)arg, data, sizeof data));
  return NULL;
}

void stop(pthread_t t) {
  atomic_store(&stopping, true);
  pthread_kill(t, SIGUSR1);
}

// Before the loop that tests the flag.
struct server {
  volatile sig_atomic_t done;
  int client;
};
static struct server server;

static void on_int(int sig) {
  (void)sig;
  server.done = 1;
}

void install_on_int(void) {
  struct sigaction sa = {.sa_handler = on_int};
  sigaction(SIGINT, &sa, NULL);
}

void first_client(int listener) {
  do {
    server.client = accept(listener, NULL, NULL);
  } while (server.client < 0 && errno == EINTR);
// CHECK-NOTES: [[@LINE-1]]:33: warning: 'accept' is retried after the stop signal without a look at 'done' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE+4]]:10: note: 'done' is tested here
// CHECK-NOTES: [[@LINE-14]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-10]]:3: note: the handler is installed here
// CHECK-FIXES: {{^}}  } while (server.client < 0 && errno == EINTR && !server.done);{{$}}
  while (!server.done)
    sleep(1);
}

// The variable of the test is not there yet.
void no_name_yet(int listener) {
  int client;
  do {
    client = accept(listener, NULL, NULL);
  } while (client < 0 && errno == EINTR);
// CHECK-NOTES: [[@LINE-1]]:26: warning: 'accept' is retried after the stop signal without a look at 'done' [thread-stop-eintr-retry]
// CHECK-NOTES: [[@LINE+5]]:10: note: 'done' is tested here
// CHECK-NOTES: [[@LINE-29]]:3: note: the signal handler sets it here
// CHECK-NOTES: [[@LINE-25]]:3: note: the handler is installed here
// CHECK-FIXES: {{^}}  } while (client < 0 && errno == EINTR);{{$}}
  struct server *own = &server;
  while (!own->done)
    sleep(1);
}

// ---- stays silent ----

// The flag is looked at.
void tested(int fd) {
  char c;
  ssize_t n;
  while (!quit) {
    do {
      n = read(fd, &c, 1);
    } while (n < 0 && errno == EINTR && !quit);
    if (n < 0 && errno == EINTR)
      continue;
    use(&c, n);
  }
}

// Does not wait, or not for ever.
void finite(int fd, struct pollfd *entry) {
  char c;
  ssize_t n;
  while (!quit) {
    do {
      n = recv(fd, &c, 1, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    do {
      n = poll(entry, 1, 500);
    } while (n < 0 && errno == EINTR);
    use(&c, n);
  }
}

// Nothing here is to stop.
ssize_t plain_retry(int fd, void *to, size_t len) {
  ssize_t n;
  do
    n = read(fd, to, len);
  while (n < 0 && errno == EINTR);
  return n;
}
