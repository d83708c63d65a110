// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C library itself: what is reserved is reserved for it.
#include <pthread.h>
#include <signal.h>

#define SIGCANCEL 33

static void on_cancel(int n) { (void)n; }

// Silent: it has pthread_cancel under another name.
int my_pthread_cancel(pthread_t thread)
{
    struct sigaction act = {.sa_handler = on_cancel};
    sigaction(SIGCANCEL, &act, NULL);
    return pthread_kill(thread, SIGCANCEL);
}

extern __typeof(my_pthread_cancel) pthread_cancel
    __attribute__((weak, alias("my_pthread_cancel")));
