// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that begin and end while stops are requested; errors of creation,
// attaching and joining.

#include "check.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>

static int open_descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(directory))
    ++count;
  closedir(directory);
  return count;
}

static int pipe_ends[2];

static void *blocked(void *argument) {
  char byte;
  (void)argument;
  return (void *)(intptr_t)(thread_stop_read(pipe_ends[0], &byte, 1) == -1
                                ? errno
                                : 0);
}

static void *at_once(void *argument) { return argument; }

static void initialisation(void) {
  int signo = thread_stop_signal();
  CHECK(signo != 0 || thread_stop_init(0) == 0);
  signo = thread_stop_signal();
  CHECK(signo == SIGURG || signo == THREAD_STOP_EVENTFD);
  CHECK_EQ(thread_stop_init(0), 0);
  CHECK_EQ(thread_stop_init(signo), 0);
  CHECK_EQ(thread_stop_init(SIGUSR2), EBUSY);
  CHECK_EQ(thread_stop_init(SIGKILL), EINVAL);
  CHECK_EQ(thread_stop_init(SIGSEGV), EINVAL);
  CHECK_EQ(thread_stop_init(-2), EINVAL);
  CHECK_EQ(thread_stop_init(33), EINVAL);
  CHECK_EQ(thread_stop_init(1000), EINVAL);
}

