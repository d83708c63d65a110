// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: a member of the object is in a list, so others find it.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
struct link {
  struct link *next;
};
struct request {
  int id;
  struct link link;
};
static struct link pending;
static void add(struct link *to, struct link *l) {
  l->next = to->next;
  to->next = l;
}
static void *send_request(void *arg) {
  struct request *r = malloc(sizeof *r);
  if (r == NULL)
    return NULL;
  r->id = 1;
  add(&pending, &r->link);
  if (write(1, &r->id, sizeof r->id) < 0)
    pending.next = NULL;
  return arg;
}
int main(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, send_request, NULL) != 0)
    return 1;
  pthread_cancel(t); // expect: thread-stop-pthread-cancel
  return pthread_join(t, NULL);
}
