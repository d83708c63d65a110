// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// read(), readv(), write(), writev(): results other than ECANCELED.

#include "check.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

enum { LARGE = 1 << 20 };
static char out[LARGE], in[LARGE];

static int ends[2];

static void *reader(void *argument) {
  size_t *total = argument;
  ssize_t length;
  while ((length = read(ends[0], in, 3000)) > 0)
    *total += (size_t)length;
  return NULL;
}

// A blocking descriptor takes everything, as with write().
static void all_is_written(bool socket, bool vector) {
  pthread_t thread;
  size_t total = 0;
  struct iovec parts[40];
  if (socket)
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  else
    CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(pthread_create(&thread, NULL, reader, &total), 0);
  for (int i = 0; i < 40; ++i)
    parts[i] = (struct iovec){out + i * 1000, (size_t)(i % 3) * 20000};
  if (vector)
    CHECK_EQ(thread_stop_writev(ends[1], parts, 40), 780000);
  else
    CHECK_EQ(thread_stop_write(ends[1], out, LARGE), LARGE);
  close(ends[1]);
  CHECK_EQ(pthread_join(thread, NULL), 0);
  CHECK_EQ(total, vector ? 780000 : LARGE);
  close(ends[0]);
}

// A stop after a part of it: the length of the part, then ECANCELED.
static void *partial_writer(void *argument) {
  ssize_t length = thread_stop_write(ends[1], out, LARGE);
  CHECK(length > 0 && length < LARGE);
  CHECK_ERRNO(thread_stop_write(ends[1], out, 1), ECANCELED);
  *(size_t *)argument = (size_t)length;
  return NULL;
}

static void part_is_counted(void) {
  pthread_t thread;
  size_t length = 0, total = 0;
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, partial_writer, &length), 0);
  CHECK_EQ(read(ends[0], in, 1000), 1000);
  check_pause_ms(20);
  CHECK_EQ(thread_stop_join(thread, NULL), 0);
  close(ends[1]);
  reader(&total);
  CHECK_EQ(total + 1000, length);
  close(ends[0]);
}

static void without_blocking(void) {
  char byte;
  ssize_t length, total = 0;
  struct iovec vector = {&byte, 1};
  CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
  CHECK_ERRNO(thread_stop_read(ends[0], &byte, 1), EAGAIN);
  CHECK_ERRNO(thread_stop_readv(ends[0], &vector, 1), EAGAIN);
  while ((length = thread_stop_write(ends[1], out, 50000)) > 0)
    total += length;
  CHECK_EQ(errno, EAGAIN);
  CHECK(total >= 4096);
  CHECK_ERRNO(thread_stop_writev(ends[1], &vector, 1), EAGAIN);
  close(ends[1]);
  while ((length = thread_stop_read(ends[0], in, 7000)) > 0)
    total -= length;
  CHECK_EQ(length, 0);
  CHECK_EQ(total, 0);
  close(ends[0]);
}

static void short_counts_and_ends(void) {
  struct iovec two[2] = {{in, 2}, {in + 2, 10}};
  CHECK_EQ(pipe(ends), 0);
  CHECK_EQ(thread_stop_write(ends[1], "abcde", 5), 5);
  CHECK_EQ(thread_stop_write(ends[1], "", 0), 0);
  CHECK_EQ(thread_stop_read(ends[0], in, 100), 5);
  CHECK(memcmp(in, "abcde", 5) == 0);
  CHECK_EQ(write(ends[1], "fghij", 5), 5);
  CHECK_EQ(thread_stop_readv(ends[0], two, 2), 5);
  CHECK(memcmp(in, "fghij", 5) == 0);
  CHECK_EQ(thread_stop_read(ends[0], in, 0), 0);
  CHECK_ERRNO(thread_stop_read(ends[1], in, 1), EBADF);
  CHECK_ERRNO(thread_stop_write(ends[0], in, 1), EBADF);
  CHECK_ERRNO(thread_stop_read(-1, in, 1), EBADF);
  CHECK_ERRNO(thread_stop_readv(ends[0], two, -1), EINVAL);
  CHECK_ERRNO(thread_stop_writev(ends[1], two, -1), EINVAL);
  close(ends[1]);
  CHECK_EQ(thread_stop_read(ends[0], in, 1), 0);
  CHECK_EQ(pipe(ends), 0);
  close(ends[0]);
  CHECK_ERRNO(thread_stop_write(ends[1], in, 1), EPIPE);
  close(ends[1]);
}

