// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// pthread_cancel() and the library: no call of an attached thread is a
// cancellation point, whether it waits or not, and none leaks or keeps a lock
// when a cancel is pending.

#include "calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int open_descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(directory))
    ++count;
  closedir(directory);
  return count;
}

// A cancel is pending from here on; the thread must end in its own way.
static void cancel_self(void) { pthread_cancel(pthread_self()); }

static void *survive(void) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  CHECK_EQ(state, PTHREAD_CANCEL_ENABLE); // put back by the call
  return NULL;
}

static void join_survivor(pthread_t thread, const char *name) {
  void *result;
  CHECK_EQ(pthread_join(thread, &result), 0);
  if (result == PTHREAD_CANCELED)
    fprintf(stderr, "cancelled in: %s\n", name);
  CHECK(result != PTHREAD_CANCELED);
}

// --- Calls that wait
// -----------------------------------------------------------

struct job {
  const struct call *call;
  struct blockers *blockers;
  int error;
};

static void *waits(void *argument) {
  struct job *job = argument;
  cancel_self();
  job->error = job->call->run(job->blockers);
  return survive();
}

static void waiting_calls(void) {
  struct blockers blockers;
  blockers_open(&blockers);
  for (size_t i = 0; i < call_count; ++i) {
    struct job job = {.call = &calls[i], .blockers = &blockers};
    pthread_t thread;
    CHECK_EQ(thread_stop_create(&thread, NULL, waits, &job), 0);
    check_pause_ms(3);
    CHECK_EQ(thread_stop_request(thread), 0);
    join_survivor(thread, calls[i].name);
    CHECK_EQ(job.error, ECANCELED);
  }
  blockers_close(&blockers);
}

// --- Calls that do not wait
// ----------------------------------------------------

static int ends[2], pair[2], file, listener, epoll;
static struct sockaddr_in address;
static char bytes[3000];
static struct timespec moment = {0, 1000000};
static const struct timespec past = {1, 0};
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pid_t child;

static struct iovec one_byte(void) {
  static char byte[2];
  return (struct iovec){byte, 1};
}

