// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_t reader, finder, waiter;
extern int wanted(void);

// Silent: reads for ever.
static void *reader_main(void *arg)
{
    char c;
    while (read(*(int *)arg, &c, 1) >= 0)
        continue;
    return arg;
}

// Silent: something or nothing.
static void *finder_main(void *arg)
{
    sleep(1);
    return wanted() ? arg : NULL;
}

// Silent: NULL when it is over.
static void *waiter_main(void *arg)
{
    while (wanted())
        sleep(1);
    return NULL;
}

// Silent: starts them.
int start_all(int *fd)
{
    return pthread_create(&reader, NULL, reader_main, fd) |
           pthread_create(&finder, NULL, finder_main, fd) |
           pthread_create(&waiter, NULL, waiter_main, fd);
}

// Fires: NULL is no answer of the reader, nor that of a cancelled thread.
void stop_reader(void)
{
    void *r = NULL;
    pthread_cancel(reader); // expect: thread-stop-pthread-cancel
    pthread_join(reader, &r);
    if (r == NULL) // expect: thread-stop-canceled-compare
        puts("cancelled");
}

// Fires: with the operands the other way round.
int stop_reader_quietly(void)
{
    void *r;
    if (pthread_cancel(reader) != 0) // expect: thread-stop-pthread-cancel
        return -1;
    pthread_join(reader, &r);
    return NULL != r; // expect: thread-stop-canceled-compare
}

// Fires: the only other answer is the one that has a name.
void stop_waiter(void)
{
    void *r;
    pthread_cancel(waiter); // expect: thread-stop-pthread-cancel
    pthread_join(waiter, &r);
    if (r != NULL) // expect: thread-stop-canceled-compare
        puts("cancelled");
}

// Silent: NULL is one of the finder's answers.
void stop_finder(void)
{
    void *r;
    pthread_cancel(finder); // expect: thread-stop-pthread-cancel
    pthread_join(finder, &r);
    if (r == NULL)
        puts("nothing found");
}

// Silent: not cancelled here.
void wait_reader(void)
{
    void *r;
    pthread_join(reader, &r);
    if (r == NULL)
        puts("no reader");
}

// Silent: another thread was cancelled.
void stop_one_wait_other(void)
{
    void *r;
    pthread_cancel(waiter); // expect: thread-stop-pthread-cancel
    pthread_join(waiter, NULL);
    pthread_join(reader, &r);
    if (r == NULL)
        puts("no reader");
}

// Silent: both names are known here.
void stop_reader_knowing(void)
{
    void *r;
    pthread_cancel(reader); // expect: thread-stop-pthread-cancel
    pthread_join(reader, &r);
    if (r != NULL && r != PTHREAD_CANCELED)
        puts("finished");
}

// Silent: the number zero is a number.
void stop_reader_number(void)
{
    void *r;
    pthread_cancel(reader); // expect: thread-stop-pthread-cancel
    pthread_join(reader, &r);
    if ((long)r == 0)
        puts("zero");
}

// Silent: no comparison.
void stop_reader_truth(void)
{
    void *r;
    pthread_cancel(reader); // expect: thread-stop-pthread-cancel
    pthread_join(reader, &r);
    if (r)
        puts("something");
}
