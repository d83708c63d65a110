// options: thread-stop-leak-across-cancellation-point.AssumeCancellable=true
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// Fires: in the loop over addresses the list is owned, and each socket of its turn.
int dial(const char *host, const char *port)
{
    struct addrinfo *list, *a;
    int fd = -1;

    if (getaddrinfo(host, port, NULL, &list) != 0)
        return -1;
    usleep(1); // expect: thread-stop-leak-across-cancellation-point
    for (a = list; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0)
            continue;
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) // expect: thread-stop-leak-across-cancellation-point
            break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

// Silent: per turn one allocation, freed before the poll.
void ticks(int n)
{
    for (int i = 0; i < n; i++) {
        char *s = malloc(32);
        if (!s)
            break;
        snprintf(s, 32, "%d", i);
        puts(s);
        free(s);
        poll(NULL, 0, 10);
    }
}

// Silent: break in the middle, and the directory is closed before the sleep.
int has_entry(const char *dir, const char *what)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int found = 0;

    if (!d)
        return -1;
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        if (strcmp(e->d_name, what) == 0) {
            found = 1;
            break;
        }
    }
    closedir(d);
    if (!found)
        sleep(1);
    return found;
}

// Fires: early exit of the loop leaves the directory open for the nap.
int has_entry_slow(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;

    if (!d)
        return -1;
    while (readdir(d) != NULL)
        if (++n > 100)
            break;
    usleep(10); // expect: thread-stop-leak-across-cancellation-point
    closedir(d);
    return n;
}

// Silent: either nothing was mapped, or it is unmapped when it waits.
int sum(int fd, size_t n)
{
    unsigned char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    int s = 0;

    if (p == MAP_FAILED) {
        sleep(1);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        s += p[i];
    munmap(p, n);
    fsync(fd);
    return s;
}

// Silent: allocated and released under the same condition, waited under the other one.
int maybe(int fd, int big)
{
    char *p = NULL, small[8];

    if (big) {
        p = malloc(4096);
        if (!p)
            return -1;
        memset(p, 0, 4096);
    } else {
        read(fd, small, sizeof small);
    }
    if (big)
        free(p);
    return 0;
}

// Fires: both ends of the pipe are open in the read.
int one_byte(void)
{
    int p[2];
    char c;

    if (pipe(p) != 0)
        return -1;
    if (read(p[0], &c, 1) != 1) // expect: thread-stop-leak-across-cancellation-point
        c = 0;
    close(p[0]);
    close(p[1]);
    return c;
}
