// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A critical section that ends too early: money is lost.
//
// As bank_transfer.c, but transfer() switches cancellation on at its end,
// whatever its caller had. So the critical section of transfer_with_fee() is
// over when transfer() returns, the request takes effect in the audit, and the
// fee is gone. And the clerk mixes up state and type.
//
// Expected: cancel-state-not-restored in transfer(), swapped-cancel-constant in
// clerk(), pthread-cancel in main().
//
// Build: cc -pthread bank_transfer_wrong.c

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

static void transfer(int from, int to, long amount) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  balance[from] -= amount;
  balance[to] += amount;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL); // wrong
}

// A cancellation point, as any function that writes to a file.
static void audit(const char *text) {
  if (write(STDOUT_FILENO, text, strlen(text)) < 0)
    perror("write");
}

static void transfer_with_fee(int from, int to, long amount, long fee) {
  int old_state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
  balance[from] -= fee;
  sem_post(&half_done);
  usleep(50 * 1000); // here the request comes
  transfer(from, to, amount);
  audit("transferred\n"); // here it takes effect
  balance[BANK] += fee;
  pthread_setcancelstate(old_state, NULL);
}

static void *clerk(void *unused) {
  (void)unused;
  // Wrong: this asks for the type DEFERRED, which has the same number.
  pthread_setcanceltype(PTHREAD_CANCEL_ENABLE, NULL);
  for (;;) {
    transfer_with_fee(ANNA, BEN, 100, 5);
    pthread_testcancel();
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
