// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plugin with its own copy of the library; see main.c.

#include <thread_stop.h>

#include <errno.h>

int plugin_attach(void);
int plugin_detach(void);
int plugin_request(pthread_t thread);
bool plugin_requested(void);
int plugin_signal(void);
int plugin_read(int fd);
int plugin_create(pthread_t *thread, int *fd);

int plugin_attach(void) { return thread_stop_attach(); }
int plugin_detach(void) { return thread_stop_detach(); }
int plugin_request(pthread_t thread) { return thread_stop_request(thread); }
bool plugin_requested(void) { return thread_stop_requested(); }
int plugin_signal(void) { return thread_stop_signal(); }

int plugin_read(int fd) {
  char byte;
  return thread_stop_read(fd, &byte, 1) == -1 ? errno : 0;
}

static void *run(void *fd) { return (void *)(long)plugin_read(*(int *)fd); }

int plugin_create(pthread_t *thread, int *fd) {
  return thread_stop_create(thread, NULL, run, fd);
}
