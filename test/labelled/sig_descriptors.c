// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a descriptor: helpers that switch it, files, devices.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

extern void use(const void *data, ssize_t n);

static volatile sig_atomic_t stop;

static void on_int(int sig) { (void)sig; stop = 1; }

void setup(void)
{
    signal(SIGINT, on_int);
}

static int make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL, 0);
    if (flags < 0)
        return -1;
    flags |= O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags);
}

struct link { int fd, other; };

int open_link(struct link *l)
{
    l->fd = socket(AF_INET, SOCK_DGRAM, 0);
    l->other = socket(AF_INET, SOCK_DGRAM, 0);
    return make_nonblocking(l->fd);
}

// Silent: a helper has made it non-blocking.
void read_link(struct link *l)
{
    char data[64];
    while (!stop) {
        use(data, recv(l->fd, data, sizeof data, 0));
        usleep(1000);
    }
}

// Fires: that was another one.
void read_other(struct link *l)
{
    char data[64];
    while (!stop)
        use(data, recv(l->other, data, sizeof data, 0)); // expect: thread-stop-check-then-block
}

// Silent: a file has an end.
void copy_file(const char *name)
{
    char data[4096];
    ssize_t n = 1;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    while (!stop && n > 0) {
        n = read(fd, data, sizeof data);
        use(data, n);
    }
    close(fd);
}

// Fires: a device has none.
void read_keys(void)
{
    char data[64];
    int fd = open("/dev/input/event0", O_RDONLY);
    while (!stop)
        use(data, read(fd, data, sizeof data)); // expect: thread-stop-check-then-block
}

// Silent: reads signals.
void read_signals(const sigset_t *mask)
{
    struct signalfd_siginfo info;
    int fd = signalfd(-1, mask, SFD_CLOEXEC);
    while (!stop)
        use(&info, read(fd, &info, sizeof info));
}

// Silent: by ioctl.
void read_switched(int fd)
{
    char data[64];
    int on = 1;
    ioctl(fd, FIONBIO, &on);
    while (!stop)
        use(data, read(fd, data, sizeof data));
}

// Silent: the flags are the caller's choice.
void read_as_told(int fd, int flags)
{
    char data[64];
    while (!stop)
        use(data, recv(fd, data, sizeof data, flags));
}

// Silent: writing a log is no wait.
void write_log(int fd)
{
    while (!stop) {
        write(fd, "alive\n", 6);
        sleep(5);
    }
}