// Files are read and written in whole, also where they are not in memory.
static void files(void) {
  char path[] = "/tmp/thread-stop-XXXXXX";
  struct iovec two[2] = {{in, 100000}, {in + 100000, LARGE - 100000}};
  int fd = mkstemp(path);
  CHECK(fd >= 0);
  for (int i = 0; i < LARGE; ++i)
    out[i] = (char)(i * 31 / 7);
  CHECK_EQ(thread_stop_write(fd, out, LARGE), LARGE);
  CHECK_EQ(fsync(fd), 0);
  for (int round = 0; round < 2; ++round) {
    memset(in, 0, LARGE);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    // The beginning is in memory again, the rest is not.
    CHECK_EQ(pread(fd, in, 1, 0), 1);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    if (round == 0)
      CHECK_EQ(thread_stop_read(fd, in, LARGE), LARGE);
    else
      CHECK_EQ(thread_stop_readv(fd, two, 2), LARGE);
    CHECK(memcmp(in, out, LARGE) == 0);
    CHECK_EQ(thread_stop_read(fd, in, 1), 0);
  }
  CHECK_EQ(lseek(fd, LARGE - 10, SEEK_SET), LARGE - 10);
  CHECK_EQ(thread_stop_read(fd, in, 100), 10);
  two[0].iov_base = two[1].iov_base = out;
  two[0].iov_len = two[1].iov_len = 50;
  CHECK_EQ(thread_stop_writev(fd, two, 2), 100);
  CHECK_EQ(lseek(fd, 0, SEEK_CUR), LARGE + 100);
  close(fd);
  unlink(path);
  fd = open("/tmp", O_RDONLY);
  CHECK_ERRNO(thread_stop_read(fd, in, 1), EISDIR);
  close(fd);
  fd = open("/proc/self/stat", O_RDONLY);
  CHECK(thread_stop_read(fd, in, 100) > 10);
  close(fd);
  fd = open("/dev/null", O_RDWR);
  CHECK_EQ(thread_stop_write(fd, out, 1000), 1000);
  CHECK_EQ(thread_stop_read(fd, in, 1), 0);
  close(fd);
}

// Descriptors that are neither files nor streams.
static void others(void) {
  struct itimerspec soon = {{0, 0}, {0, 20000000}};
  uint64_t count = 3;
  int fd = eventfd(0, EFD_CLOEXEC), timer, terminal, slave;
  CHECK_EQ(thread_stop_write(fd, &count, 8), 8);
  CHECK_EQ(thread_stop_read(fd, &count, 8), 8);
  CHECK_EQ(count, 3);
  count = UINT64_MAX;
  CHECK_ERRNO(thread_stop_write(fd, &count, 8), EINVAL);
  close(fd);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  CHECK_EQ(timerfd_settime(timer, 0, &soon, NULL), 0);
  CHECK_EQ(thread_stop_read(timer, &count, 8), 8);
  CHECK_EQ(count, 1);
  close(timer);
  terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
    return;
  slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  CHECK(slave >= 0);
  CHECK_EQ(thread_stop_write(terminal, "line\n", 5), 5);
  CHECK_EQ(thread_stop_read(slave, in, 100), 5);
  CHECK_EQ(thread_stop_write(slave, "answer", 6), 6);
  CHECK(thread_stop_read(terminal, in, 100) > 0);
  close(slave);
  close(terminal);
}

// Several readers of one pipe: nobody hangs with data that is not there.
static atomic_int received;
static void *one_of_many(void *argument) {
  char byte;
  (void)argument;
  while (thread_stop_read(ends[0], &byte, 1) == 1)
    atomic_fetch_add(&received, 1);
  CHECK_EQ(errno, ECANCELED);
  return NULL;
}

static void many_readers(void) {
  pthread_t threads[4];
  CHECK_EQ(pipe(ends), 0);
  for (int i = 0; i < 4; ++i)
    CHECK_EQ(thread_stop_create(&threads[i], NULL, one_of_many, NULL), 0);
  for (int i = 0; i < 20000; ++i)
    CHECK_EQ(write(ends[1], "x", 1), 1);
  while (atomic_load(&received) < 20000)
    check_pause_ms(1);
  for (int i = 0; i < 4; ++i)
    CHECK_EQ(thread_stop_join(threads[i], NULL), 0);
  CHECK_EQ(atomic_load(&received), 20000);
  close(ends[0]);
  close(ends[1]);
}

int main(int argc, char **argv) {
  check_begin(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  for (int attached = 0; attached < 2; ++attached) {
    if (attached)
      CHECK_EQ(thread_stop_attach(), 0);
    all_is_written(false, false);
    all_is_written(false, true);
    all_is_written(true, false);
    all_is_written(true, true);
    without_blocking();
    short_counts_and_ends();
    files();
    others();
  }
  part_is_counted();
  many_readers();
  return 0;
}
