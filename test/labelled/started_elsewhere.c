// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: a start routine, though its thread is created in another file and its
// parameter has a type: it disables for its whole life.
#include <pthread.h>
#include <unistd.h>
struct stream {
  int fd;
};
void stream_release(void *s);
long stream_read(struct stream *s, char *to, unsigned long size);
void *encoder_thread(struct stream *s) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_cleanup_push(stream_release, s);
  char buffer[64];
  for (;;)
    if (stream_read(s, buffer, sizeof buffer) <= 0)
      break;
  pthread_cleanup_pop(1);
  return NULL;
}
