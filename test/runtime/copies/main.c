// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trap 11: a program with a copy of the library loads plugins that have their
// own. All of them must know the same threads, and use one signal.

#include "../check.h"

#include <dlfcn.h>

struct plugin {
  void *handle;
  int (*attach)(void);
  int (*detach)(void);
  int (*request)(pthread_t);
  bool (*requested)(void);
  int (*signal)(void);
  int (*read)(int);
  int (*create)(pthread_t *, int *);
};

static void *symbol(void *handle, const char *name) {
  void *found = dlsym(handle, name);
  if (!found)
    fprintf(stderr, "%s: %s\n", name, dlerror());
  CHECK(found);
  return found;
}

// dlsym() gives an object pointer for functions, too.
#define LOAD(plugin, name)                                                     \
  do {                                                                         \
    void *found = symbol((plugin)->handle, "plugin_" #name);                   \
    memcpy(&(plugin)->name, &found, sizeof found);                             \
  } while (0)

static void load(struct plugin *plugin, const char *path) {
  plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin->handle)
    fprintf(stderr, "%s\n", dlerror());
  CHECK(plugin->handle);
  LOAD(plugin, attach);
  LOAD(plugin, detach);
  LOAD(plugin, request);
  LOAD(plugin, requested);
  LOAD(plugin, signal);
  LOAD(plugin, read);
  LOAD(plugin, create);
}

static int ends[2];

static void *program_read(void *argument) {
  char byte;
  (void)argument;
  return (void *)(long)(thread_stop_read(ends[0], &byte, 1) == -1 ? errno : 0);
}

static const struct plugin *reading_plugin;
static void *attached_by_plugin(void *argument) {
  long error;
  (void)argument;
  CHECK_EQ(reading_plugin->attach(), 0);
  error = reading_plugin->read(ends[0]);
  CHECK(thread_stop_requested() && reading_plugin->requested());
  CHECK_EQ(thread_stop_detach(), 0); // by another copy
  CHECK(!thread_stop_requested() && !reading_plugin->requested());
  CHECK_EQ(reading_plugin->detach(), ESRCH);
  return (void *)error;
}

static void join(pthread_t thread) {
  void *error;
  CHECK_EQ(pthread_join(thread, &error), 0);
  CHECK_EQ((long)error, ECANCELED);
}

// One copy stops threads that another one made or attached.
static void stop_across(const struct plugin *a, const struct plugin *b) {
  pthread_t thread;
  CHECK_EQ(a->signal(), thread_stop_signal());
  CHECK_EQ(thread_stop_create(&thread, NULL, program_read, NULL), 0);
  check_pause_ms(5);
  CHECK_EQ(a->request(thread), 0);
  join(thread);
  CHECK_EQ(a->create(&thread, &ends[0]), 0);
  check_pause_ms(5);
  CHECK_EQ(thread_stop_request(thread), 0);
  join(thread);
  CHECK_EQ(a->create(&thread, &ends[0]), 0);
  CHECK_EQ(b->request(thread), 0);
  join(thread);
  reading_plugin = a;
  CHECK_EQ(pthread_create(&thread, NULL, attached_by_plugin, NULL), 0);
  while (b->request(thread) == ESRCH)
    check_pause_ms(1);
  join(thread);
}

static int handlers(void) {
  int count = 0;
  for (int signo = 1; signo <= SIGRTMAX; ++signo) {
    struct sigaction action;
    if (sigaction(signo, NULL, &action) == 0)
      count += action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
  }
  return count;
}

int main(int argc, char **argv) {
  struct plugin plugins[2];
  int before = handlers();
  pthread_t thread;
  check_begin(argc, argv);
  CHECK_EQ(argc, 4);
  CHECK_EQ(pipe(ends), 0);
  load(&plugins[0], argv[2]);
  load(&plugins[1], argv[3]);
  CHECK_EQ(thread_stop_init(0), 0);
  stop_across(&plugins[0], &plugins[1]);
  stop_across(&plugins[1], &plugins[0]);
  CHECK_EQ(handlers() - before, check_is_eventfd() ? 0 : 1);
  // A plugin that is closed: what it brought for all copies must stay.
  CHECK_EQ(plugins[0].create(&thread, &ends[0]), 0);
  CHECK_EQ(thread_stop_join(thread, NULL), 0);
  CHECK_EQ(dlclose(plugins[1].handle), 0);
  CHECK_EQ(thread_stop_create(&thread, NULL, program_read, NULL), 0);
  CHECK_EQ(thread_stop_request(thread), 0);
  join(thread);
  return 0;
}
