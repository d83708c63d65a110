// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A critical section, made by switching cancellation off.
//
// A thread moves money between accounts and is cancelled half-way. Each
// function that must not be torn apart switches cancellation off, and puts back
// what it has found: so they can call each other, and the request waits until
// the outermost one is done.
//
// Expected: pthread-cancel, once. The critical sections are right, but a thread
// that is asked to stop needs none of them.
//
// Build: cc -pthread bank_transfer.c

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ANNA, BEN, BANK, ACCOUNTS };

static long balance[ACCOUNTS] = {1000, 1000, 0};
static sem_t half_done;

static long total(void) {
  long sum = 0;
  for (int i = 0; i < ACCOUNTS; ++i)
    sum += balance[i];
  return sum;
}

// Not torn apart: no request takes effect between the two lines.
static void transfer(int from, int to, long amount) {
  int old_state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
  balance[from] -= amount;
  balance[to] += amount;
  pthread_setcancelstate(old_state, NULL);
}

// A cancellation point, as any function that writes to a file.
static void audit(const char *text) {
  if (write(STDOUT_FILENO, text, strlen(text)) < 0)
    perror("write");
}

// The fee is on nobody's account while the transfer and the audit run.
static void transfer_with_fee(int from, int to, long amount, long fee) {
  int old_state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
  balance[from] -= fee;
  sem_post(&half_done);
  usleep(50 * 1000); // here the request comes
  transfer(from, to, amount);
  audit("transferred\n");
  balance[BANK] += fee;
  pthread_setcancelstate(old_state, NULL);
}

static void *clerk(void *unused) {
  (void)unused;
  for (;;) {
    transfer_with_fee(ANNA, BEN, 100, 5);
    pthread_testcancel(); // nothing is half-done: the request takes effect
  }
  return NULL;
}

int main(void) {
  pthread_t thread;
  long before = total();
  sem_init(&half_done, 0, 0);
  if (pthread_create(&thread, NULL, clerk, NULL) != 0)
    return 1;
  sem_wait(&half_done);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  sem_destroy(&half_done);
  printf("before %ld, after %ld, lost %ld\n", before, total(),
         before - total());
  return 0;
}
