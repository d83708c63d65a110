// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// flags: -fexceptions
#include <pthread.h>
#include <unistd.h>

static inline void cancel_restore(int *s) { pthread_setcancelstate(*s, NULL); }
static inline int cancel_off(void) { int s; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s); return s; }
#define NO_CANCEL __attribute__((cleanup(cancel_restore))) int cs_ = cancel_off()
static inline void mtx_rel(pthread_mutex_t **m) { if (*m) pthread_mutex_unlock(*m); }
#define WITH_LOCK(m) __attribute__((cleanup(mtx_rel))) pthread_mutex_t *lk_ = (pthread_mutex_lock(m), (m))

static pthread_mutex_t mx = PTHREAD_MUTEX_INITIALIZER;
static long v;

// Silent: the cleanup attribute restores on each way out.
int s1(int fd)
{
    NO_CANCEL;
    if (fd < 0)
        return -1;
    for (int i = 0; i < 3; i++) {
        if (fsync(fd) == 0)
            return i;
    }
    return -2;
}

// Silent: a plain int with the attribute.
int s2(int fd)
{
    __attribute__((cleanup(cancel_restore))) int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (fd < 0)
        return -1;
    return fsync(fd);
}

// Silent: the lock of the inner block is gone.
void s3(void)
{
    int t;
    {
        WITH_LOCK(&mx);
        v++;
    }
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t);
    for (volatile int i = 0; i < 3; i++) ;
    pthread_setcanceltype(t, NULL);
}

// Fires: the lock is held.
void s4(void)
{
    int t;
    WITH_LOCK(&mx);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &t); // missed: thread-stop-async-cancel-with-lock
    v++;
    pthread_setcanceltype(t, NULL);
}
