// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void close_fd(void *p) { close((int)(intptr_t)p); }
static void close_file(void *p) { if (p) fclose(p); }
static void close_dir(void *p) { if (p) closedir(p); }
static void free_list(void *p) { if (p) freeaddrinfo(p); }
extern int use(void *);
extern int fill(char **);
extern void give_up(void *);

// Fires: no value at all.
void uninitialised(void)
{
    char *p;
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    p = malloc(10);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: a stream.
void stream(const char *name)
{
    FILE *f = NULL;
    pthread_cleanup_push(close_file, f); // expect: thread-stop-stale-cleanup-argument
    f = fopen(name, "r");
    use(f);
    pthread_cleanup_pop(1);
}

// Fires: opened in the condition.
int directory(const char *name)
{
    DIR *d = NULL;
    int n = 0;
    pthread_cleanup_push(close_dir, d); // expect: thread-stop-stale-cleanup-argument
    if ((d = opendir(name)) != NULL)
        while (readdir(d))
            n++;
    pthread_cleanup_pop(1);
    return n;
}

// Fires: the library writes to it.
int resolve(const char *host)
{
    struct addrinfo *list = NULL;
    int rc;
    pthread_cleanup_push(free_list, list); // expect: thread-stop-stale-cleanup-argument
    rc = getaddrinfo(host, NULL, NULL, &list);
    pthread_cleanup_pop(1);
    return rc;
}

// Fires: getline allocates.
size_t lines(FILE *f)
{
    char *line = NULL;
    size_t size = 0, n = 0;
    pthread_cleanup_push(free, line); // expect: thread-stop-stale-cleanup-argument
    while (getline(&line, &size, f) > 0)
        n++;
    free(line);
    pthread_cleanup_pop(0);
    return n;
}

// Fires: an unknown function that gets the address.
int filled(void)
{
    char *text = NULL;
    int rc;
    pthread_cleanup_push(free, text); // expect: thread-stop-stale-cleanup-argument
    rc = fill(&text);
    pthread_cleanup_pop(1);
    return rc;
}

// Fires: the handler is not known, but it gets something.
void unknown_handler(void)
{
    char *text = NULL;
    pthread_cleanup_push(give_up, text); // expect: thread-stop-stale-cleanup-argument
    text = strdup("x");
    use(text);
    pthread_cleanup_pop(1);
}

// Fires: on one path only, but that one is wrong.
void sometimes(int more)
{
    void *p = NULL;
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    if (more) {
        p = malloc(10);
        use(p);
    }
    pthread_cleanup_pop(1);
}

// Fires: set to null again just before.
void again(char *p)
{
    free(p);
    p = NULL;
    pthread_cleanup_push(free, p); // expect: thread-stop-stale-cleanup-argument
    p = malloc(10);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: each time round.
void each_round(void)
{
    for (int i = 0; i < 3; i++) {
        int fd = -1;
        pthread_cleanup_push(close_fd, (void *)(intptr_t)fd); // expect: thread-stop-stale-cleanup-argument
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        use(&fd);
        pthread_cleanup_pop(1);
    }
}

// Silent: what it holds is not certain.
void maybe(char *given)
{
    char *p = NULL;
    if (given)
        p = strdup(given);
    pthread_cleanup_push(free, p);
    use(p);
    pthread_cleanup_pop(1);
}

// Silent: set to null inside, for the code after.
void emptied(char *p)
{
    pthread_cleanup_push(free, p);
    use(p);
    p = NULL;
    pthread_cleanup_pop(1);
    use(p);
}

// Silent: null before and null again.
void still_null(void)
{
    char *p = NULL;
    pthread_cleanup_push(free, p);
    sleep(1);
    p = NULL;
    pthread_cleanup_pop(1);
    use(p);
}

// Silent: written after the pop.
void later(void)
{
    char *p = NULL;
    pthread_cleanup_push(free, p);
    sleep(1);
    pthread_cleanup_pop(1);
    p = malloc(10);
    use(p);
    free(p);
}

// Silent: a null constant, no variable.
void constant(void)
{
    char *p;
    pthread_cleanup_push(give_up, NULL);
    p = malloc(10);
    use(p);
    free(p);
    pthread_cleanup_pop(0);
}
