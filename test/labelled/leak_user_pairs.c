// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true thread-stop-leak-across-cancellation-point.ResourceFunctions=hid_open:hid_close;ref_get:ref_put
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct hid;
struct ref;
extern struct hid *hid_open(int vendor, int product);
extern void hid_close(struct hid *h);
extern int hid_feature(struct hid *h, int n);
extern int hid_product(const struct hid *h);
extern struct ref *ref_get(int id);
extern void ref_put(struct ref *r);

extern void pool_free(void *p);
extern void *pool_alloc(size_t n) __attribute__((malloc));

// Fires: a pair named in the option.
int hid_probe(int v, int p)
{
    struct hid *h = hid_open(v, p);
    int n;
    if (h == NULL)
        return -1;
    n = hid_product(h);
    usleep(100); // missed: thread-stop-leak-across-cancellation-point
    hid_close(h);
    return n;
}

// Silent: released before.
int hid_probe_fast(int v, int p)
{
    struct hid *h = hid_open(v, p);
    int n;
    if (h == NULL)
        return -1;
    n = hid_product(h);
    hid_close(h);
    usleep(100);
    return n;
}

// Silent: the releasing function is the handler.
void ref_wait(int id, int fd)
{
    struct ref *r = ref_get(id);
    if (!r)
        return;
    pthread_cleanup_push((void (*)(void *))ref_put, r);
    read(fd, &id, sizeof id);
    pthread_cleanup_pop(1);
}

// Silent: an unknown function with a pointer that is not const may keep it.
int hid_setup(int v)
{
    struct hid *h = hid_open(v, 0);
    if (!h)
        return -1;
    hid_feature(h, 1);
    usleep(100);
    return 0;
}

// Silent: no table knows that pair.
int unknown_pair(int fd)
{
    void *p = pool_alloc(10);
    ssize_t n = read(fd, &p, 0);
    pool_free(p);
    return (int)n;
}
