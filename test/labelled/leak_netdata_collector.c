// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct chart { char *id; double v; struct chart *next; };
struct plugin { pthread_t thread; bool enabled, exited; int sock; struct chart *charts; char *line; };

static struct plugin plugins[3];

static void *mallocz(size_t n) { void *p = malloc(n); if (!p) exit(1); return p; }
static char *strdupz(const char *s) { char *p = strdup(s); if (!p) exit(1); return p; }
static void freez(void *p) { free(p); }

// Silent: what it makes goes into the list.
static struct chart *chart_find(struct plugin *p, const char *id)
{
    struct chart *c;
    for (c = p->charts; c; c = c->next)
        if (strcmp(c->id, id) == 0)
            return c;
    c = mallocz(sizeof *c);
    c->id = strdupz(id);
    c->v = 0;
    c->next = p->charts;
    p->charts = c;
    return c;
}

// Silent: the handler of the thread's main.
static void main_cleanup(void *ptr)
{
    struct plugin *p = ptr;
    struct chart *c;
    while ((c = p->charts)) {
        p->charts = c->next;
        freez(c->id);
        freez(c);
    }
    freez(p->line);
    p->line = NULL;
    p->exited = true;
}

// Fires: a working buffer for life that no handler knows.
static void *plugin_main(void *ptr)
{
    struct plugin *p = ptr;
    pthread_cleanup_push(main_cleanup, p);
    char *buf = mallocz(1024);
    p->line = mallocz(256);
    while (p->enabled) {
        ssize_t n = recv(p->sock, buf, 1023, 0); // expect: thread-stop-leak-across-cancellation-point
        if (n <= 0)
            break;
        buf[n] = '\0';
        chart_find(p, buf)->v += 1;
    }
    freez(buf);
    pthread_cleanup_pop(1);
    return NULL;
}
// Silent: reads a small file; open and read are points, but the descriptor is closed before anything else.
static int read_number(const char *path, long *out)
{
    char b[32];
    FILE *f = fopen(path, "r");
    if (!f)
        return -1;
    if (!fgets(b, sizeof b, f)) {
        fclose(f);
        return -1;
    }
    fclose(f);
    *out = strtol(b, NULL, 10);
    return 0;
}

// Fires: the timer's descriptor over the reads of the ticks.
static void *timer_main(void *ptr)
{
    struct plugin *p = ptr;
    struct itimerspec its = { { 1, 0 }, { 1, 0 } };
    unsigned long long ticks;
    long v;
    int tfd = timerfd_create(CLOCK_MONOTONIC, 0);
    if (tfd < 0)
        return NULL;
    timerfd_settime(tfd, 0, &its, NULL);
    while (read(tfd, &ticks, sizeof ticks) == sizeof ticks) // expect: thread-stop-leak-across-cancellation-point
        if (read_number("/proc/loadavg", &v) == 0)
            chart_find(p, "load")->v = (double)v;
    close(tfd);
    return NULL;
}

// Silent: a list of names, built and freed between the naps.
static void *scan_main(void *ptr)
{
    struct plugin *p = ptr;
    for (;;) {
        DIR *d = opendir("/sys/class/net");
        if (d) {
            struct dirent *e;
            while ((e = readdir(d)) != NULL) {
                if (e->d_name[0] == '.')
                    continue;
                char *name = strdupz(e->d_name);
                chart_find(p, name)->v++;
                freez(name);
            }
            closedir(d);
        }
        sleep(1);
    }
}

int plugins_start(void)
{
    return pthread_create(&plugins[0].thread, NULL, plugin_main, &plugins[0]) |
           pthread_create(&plugins[1].thread, NULL, timer_main, &plugins[1]) | pthread_create(&plugins[2].thread, NULL, scan_main, &plugins[2]);
}

// Fires (pthread-cancel): at exit.
void plugins_cancel(void)
{
    for (int i = 0; i < 3; i++)
        pthread_cancel(plugins[i].thread); // expect: thread-stop-pthread-cancel
    for (int i = 0; i < 3; i++)
        pthread_join(plugins[i].thread, NULL);
}
