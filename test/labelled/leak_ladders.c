// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAFE_FREE(p) do { if (p) { free(p); (p) = NULL; } } while (0)
#define CLOSE(fd) do { if ((fd) >= 0) close(fd); (fd) = -1; } while (0)

struct blob { size_t len; char *data; };

// Fires: two resources, each lost at the first point after it is owned.
int blob_load(const char *path, struct blob *out)
{
    int rc = -1;
    char *data = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        goto out;
    if (fstat(fd, &st) < 0)
        goto out_close;
    if (fsync(fd) < 0) // expect: thread-stop-leak-across-cancellation-point
        goto out_close;
    data = malloc((size_t)st.st_size);
    if (!data)
        goto out_close;
    if (read(fd, data, (size_t)st.st_size) != st.st_size) // expect: thread-stop-leak-across-cancellation-point
        goto out_free;
    out->data = data;
    out->len = (size_t)st.st_size;
    rc = 0;
    goto out_close;
out_free:
    free(data);
out_close:
    close(fd);
out:
    return rc;
}

// Silent: on the way to the wait nothing is owned any more.
int blob_compare(const struct blob *b, const char *text, int fd)
{
    char *copy = strdup(text);
    int rc;

    if (copy == NULL)
        return -ENOMEM;
    rc = strcmp(copy, b->data);
    SAFE_FREE(copy);
    if (rc != 0)
        write(fd, text, strlen(text));
    return rc;
}

// Silent: only the failed branch waits; there is nothing to lose there.
int blob_connect(const struct sockaddr *sa, socklen_t len)
{
    int s;

    while ((s = socket(sa->sa_family, SOCK_STREAM, 0)) < 0)
        sleep(1);
    (void)len;
    return s;
}

// Fires: connect may be cancelled with the socket open.
int blob_dial(const struct sockaddr *sa, socklen_t len)
{
    int s = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (s == -1)
        return -errno;
    if (connect(s, sa, len) == -1) { // expect: thread-stop-leak-across-cancellation-point
        CLOSE(s);
        return -errno;
    }
    return s;
}

// Silent: malloc failed on the branch that sleeps.
void *blob_patient(size_t n)
{
    void *p;

    for (;;) {
        p = malloc(n);
        if (p != NULL)
            break;
        usleep(1000);
    }
    memset(p, 0, n);
    return p;
}

// Silent: returned before any point, the caller owns it.
struct blob *blob_new(size_t n)
{
    struct blob *b = calloc(1, sizeof *b + n);

    if (b)
        b->data = (char *)(b + 1);
    return b;
}

// Fires: the allocation of the wrapper above is this function's now.
int blob_echo(int fd)
{
    struct blob *b = blob_new(64);

    if (!b)
        return -1;
    b->len = (size_t)recv(fd, b->data, 64, 0); // expect: thread-stop-leak-across-cancellation-point
    free(b);
    return 0;
}

// Silent: pushed right after it is owned.
int blob_echo_guarded(int fd)
{
    struct blob *b = blob_new(64);

    if (!b)
        return -1;
    pthread_cleanup_push(free, b);
    b->len = (size_t)recv(fd, b->data, 64, 0);
    pthread_cleanup_pop(1);
    return 0;
}
