// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: no thread is cancelled here, and the number is one of several.
#include <pthread.h>
#include <stdio.h>
static int failed;
static void *work(void *arg) {
  if (failed)
    pthread_exit((void *)1);
  return NULL;
}
int main(void) {
  pthread_t t;
  void *result;
  if (pthread_create(&t, NULL, work, NULL) != 0)
    return 1;
  if (pthread_join(t, &result) != 0)
    return 1;
  if ((long)result == 1)
    puts("unresolved");
  else if ((long)result == -1)
    puts("failed");
  return 0;
}
