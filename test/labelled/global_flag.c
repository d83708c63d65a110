// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void log_it(const char *);
extern int conf_get(const char *);
static int use_threads;
bool threaded;
struct app { int multi; int st; };

// Silent: a global flag around it, unknown calls between (the flag does not change in the life of the program).
void out(const char *s)
{
    int o = 0;
    if (use_threads)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    log_it(s);
    if (use_threads)
        pthread_setcancelstate(o, NULL);
}

// Silent: an external global flag.
void out2(const char *s)
{
    int o = 0;
    if (threaded)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    log_it(s);
    if (threaded)
        pthread_setcancelstate(o, NULL);
}

// Silent: a field of an object given to an unknown function in between.
extern void handle(struct app *);
void out3(struct app *a)
{
    if (a->multi)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &a->st);
    handle(a);
    if (a->multi)
        pthread_setcancelstate(a->st, NULL);
}

// Silent: written by option parsing.
void opts(void) { use_threads = conf_get("threads"); threaded = use_threads > 1; }

// Silent: a pointer to an old state: NULL means not disabled.
void out4(const char *s, bool p)
{
    int o, *op = NULL;
    if (p) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
        op = &o;
    }
    log_it(s);
    if (op)
        pthread_setcancelstate(*op, NULL);
}

// Silent: rc decides: on error it was restored already.
int out5(const char *s)
{
    int o, rc = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    if (!s) {
        pthread_setcancelstate(o, NULL);
        rc = -1;
    }
    if (rc == 0) {
        log_it(s);
        pthread_setcancelstate(o, NULL);
    }
    return rc;
}

// Silent: fork's child ends with _exit.
int out6(const char *s)
{
    int o;
    pid_t p;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o);
    p = fork();
    if (p == 0) {
        execl("/bin/echo", "echo", s, (char *)NULL);
        _exit(127);
    }
    pthread_setcancelstate(o, NULL);
    return p;
}

// Silent: exec replaced the process: `execv` returns only on failure, then abort.
void out7(char *const v[])
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    execv(v[0], v);
    abort();
}

// Silent: loops that cannot end.
void out8(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (;;)
        log_it("x");
}
