// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <unistd.h>
// The same for the state, by value and by pointer, two and three levels.
struct c { int s; };
static void off1(struct c *c) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c->s); }
static void on1(struct c *c) { pthread_setcancelstate(c->s, NULL); }
static void off2(struct c *c) { off1(c); }
static void on2(struct c *c) { on1(c); }
static void off3(struct c *c) { off2(c); }
static void on3(struct c *c) { on2(c); }
static int take1(void) { int o; pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &o); return o; }
static void give1(int o) { pthread_setcancelstate(o, NULL); }
static int take2(void) { return take1(); }
static void give2(int o) { give1(o); }
static int take3(void) { int o = take2(); return o; }
static int give3(int o) { give2(o); return 0; }
// Silent.
int a(struct c *c, int fd) { off1(c); fd = fsync(fd); on2(c); return fd; }
// Silent.
int b(struct c *c, int fd) { off2(c); fd = fsync(fd); on1(c); return fd; }
// Silent.
int d(struct c *c, int fd) { off3(c); fd = fsync(fd); on3(c); return fd; }
// Silent.
int e(int fd) { int o = take1(); fd = fsync(fd); give2(o); return fd; }
// Silent.
int f(int fd) { int o = take3(); if (fd < 0) { give3(o); return 1; } fd = fsync(fd); return give3(o) + fd; }
// Fires.
int g(struct c *c, int fd)
{
    off3(c); // expect: thread-stop-cancel-state-not-restored
    if (fsync(fd))
        return -1;
    on3(c);
    return 0;
}
// Fires.
int h(int fd)
{
    int o = take3(); // expect: thread-stop-cancel-state-not-restored
    if (fsync(fd))
        return -1;
    give3(o);
    return 0;
}
