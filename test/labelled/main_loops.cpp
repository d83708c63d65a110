// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <pthread.h>
#include <unistd.h>
extern int step(int);
// Silent: main uses literals for its own thread.
int main(int argc, char **argv)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    for (int i = 1; i < argc; ++i) {
        if (step(std::atoi(argv[i])) < 0)
            return EXIT_FAILURE;
    }
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
    pthread_testcancel();
    return 0;
}
// Silent: a signal handler that saves and restores.
static void on_sig(int)
{
    int o;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    (void)!write(2, "x", 1);
    pthread_setcancelstate(o, nullptr);
}
// Fires: a signal handler that enables.
static void on_sig2(int)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr); // expect: thread-stop-cancel-state-not-restored
    pthread_testcancel();
}
void install() { std::signal(SIGUSR1, on_sig); std::signal(SIGUSR2, on_sig2); }
