// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// A process monitor with several threads and global mutexes.
static pthread_mutex_t stats = PTHREAD_MUTEX_INITIALIZER;
static pthread_t threads[4];
static struct { pthread_t id; bool on; } aux;
static unsigned long count;

// Silent.
static void *monitor(void *p)
{
    int rc;
    if ((rc = pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL)) != 0) {
        fprintf(stderr, "%s\n", strerror(rc));
        exit(-1);
    }
    if ((rc = pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL)) != 0) {
        fprintf(stderr, "%s\n", strerror(rc));
        exit(-1);
    }
    for (;;) {
        pthread_mutex_lock(&stats);
        count++;
        pthread_mutex_unlock(&stats);
        sleep(1);
    }
    return p;
}
// Fires: async + lock in a checked prologue.
static void *trigger(void *p)
{
    int rc;
    if ((rc = pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL)) != 0) {
        fprintf(stderr, "%s\n", strerror(rc));
        exit(-1);
    }
    if ((rc = pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL)) != 0) {
        fprintf(stderr, "%s\n", strerror(rc));
        exit(-1);
    }
    while ((rc = sleep(1)) == 0) {
        pthread_mutex_lock(&stats); // expect: thread-stop-async-cancel-with-lock
        count++;
        pthread_mutex_unlock(&stats);
    }
    return p;
}
// Fires: loops and conditions.
void stop_all(void)
{
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        if (threads[i] && pthread_cancel(threads[i]) != 0) // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
            perror("cancel");
    if (aux.on)
        pthread_cancel(aux.id); // expect: thread-stop-pthread-cancel, thread-stop-unjoined-cancel
}
// Silent: main.
int main(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_create(&threads[0], NULL, monitor, NULL);
    pthread_create(&threads[1], NULL, trigger, NULL);
    pthread_create(&aux.id, NULL, monitor, NULL);
    aux.on = true;
    pause();
    stop_all();
    return 0;
}
