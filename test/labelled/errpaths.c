// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#define RETURN_ERR(e) do { errno = (e); return -1; } while (0)
#define BAIL(l) do { rc = -errno; goto l; } while (0)
#define GUARD_BEGIN(o) do { if (pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &(o)) != 0) abort(); } while (0)
#define GUARD_END(o) do { if (pthread_setcancelstate((o), NULL) != 0) abort(); } while (0)
// Silent: three labels, each falls to the restore.
int a(const char *p, void **out)
{
    struct stat st;
    int fd, o, rc = 0;
    void *m;
    GUARD_BEGIN(o);
    fd = open(p, O_RDONLY);
    if (fd < 0)
        BAIL(out);
    if (fstat(fd, &st) < 0)
        BAIL(close);
    m = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (m == MAP_FAILED)
        BAIL(close);
    *out = m;
close:
    close(fd);
out:
    GUARD_END(o);
    return rc;
}
// Fires: an errno macro returns in the middle.
int b(const char *p)
{
    int o, fd;
    GUARD_BEGIN(o); // expect: thread-stop-cancel-state-not-restored
    fd = open(p, O_RDONLY);
    if (fd < 0)
        RETURN_ERR(ENOENT);
    close(fd);
    GUARD_END(o);
    return 0;
}
// Silent: while loop with an else-if chain, all restored; infinite loop left by return after restore.
int c(int fd)
{
    int o;
    for (;;) {
        GUARD_BEGIN(o);
        int r = fsync(fd);
        if (r == 0) {
            GUARD_END(o);
            return 0;
        } else if (errno != EINTR) {
            int e = errno;
            GUARD_END(o);
            return -e;
        }
        GUARD_END(o);
    }
}
// Fires: `continue` skips the restore (next turn overwrites the save).
int d(const int *fd, int n)
{
    int o, bad = 0;
    for (int i = 0; i < n; i++) {
        GUARD_BEGIN(o); // expect: thread-stop-cancel-state-not-restored
        if (fsync(fd[i]) < 0) {
            bad++;
            continue;
        }
        GUARD_END(o);
    }
    return bad;
}
// Silent: the error function of the file never returns.
static void die(const char *f, int l) { fprintf(stderr, "%s:%d\n", f, l); abort(); }
#define MUST(x) do { if (!(x)) die(__FILE__, __LINE__); } while (0)
int e(int fd)
{
    int o;
    MUST(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o) == 0);
    MUST(fsync(fd) == 0);
    MUST(!pthread_setcancelstate(o, NULL));
    return 0;
}
// Silent: result or'ed together.
int f(int fd)
{
    int o, rc = 0;
    rc |= pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    rc |= fsync(fd);
    rc |= pthread_setcancelstate(o, NULL);
    return rc;
}
// Silent: nested function style with ternary return and comma.
int g(int fd)
{
    int o, rc;
    return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o), rc = fsync(fd), pthread_setcancelstate(o, NULL), rc;
}
// Silent: conditional operator as statement on the same condition.
int h(int fd, int safe)
{
    int o = 0, rc;
    safe ? pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o) : 0;
    rc = fsync(fd);
    safe ? pthread_setcancelstate(o, NULL) : 0;
    return rc;
}
// Silent: short-circuit statements on the same condition.
int i(int fd, int safe)
{
    int o = 0, rc;
    (void)(safe && pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o));
    rc = fsync(fd);
    (void)(safe && pthread_setcancelstate(o, NULL));
    return rc;
}
