// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: whatever way leads to the wait, nothing is open there.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
static void *work(void *arg) {
  const char *name = arg;
  int fd = open("new", O_RDONLY);
  if (fd < 0) {
    if (name[0] != '\0')
      fd = open(name, O_RDONLY);
    if (fd < 0) {
      pause();
      return NULL;
    }
  }
  close(fd);
  return NULL;
}
int main(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, work, "old") != 0)
    return 1;
  pthread_cancel(t); // expect: thread-stop-pthread-cancel
  return pthread_join(t, NULL);
}
