// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What else than the signal ends a wait, or says that it has an end: a poll
// before it, EAGAIN, a descriptor that is closed, a child that ends, a handler
// that does not come back.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static volatile sig_atomic_t quit;
static void on_int(int n) { quit = n; }

int open_device(const char *name);

void install(void)
{
    struct sigaction act = {.sa_handler = on_int};
    sigaction(SIGINT, &act, NULL);
}

// Silent: poll said that there is something, whatever was tested since.
void after_poll(int fd)
{
    char c;
    while (!quit) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = poll(&p, 1, 1000);
        if (n <= 0) continue;
        if (quit) break;
        if (p.revents & POLLIN) read(fd, &c, 1);
    }
}

static int ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 200);
}

static int one_byte(int fd)
{
    char c;
    return read(fd, &c, 1) == 1 ? c : -1;
}

// Silent: the same with a function for each.
void after_poll_in_helper(int fd)
{
    while (!quit) {
        if (ready(fd) <= 0) continue;
        if (quit) return;
        one_byte(fd);
    }
}

// Fires: the poll is over when the loop begins.
void polled_once(int fd)
{
    char c;
    if (ready(fd) <= 0) return;
    while (!quit)
        read(fd, &c, 1); // expect: thread-stop-check-then-block
}

// Fires: only one of the ways has polled.
void polled_on_one_way(int fd, int careful)
{
    char c;
    while (!quit) {
        if (careful && ready(fd) <= 0) continue;
        if (quit) break;
        read(fd, &c, 1); // expect: thread-stop-check-then-block
    }
}

// Silent: it comes from elsewhere, and is expected to say EAGAIN.
void not_blocking_it_seems(void)
{
    char c;
    int fd = open_device("sensor");
    while (!quit)
        if (read(fd, &c, 1) < 0 && errno == EAGAIN) usleep(1000);
}

// Fires: with EINTR in one breath, EAGAIN says nothing.
void in_one_breath(int fd)
{
    char c;
    while (!quit)
        while (read(fd, &c, 1) < 0 && // expect: thread-stop-check-then-block
               (errno == EINTR || errno == EAGAIN)) // expect: thread-stop-eintr-retry
            ;
}

// Fires: made here, and nothing makes it non-blocking.
void blocking_for_sure(struct sockaddr *name)
{
    char c;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bind(fd, name, sizeof *name);
    while (!quit)
        if (recv(fd, &c, 1, 0) < 0 && errno == EAGAIN) // expect: thread-stop-check-then-block
            continue;
}

static void set_not_blocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Silent: a number has no name, but is a descriptor.
void standard_input(void)
{
    char c;
    set_not_blocking(STDIN_FILENO);
    while (!quit)
        read(STDIN_FILENO, &c, 1);
}

// Silent: a datagram is sent at once, or not.
void tell(const char *what)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    while (!quit)
        send(fd, what, 1, 0);
}

// Fires: somebody has to read what goes into a stream.
void stream(const char *what)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    while (!quit)
        send(fd, what, 1, 0); // expect: thread-stop-check-then-block
}

static volatile sig_atomic_t ending;
static void on_abort(int n) { ending = n; _exit(1); }

// Silent: the whole process ends.
void until_the_end(int fd)
{
    char c;
    signal(SIGABRT, on_abort);
    while (!ending)
        read(fd, &c, 1);
}

static volatile sig_atomic_t closing;
static int listener = -1, journal = -1;
static void on_term(int n) { closing = n; close(listener); }

// Silent: what is closed is not waited for.
void serve(void)
{
    signal(SIGTERM, on_term);
    while (!closing) {
        int c = accept(listener, NULL, NULL);
        if (c < 0) break;
        close(c);
    }
}

static volatile sig_atomic_t rotating;
static void on_hup(int n) { rotating = n; close(journal); }

// Fires: that was another one.
void serve_on(int fd)
{
    signal(SIGHUP, on_hup);
    while (!rotating)
        close(accept(fd, NULL, NULL)); // expect: thread-stop-check-then-block
}

struct endpoint {
    pthread_t thread;
    atomic_int stopped;
    int fd;
};

static void nothing(int n) { (void)n; }

static void *answer(void *arg)
{
    struct endpoint *e = arg;
    while (!e->stopped) {
        int c = accept(e->fd, NULL, NULL);
        if (c < 0) break;
        close(c);
    }
    return NULL;
}

// Silent: closed first, then interrupted: an accept after that fails at once.
void stop_endpoint(struct endpoint *e)
{
    e->stopped = 1;
    close(e->fd);
    pthread_kill(e->thread, SIGUSR2);
    pthread_join(e->thread, NULL);
}

void start_endpoint(struct endpoint *e)
{
    struct sigaction act = {.sa_handler = nothing};
    sigaction(SIGUSR2, &act, NULL);
    pthread_create(&e->thread, NULL, answer, e);
}

static volatile sig_atomic_t child_gone;
static void on_child(int n) { child_gone = n; }

// Silent: the child that is gone ends this wait; it does not end a pause.
void reap(void)
{
    int status;
    signal(SIGCHLD, on_child);
    while (!child_gone)
        waitpid(-1, &status, 0);
    while (!child_gone)
        pause(); // expect: thread-stop-check-then-block
}

static sem_t answered;
static void on_answer(int n) { (void)n; sem_post(&answered); }

// Silent: each question is answered, by a signal of its own.
void ask(pthread_t other)
{
    signal(SIGUSR1, on_answer);
    while (!quit) {
        pthread_kill(other, SIGUSR1);
        sem_wait(&answered);
    }
}

static volatile sig_atomic_t left, may_jump;
static sigjmp_buf out;
static void on_quit(int n)
{
    left = n;
    if (may_jump) siglongjmp(out, 1); // expect: thread-stop-exit-in-handler
}

// Silent here: the handler jumps out of the read. What is wrong with that is
// said there.
void jump_out(int fd)
{
    char c;
    signal(SIGQUIT, on_quit);
    while (!left) {
        if (sigsetjmp(out, 1)) break;
        may_jump = 1;
        read(fd, &c, 1);
        may_jump = 0;
    }
}
