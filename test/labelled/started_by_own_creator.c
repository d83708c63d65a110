// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent for the type: the routine is given to a creator of the project's own.
#include <pthread.h>
#include <unistd.h>
struct server {
  pthread_t thread;
  int stop, interval;
};
int server_thread_create(pthread_t *t, const pthread_attr_t *a, void *start,
                         void *arg, const char *name);
void server_dump(struct server *s);
static void *dump_thread(struct server *s) {
  int old;
  while (!s->stop) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sleep(s->interval);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    server_dump(s);
  }
  return NULL;
}
int server_start(struct server *s) {
  return server_thread_create(&s->thread, NULL, (void *)&dump_thread, s, "dump");
}
void server_stop(struct server *s) {
  s->stop = 1;
  pthread_cancel(s->thread); // expect: thread-stop-pthread-cancel
  pthread_join(s->thread, NULL);
}