static void do_poll(void) {
  struct pollfd fd = {ends[0], POLLIN, 0};
  CHECK_EQ(thread_stop_poll(&fd, 1, 0), 1);
  CHECK_EQ(thread_stop_poll(&fd, 1, -1), 1);
}
static void do_select(void) {
  struct timeval none = {0, 1};
  CHECK_EQ(thread_stop_select(0, NULL, NULL, NULL, &none), 0);
  CHECK_EQ(thread_stop_pselect(0, NULL, NULL, NULL, &moment, NULL), 0);
}
static void do_epoll_wait(void) {
  struct epoll_event event;
  CHECK_EQ(thread_stop_epoll_wait(epoll, &event, 1, -1), 1);
}
static void do_read(void) {
  struct iovec vector = one_byte();
  CHECK_EQ(thread_stop_read(ends[0], bytes, 1), 1);
  CHECK_EQ(thread_stop_read(pair[0], bytes, 1), 1);
  CHECK_EQ(thread_stop_readv(ends[0], &vector, 1), 1);
}
static void do_read_part(void) {
  CHECK(thread_stop_read(ends[0], bytes, sizeof bytes) > 0);
  CHECK(thread_stop_read(pair[0], bytes, sizeof bytes) > 0);
  CHECK_EQ(thread_stop_write(ends[1], bytes, 100), 100);
  CHECK_EQ(thread_stop_write(pair[1], bytes, 100), 100);
}
static void do_read_file(void) {
  CHECK_EQ(thread_stop_read(file, bytes, 1), 1);
  CHECK_EQ(thread_stop_read(file, bytes, 10), 4);
}
static void do_write_file(void) {
  struct iovec vector = one_byte();
  CHECK_EQ(thread_stop_write(file, bytes, 1), 1);
  CHECK_EQ(thread_stop_writev(file, &vector, 1), 1);
}
static void do_read_nothing(void) {
  CHECK_ERRNO(thread_stop_readv(ends[0], NULL, -1), EINVAL);
  CHECK_ERRNO(thread_stop_writev(ends[1], NULL, -1), EINVAL);
}
static void do_recv(void) {
  struct iovec vector = one_byte();
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  CHECK_EQ(thread_stop_recv(pair[0], bytes, 1, 0), 1);
  CHECK_EQ(thread_stop_recv(pair[0], bytes, 2, MSG_WAITALL), 2);
  CHECK_EQ(thread_stop_recv(pair[0], bytes, 1, MSG_DONTWAIT), 1);
  CHECK_EQ(thread_stop_recvmsg(pair[0], &message, 0), 1);
  CHECK_EQ(thread_stop_recvmsg(pair[0], &message, MSG_DONTWAIT), 1);
}
static void do_send(void) {
  struct iovec vector = one_byte();
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  CHECK_EQ(thread_stop_send(pair[1], bytes, 1, 0), 1);
  CHECK_EQ(thread_stop_send(pair[1], bytes, 1, MSG_DONTWAIT), 1);
  CHECK_EQ(thread_stop_sendmsg(pair[1], &message, 0), 1);
}
static int accepted, connecting;
static void do_accept(void) {
  accepted = thread_stop_accept(listener, NULL, NULL);
  CHECK(accepted >= 0);
  CHECK_ERRNO(thread_stop_accept(ends[0], NULL, NULL), ENOTSOCK);
}
static void do_connect(void) {
  CHECK_ERRNO(thread_stop_connect(connecting, (struct sockaddr *)&address,
                                  sizeof address),
              EISCONN);
}
static void do_sleep(void) {
  CHECK_EQ(thread_stop_nanosleep(&moment, NULL), 0);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL), 0);
  CHECK_EQ(thread_stop_clock_nanosleep(CLOCK_BOOTTIME, 0, &moment, NULL), 0);
  CHECK_EQ(thread_stop_clock_nanosleep(12345, 0, &moment, NULL), EINVAL);
  CHECK_EQ(thread_stop_sleep(0), 0);
}
static void do_waitpid(void) {
  CHECK_ERRNO(thread_stop_waitpid(getpid(), NULL, 0), ECHILD);
  while (thread_stop_waitpid(child, NULL, WNOHANG) == 0)
    sched_yield();
}
static void do_sem_wait(void) { CHECK_EQ(thread_stop_sem_wait(&semaphore), 0); }
static void do_cond_wait(void) {
  pthread_mutex_lock(&mutex);
  CHECK_EQ(thread_stop_cond_timedwait(&condition, &mutex, &past), ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
}
static int seven(void *argument) {
  (void)argument;
  return 7;
}
static void do_isolated(void) {
  int status;
  CHECK_EQ(thread_stop_run_isolated(seven, NULL, 0, &status), 0);
  CHECK_EQ(WEXITSTATUS(status), 7);
}
static void *end_at_once(void *argument) { return argument; }
static void do_create(void) {
  pthread_t thread;
  int state;
  CHECK_EQ(thread_stop_create(&thread, NULL, end_at_once, NULL), 0);
  CHECK_EQ(thread_stop_attach(), 0);
  CHECK_EQ(thread_stop_detach(), 0);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  CHECK_EQ(pthread_join(thread, NULL), 0);
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
}
static void do_detach(void) {
  CHECK_EQ(thread_stop_request(pthread_self()), 0);
  CHECK_EQ(thread_stop_detach(), 0);
  CHECK_EQ(thread_stop_request(pthread_self()), ESRCH);
}

static const struct {
  const char *name;
  void (*run)(void);
} ready[] = {
    {"poll", do_poll},
    {"select", do_select},
    {"epoll_wait", do_epoll_wait},
    {"read", do_read},
    {"read of a part", do_read_part},
    {"read of a file", do_read_file},
    {"write to a file", do_write_file},
    {"readv of nothing", do_read_nothing},
    {"recv", do_recv},
    {"send", do_send},
    {"accept", do_accept},
    {"connect", do_connect},
    {"sleep", do_sleep},
    {"waitpid", do_waitpid},
    {"sem_wait", do_sem_wait},
    {"cond_timedwait", do_cond_wait},
    {"run_isolated", do_isolated},
    {"create", do_create},
    {"detach", do_detach},
};

static void *does_not_wait(void *argument) {
  cancel_self();
  ready[*(size_t *)argument].run();
  return survive();
}

static void open_all(void) {
  char path[] = "/tmp/thread-stop-XXXXXX";
  struct epoll_event event = {.events = EPOLLIN};
  socklen_t length = sizeof address;
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(write(ends[1], bytes, 1000), 1000);
  CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  CHECK_EQ(write(pair[1], bytes, 1000), 1000);
  file = mkstemp(path);
  CHECK(file >= 0 && write(file, "hello", 5) == 5);
  CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
  unlink(path);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), 0);
  CHECK_EQ(sem_init(&semaphore, 0, 1), 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_EQ(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  CHECK_EQ(listen(listener, 4), 0);
  CHECK_EQ(getsockname(listener, (struct sockaddr *)&address, &length), 0);
  connecting = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_EQ(connect(connecting, (struct sockaddr *)&address, sizeof address), 0);
  CHECK_EQ(fcntl(connecting, F_SETFL, O_NONBLOCK), 0);
  child = fork();
  if (child == 0)
    _exit(0);
}

static void close_all(void) {
  const int all[] = {ends[0], ends[1],  pair[0],    pair[1], file,
                     epoll,   listener, connecting, accepted};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
    close(all[i]);
}

static void ready_calls(void) {
  open_all();
  for (size_t i = 0; i < sizeof ready / sizeof ready[0]; ++i) {
    pthread_t thread;
    int before = open_descriptors();
    accepted = -1;
    printf("%s\n", ready[i].name);
    fflush(stdout);
    CHECK_EQ(thread_stop_create(&thread, NULL, does_not_wait, &i), 0);
    join_survivor(thread, ready[i].name);
    if (accepted >= 0)
      close(accepted);
    CHECK_EQ(open_descriptors(), before);
  }
  close_all();
}

// --- A requester that is cancelled
// ---------------------------------------------

static void *sleeps(void *argument) {
  thread_stop_sleep(1000);
  return argument;
}

static void *requests(void *argument) {
  cancel_self();
  CHECK_EQ(thread_stop_request(*(pthread_t *)argument), 0);
  return survive();
}

// The lock that a request takes is free again, and the signals are let in.
static void cancelled_requester(void) {
  pthread_t target, requester;
  CHECK_EQ(thread_stop_create(&target, NULL, sleeps, NULL), 0);
  CHECK_EQ(pthread_create(&requester, NULL, requests, &target), 0);
  join_survivor(requester, "thread_stop_request");
  CHECK_EQ(thread_stop_join(target, NULL), 0);
}

int main(int argc, char **argv) {
  check_begin(argc, argv);
  cancelled_requester();
  ready_calls();
  waiting_calls();
  return 0;
}