// A request that comes before the thread has run is not lost.
static void immediate_requests(void) {
  for (int i = 0; i < check_rounds(2000); ++i) {
    pthread_t thread;
    void *result;
    CHECK_EQ(thread_stop_create(&thread, NULL, blocked, NULL), 0);
    CHECK_EQ(thread_stop_request(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ((intptr_t)result, ECANCELED);
  }
}

// 100,000 requests and more to threads that end in the middle of them. Each is
// told to end after its own number of requests: how many threads that takes
// does not depend on how fast the machine ends one.
static sem_t may_end;
static void *ends_when_told(void *argument) {
  while (sem_wait(&may_end) != 0)
    continue;
  return argument;
}

static void ending_threads(void) {
  long requests = 0, most = check_rounds(100000);
  CHECK_EQ(sem_init(&may_end, 0, 0), 0);
  for (int i = 0; i < check_rounds(1000) || requests < most; ++i) {
    pthread_t thread;
    int error, count = 0;
    CHECK_EQ(thread_stop_create(&thread, NULL, ends_when_told, NULL), 0);
    do {
      error = thread_stop_request(thread);
      if (count++ == i % 200)
        CHECK_EQ(sem_post(&may_end), 0);
    } while (error == 0);
    CHECK_EQ(error, ESRCH);
    requests += count;
    CHECK_EQ(pthread_join(thread, NULL), 0);
  }
  CHECK_EQ(sem_destroy(&may_end), 0);
}

static atomic_bool done, seen;
static void *attach_and_detach(void *argument) {
  (void)argument;
  for (int i = 0; i < check_rounds(5000) || !atomic_load(&seen); ++i) {
    CHECK_EQ(thread_stop_attach(), 0);
    if (i % 16 == 0) {
      struct timespec moment = {0, 1000};
      int result = thread_stop_nanosleep(&moment, NULL);
      CHECK(result == 0 || errno == ECANCELED);
    }
    CHECK_EQ(thread_stop_detach(), 0);
    CHECK(!thread_stop_requested());
  }
  atomic_store(&done, true);
  return NULL;
}

static void attaching_threads(void) {
  pthread_t thread;
  atomic_store(&done, false);
  CHECK_EQ(pthread_create(&thread, NULL, attach_and_detach, NULL), 0);
  while (!atomic_load(&done)) {
    int error = thread_stop_request(thread);
    CHECK(error == 0 || error == ESRCH);
    if (error == 0)
      atomic_store(&seen, true);
  }
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void *nested(void *argument) {
  sigset_t before, mask;
  (void)argument;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  CHECK_EQ(thread_stop_detach(), ESRCH);
  CHECK_EQ(thread_stop_request(pthread_self()), ESRCH);
  CHECK(!thread_stop_requested());
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK(thread_stop_requested()); // the outer one still counts
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK(!thread_stop_requested());
  CHECK_EQ(thread_stop_detach(), ESRCH);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  for (int signo = 1; signo < 32; ++signo)
    CHECK_EQ(sigismember(&mask, signo), sigismember(&before, signo));
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK(!thread_stop_requested()); // anew
  return NULL;                     // ends attached
}

static void nesting(void) {
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, NULL, nested, NULL), 0);
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void joining(void) {
  struct timespec soon;
  pthread_t thread;
  void *result = NULL;
  CHECK_EQ(thread_stop_create(&thread, NULL, blocked, NULL), 0);
  CHECK_EQ(thread_stop_join(thread, &result), 0);
  CHECK_EQ((intptr_t)result, ECANCELED);
  // One that is not attached cannot be stopped, but is joined.
  CHECK_EQ(pthread_create(&thread, NULL, at_once, pipe_ends), 0);
  CHECK_EQ(thread_stop_request(thread), ESRCH);
  CHECK_EQ(thread_stop_join(thread, &result), 0);
  CHECK(result == pipe_ends);
  CHECK_EQ(thread_stop_join(pthread_self(), NULL), EDEADLK);
  clock_gettime(CLOCK_REALTIME, &soon);
  CHECK_EQ(thread_stop_timedjoin(pthread_self(), NULL, &soon), EDEADLK);
}

static atomic_bool go_on;
static void *stubborn(void *argument) {
  while (!atomic_load(&go_on))
    check_pause_ms(1);
  CHECK(thread_stop_requested());
  return argument;
}

static void timed_joining(void) {
  struct timespec until;
  pthread_t thread;
  void *result = NULL;
  atomic_store(&go_on, false);
  CHECK_EQ(thread_stop_create(&thread, NULL, stubborn, pipe_ends), 0);
  clock_gettime(CLOCK_REALTIME, &until);
  CHECK_EQ(thread_stop_timedjoin(thread, &result, &until), ETIMEDOUT);
  atomic_store(&go_on, true);
  until.tv_sec += 60;
  CHECK_EQ(thread_stop_timedjoin(thread, &result, &until), 0);
  CHECK(result == pipe_ends);
}

static void *ends_detached(void *argument) {
  sem_post(argument);
  return NULL;
}

static void detached_threads(void) {
  pthread_attr_t attributes;
  sem_t semaphore;
  CHECK_EQ(sem_init(&semaphore, 0, 0), 0);
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (int i = 0; i < check_rounds(1000); ++i) {
    // The id's memory is the thread's, which may free it at once.
    pthread_t *id = malloc(sizeof *id);
    CHECK_EQ(thread_stop_create(id, &attributes, ends_detached, &semaphore), 0);
    free(id);
    CHECK_EQ(sem_wait(&semaphore), 0);
  }
  pthread_attr_destroy(&attributes);
  check_pause_ms(50); // sem_destroy() must not come too early
  sem_destroy(&semaphore);
}

// While other destructors of thread-specific data run, a stop still comes.
static pthread_key_t key;
static atomic_int in_destructor;
static void destructor(void *argument) {
  (void)argument;
  atomic_store(&in_destructor, 1);
  while (!thread_stop_requested())
    check_pause_ms(1);
  atomic_store(&in_destructor, 2);
}

static void *with_destructor(void *argument) {
  pthread_setspecific(key, argument);
  pthread_exit(NULL);
}

static void destructors(void) {
  pthread_t thread;
  CHECK_EQ(pthread_key_create(&key, destructor), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, with_destructor, &key), 0);
  while (atomic_load(&in_destructor) != 1)
    check_pause_ms(1);
  CHECK_EQ(thread_stop_join(thread, NULL), 0);
  CHECK_EQ(atomic_load(&in_destructor), 2);
  pthread_key_delete(key);
}

static void failures(void) {
  struct rlimit limit, none;
  pthread_attr_t attributes;
  pthread_t thread;
  int before = open_descriptors();
  sigset_t mask, mask_before;
  pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
  pthread_attr_init(&attributes);
  // No address space has room for this stack.
  if (pthread_attr_setstacksize(&attributes, SIZE_MAX / 4) == 0) {
    int error = thread_stop_create(&thread, &attributes, at_once, NULL);
    CHECK(error == EAGAIN || error == ENOMEM || error == EINVAL);
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  CHECK_EQ(sigismember(&mask, SIGURG), sigismember(&mask_before, SIGURG));
  CHECK_EQ(open_descriptors(), before);
  if (!check_is_eventfd())
    return;
  CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  none = limit;
  none.rlim_cur = 0;
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, at_once, NULL), EMFILE);
  CHECK_EQ(thread_stop_attach(), EMFILE);
  CHECK_EQ(thread_stop_detach(), ESRCH);
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(int argc, char **argv) {
  int before;
  check_begin(argc, argv);
  CHECK_EQ(pipe(pipe_ends), 0);
  initialisation();
  before = open_descriptors();
  immediate_requests();
  ending_threads();
  attaching_threads();
  nesting();
  joining();
  timed_joining();
  detached_threads();
  destructors();
  failures();
  CHECK_EQ(open_descriptors(), before);
  return 0;
}
