// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread in the code of a library that knows nothing of threads that stop.
//
// The cancel ends it in the library, whose lock stays locked: nobody can use
// the library any more. See docs/runtime/migration.md.
//
// Build: cc -pthread foreign_code_before.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
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

static void *look_up(void *argument) {
  sem_post(&started);
  int answer = library_lookup(server[0]);
  if (answer >= 0)
    printf("answer %d\n", answer);
  return argument;
}

static int stop(pthread_t thread) {
  int error = pthread_cancel(thread);
  return error ? error : pthread_join(thread, NULL);
}

int main(void) {
  pthread_t thread;
  if (pipe(server) != 0 || sem_init(&started, 0, 0) != 0 ||
      pthread_create(&thread, NULL, look_up, NULL) != 0)
    return 2;
  sem_wait(&started);
  if (stop(thread) != 0)
    return 2;
  int usable = pthread_mutex_trylock(&library_lock) == 0;
  printf("stopped, library %s\n", usable ? "usable" : "locked");
  return usable ? 0 : 1;
}
