// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The handle is a member of the object that the thread gets as its argument;
// started in one function, stopped in another.
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct inbox { pthread_mutex_t guard; pthread_cond_t filled; char *letters; };
struct mailer {
    pthread_t sender;
    struct inbox in, out;
    char *line, *name;
    int sock;
    sem_t idle;
    volatile int gone;
};

static void leave(void *guard) { pthread_mutex_unlock(guard); }

static int next_letter(struct inbox *box, char *to)
{
    pthread_mutex_lock(&box->guard);
    pthread_cleanup_push(leave, &box->guard);
    while (!box->letters)
        pthread_cond_wait(&box->filled, &box->guard);
    strcpy(to, box->letters);
    pthread_cleanup_pop(1);
    return 0;
}

// Silent: uses `in`, and `line`.
static void *send_letters(void *arg)
{
    struct mailer *m = arg;
    while (next_letter(&m->in, m->line) == 0)
        write(m->sock, m->line, strlen(m->line));
    return NULL;
}

int mailer_start(struct mailer *m)
{
    return pthread_create(&m->sender, NULL, send_letters, m);
}

// Fires: the mutex and the condition that a cancelled wait still needs.
void mailer_stop(struct mailer *m)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    pthread_mutex_destroy(&m->in.guard); // expect: thread-stop-unjoined-cancel
    pthread_cond_destroy(&m->in.filled); // expect: thread-stop-unjoined-cancel
    pthread_join(m->sender, NULL);
}

// Fires: a buffer of the object.
void mailer_drop_line(struct mailer *m)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    free(m->line); // expect: thread-stop-unjoined-cancel
    m->line = NULL;
    pthread_join(m->sender, NULL);
}

// Fires: the object itself, the handle having been copied.
void mailer_free(struct mailer *m)
{
    pthread_t last = m->sender;
    pthread_cancel(last); // expect: thread-stop-pthread-cancel
    free(m); // expect: thread-stop-unjoined-cancel
    pthread_join(last, NULL);
}

// Fires: by a helper.
static void inbox_clear(struct inbox *box) { free(box->letters); }
void mailer_clear(struct mailer *m)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    inbox_clear(&m->in); // expect: thread-stop-unjoined-cancel
    pthread_join(m->sender, NULL);
}

// Silent (but for the cancel itself): in order.
void mailer_end(struct mailer *m)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    pthread_join(m->sender, NULL);
    pthread_mutex_destroy(&m->in.guard);
    free(m->line);
    free(m);
}

// Silent (but for the cancel itself): the thread does not look at the name, nor
// at the other box; and what is no part of the object.
void mailer_rename(struct mailer *m, char *banner)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    free(m->name);
    m->name = NULL;
    pthread_mutex_destroy(&m->out.guard);
    free(m->out.letters);
    free(banner);
    pthread_join(m->sender, NULL);
}

// Silent (but for the cancel itself): another object's.
void mailer_swap(struct mailer *m, struct mailer *other)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    free(other->line);
    pthread_mutex_destroy(&other->in.guard);
    pthread_join(m->sender, NULL);
}

// Silent (but for the cancel itself): on the path without a thread.
void mailer_stop_if(struct mailer *m, int running)
{
    if (running) {
        pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
        pthread_join(m->sender, NULL);
    } else {
        free(m->line);
    }
    pthread_mutex_destroy(&m->in.guard);
}

// Silent (but for the cancel itself): the thread may have said that it is done.
void mailer_stop_idle(struct mailer *m)
{
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    sem_wait(&m->idle);
    free(m->line);
    pthread_join(m->sender, NULL);
}

// Silent (but for the cancel itself): where the request fails there is no thread.
int mailer_stop_checked(struct mailer *m)
{
    int failed = pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    if (failed) {
        free(m->line);
        return failed;
    }
    pthread_join(m->sender, NULL);
    free(m->line);
    return 0;
}

// Fires: it is only said that it failed.
void mailer_stop_told(struct mailer *m)
{
    if (pthread_cancel(m->sender) != 0) // expect: thread-stop-pthread-cancel
        m->gone = 1;
    free(m->line); // expect: thread-stop-unjoined-cancel
    pthread_join(m->sender, NULL);
}

// Silent (but for the cancel itself): the line has been replaced before.
void mailer_new_line(struct mailer *m)
{
    char *before = m->line;
    m->line = calloc(1, 100);
    pthread_cancel(m->sender); // expect: thread-stop-pthread-cancel
    free(before);
    pthread_join(m->sender, NULL);
}

// Another kind: the object belongs to its thread, which frees it.
struct job { pthread_t runner; char *text; volatile int done; };
static void job_free(void *arg)
{
    struct job *j = arg;
    free(j->text);
    j->done = 1;
}
static void *run_job(void *arg)
{
    struct job *j = arg;
    pthread_cleanup_push(job_free, j);
    while (j->text && write(1, j->text, strlen(j->text)) > 0)
        sleep(1);
    j->done = 1;
    pthread_cleanup_pop(1);
    return NULL;
}
int job_start(struct job *j) { return pthread_create(&j->runner, NULL, run_job, j); }

// Silent (but for the cancel itself): freed by the thread only.
void job_stop(struct job *j)
{
    pthread_cancel(j->runner); // expect: thread-stop-pthread-cancel
    pthread_join(j->runner, NULL);
}

// Silent (but for the cancel itself): a loop until it says so.
void job_stop_polling(struct job *j)
{
    pthread_cancel(j->runner); // expect: thread-stop-pthread-cancel
    while (!j->done)
        ;
    free(j);
}

// Not the object that holds the handle: its argument is kept elsewhere.
struct pump { pthread_t motor; char *oil; struct job *load; };
static void *pump_on(void *arg)
{
    struct job *j = arg;
    for (;;)
        write(1, j->text, 1);
}
int pump_start(struct pump *p, struct job *load) { return pthread_create(&p->motor, NULL, pump_on, load); }

// Silent (but for the cancel itself): the thread never saw the pump.
void pump_stop(struct pump *p)
{
    pthread_cancel(p->motor); // expect: thread-stop-pthread-cancel
    free(p->oil);
    pthread_join(p->motor, NULL);
}

// Silent (but for the cancel itself): whose threads these are is not certain.
struct lamp { pthread_t bulb; char *light; };
static void *shine(void *arg) { struct lamp *l = arg; for (;;) write(1, l->light, 1); }
static void *glow(void *arg) { for (;;) write(1, arg, 1); }
int lamp_on(struct lamp *l, int dim)
{
    return dim ? pthread_create(&l->bulb, NULL, glow, "dim") : pthread_create(&l->bulb, NULL, shine, l);
}
void lamp_off(struct lamp *l)
{
    pthread_cancel(l->bulb); // expect: thread-stop-pthread-cancel
    free(l->light);
    pthread_join(l->bulb, NULL);
}
