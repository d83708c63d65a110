// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_t th;
extern int serve(void);

// Silent: helper that ends the process.
static _Noreturn void die(const char *s)
{
    perror(s);
    exit(1);
}

// Silent: does not return, without the attribute; ends in exit on every path.
static void fatal(const char *s)
{
    perror(s);
    exit(2);
}

// Silent: declared noreturn elsewhere.
extern void bail(const char *) __attribute__((noreturn));

// Silent: start routine.
static void *w(void *a)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    serve();
    return a;
}

// Silent: all unrestored paths end the process.
int store(int fd)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (fd < 0)
        die("fd");
    if (fd == 0)
        fatal("fd");
    if (fsync(fd) < 0)
        bail("fsync");
    pthread_setcancelstate(old, NULL);
    return 0;
}

// Silent: main is the start routine of the main thread; it disables for its whole life.
int main(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    if (pthread_create(&th, NULL, w, NULL))
        return 1;
    pthread_join(th, NULL);
    return serve();
}
