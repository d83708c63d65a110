// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Locks whose results are asserted: assert() is a branch inside an expression,
// and its other side ends the program.
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define MUST(call) ((call) == 0 ? (void)0 : abort())

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static pthread_cond_t taken = PTHREAD_COND_INITIALIZER;
static bool requested, busy, closing, paused, halted;

extern int queue_put(int item);
extern void speak(void);
extern bool quiet(void);

// Silent: every access is under the lock, whatever its result goes through.
int request(int item)
{
    int rc;

    if ((rc = pthread_mutex_lock(&lock)) != 0)
        return rc;
    if ((rc = queue_put(item)) != 0) {
        pthread_mutex_unlock(&lock);
        return rc;
    }
    requested = true;
    pthread_cond_signal(&wanted);
    while (requested && !busy)
        if ((rc = pthread_cond_wait(&taken, &lock)) != 0 && errno != EINTR) {
            pthread_mutex_unlock(&lock);
            return rc;
        }
    return pthread_mutex_unlock(&lock);
}

void pause_speaker(bool on)
{
    MUST(pthread_mutex_lock(&lock));
    paused = on;
    MUST(pthread_mutex_unlock(&lock));
}

// A lock on one side of an expression only.
void halt(void)
{
    bool locked = quiet() && pthread_mutex_trylock(&lock) == 0;

    halted = true;
    if (locked)
        pthread_mutex_unlock(&lock);
}

static void *speaker(void *unused)
{
    (void)unused;
    for (;;) {
        int rc = pthread_mutex_lock(&lock);

        assert(!rc);
        while (requested == false && closing == false)
            while (pthread_cond_wait(&wanted, &lock) == -1 && errno == EINTR)
                continue;
        busy = true;
        requested = false;
        assert(pthread_mutex_unlock(&lock) == 0);
        speak();
        MUST(pthread_mutex_lock(&lock));
        while (paused)
            pthread_cond_wait(&wanted, &lock);
        MUST(pthread_mutex_unlock(&lock));
        while (!halted) // expect: thread-stop-nonatomic-flag
            speak();
    }
    return NULL;
}

int start(pthread_t *thread)
{
    return pthread_create(thread, NULL, speaker, NULL);
}
