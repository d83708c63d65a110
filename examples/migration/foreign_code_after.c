// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library's code runs in a child process, which can be ended at any time.
//
// The thread waits for the child. On a stop the child is killed and reaped; the
// lock that it held was a copy. See docs/runtime/migration.md.
//
// Build: cc -pthread foreign_code_after.c -lthread_stop

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <thread_stop.h>
#include <unistd.h>

// --- The library: in another file, and not to be changed ---------------------

static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

static int library_lookup(int server) {
  char answer;
  pthread_mutex_lock(&library_lock);
  ssize_t size = read(server, &answer, 1); // may take long
  pthread_mutex_unlock(&library_lock);
  return size == 1 ? answer : -1;
}

// --- The program -------------------------------------------------------------

static int server[2]; // a pipe: a server that does not answer
static sem_t started;

// In the child: what it returns, 0 to 255, is all that comes back.
static int look_up_isolated(void *argument) {
  int answer = library_lookup(*(int *)argument);
  return answer >= 0 && answer < 255 ? answer : 255;
}

static void *look_up(void *argument) {
  int status;
  sem_post(&started);
  int error = thread_stop_run_isolated(look_up_isolated, &server[0],
                                       /*grace_ms=*/100, &status);
  if (error == 0 && WIFEXITED(status) && WEXITSTATUS(status) != 255)
    printf("answer %d\n", WEXITSTATUS(status));
  return argument;
}

static int stop(pthread_t thread) { return thread_stop_join(thread, NULL); }

int main(void) {
  pthread_t thread;
  if (pipe(server) != 0 || sem_init(&started, 0, 0) != 0 ||
      thread_stop_create(&thread, NULL, look_up, NULL) != 0)
    return 2;
  sem_wait(&started);
  if (stop(thread) != 0)
    return 2;
  int usable = pthread_mutex_trylock(&library_lock) == 0;
  printf("stopped, library %s\n", usable ? "usable" : "locked");
  return usable ? 0 : 1;
}
