// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct job { double in[512], out[512]; uint64_t n; volatile int ready; };

static pthread_t t1, t2, t3, t4;

// Silent: a worker that computes only, with both prologue calls.
static void *fft(void *arg)
{
    struct job *j = arg;
    int dummy;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &dummy);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &dummy);
    for (;; j->n++)
        for (int i = 0; i < 512; i++)
            j->out[i] = sin(j->in[i]) * cos(j->in[511 - i]);
}

// Silent: copies, compares, hashes: builtins and AC-safe string functions.
static void *hash(void *arg)
{
    struct job *j = arg, copy;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        memcpy(&copy, j, sizeof copy);
        if (memcmp(copy.in, j->in, sizeof copy.in) == 0)
            j->n += strlen((char *)copy.out);
        __sync_fetch_and_add(&j->n, 1);
        __atomic_store_n(&j->ready, 1, __ATOMIC_RELEASE);
    }
}

// Fires: time formatting takes a lock.
static void *stamp(void *arg)
{
    struct job *j = arg;
    char text[32];
    time_t now;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) {
        now = time(NULL);
        strftime(text, sizeof text, "%c", localtime(&now)); // expect: thread-stop-async-cancel-unsafe-call
        j->n += (uint64_t)text[0];
    }
}

// Silent: deferred as a prologue makes nothing unsafe.
static void *plain(void *arg)
{
    struct job *j = arg;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    for (;;) {
        sleep(1);
        j->n = (uint64_t)time(NULL);
    }
}

int start(struct job *j)
{
    return pthread_create(&t1, NULL, fft, j) | pthread_create(&t2, NULL, hash, j) | pthread_create(&t3, NULL, stamp, j) | pthread_create(&t4, NULL, plain, j);
}

// Fires (pthread-cancel).
void stop(void)
{
    pthread_cancel(t1); // expect: thread-stop-pthread-cancel
    pthread_cancel(t2); // expect: thread-stop-pthread-cancel
    pthread_cancel(t3); // expect: thread-stop-pthread-cancel
    pthread_cancel(t4); // expect: thread-stop-pthread-cancel
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    pthread_join(t3, NULL);
    pthread_join(t4, NULL);
}
