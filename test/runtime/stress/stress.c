/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Many stop requests against threads in all kinds of wait, at random moments:
 * none may be lost, and nothing may be left behind.
 *
 *   stress [--requests N] [--pairs N] [--mode signal|eventfd] [--only TEXT]
 *          [--limit SECONDS] [--seed N] [--table]
 *   stress --naive [--requests N] [--window NANOSECONDS]
 *
 * Of ten requests one is for a thread made by thread_stop_create for this
 * request alone, the others are for threads of a pool, which attach and detach
 * themselves each time. Exit code: 0, or 1 with a message.
 */

#include "stress.h"

#include <dirent.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { MAX_PAIRS = 64, MAX_KINDS = 64 };

struct options {
  unsigned requests;
  int pairs;
  int mode;
  const char *only;
  int64_t limit_ns;
  int64_t window_ns;
  uint64_t seed;
  int table, naive;
};

static struct options options = {.requests = 100000,
                                 .pairs = 3,
                                 .only = "",
                                 .limit_ns = INT64_C(20000000000),
                                 .window_ns = 200000};

/* What a requester has seen; its own. */
struct tally {
  unsigned requests[MAX_KINDS];
  int64_t longest[MAX_KINDS], sum[MAX_KINDS];
};

static struct pair pairs[MAX_PAIRS];
static struct tally tallies[MAX_PAIRS];
static unsigned char lots[MAX_KINDS * 16]; /* each kind as often as it weighs */
static unsigned lot_count;

/* --- Choosing ------------------------------------------------------------- */

static void fill_lots(void) {
  lot_count = 0;
  for (unsigned i = 0; all_kinds[i].name; ++i)
    for (int j = 0;
         strstr(all_kinds[i].name, options.only) && j < all_kinds[i].weight;
         ++j)
      lots[lot_count++] = (unsigned char)i;
  if (!lot_count)
    fail("no such kind: %s", options.only);
}

/* Worker and requester come to the same result without asking each other. */
static unsigned kind_of(const struct pair *p, unsigned cycle) {
  uint64_t state =
      options.seed + (uint64_t)p->number * 1000003 + (uint64_t)cycle * 7919 + 1;
  next_random(&state);
  return lots[next_random(&state) % lot_count];
}

/* --- The worker ----------------------------------------------------------- */

static void check_stopped(struct pair *p, const struct kind *kind,
                          unsigned cycle) {
  if (atomic_load(&p->asked) != cycle)
    fail("%s: ECANCELED before anybody asked", kind->name);
  if (!thread_stop_requested())
    fail("%s: ECANCELED, but no stop is requested", kind->name);
  /* Also if it could go on: a stop is for good. */
  if (kind->wait(p) != ECANCELED)
    fail("%s: not ECANCELED the second time", kind->name);
}

static void run_cycle(struct pair *p, unsigned cycle) {
  const struct kind *kind = &all_kinds[kind_of(p, cycle)];
  unsigned long waits = 0;
  if (kind->begin)
    kind->begin(p);
  atomic_store(&p->worker_tid, (int)syscall(SYS_gettid));
  publish(&p->started, cycle);
  for (;; ++waits) {
    int error = kind->wait(p);
    if (error == ECANCELED)
      break;
    if (error != 0 && error != EINTR)
      fail("%s: %s", kind->name, strerror(error));
  }
  check_stopped(p, kind, cycle);
  if (kind->end)
    kind->end(p);
  atomic_fetch_add(&p->waits, waits);
}

static void *pool_worker(void *argument) {
  struct pair *p = argument;
  for (unsigned cycle = p->first_cycle; cycle <= p->last_cycle; ++cycle) {
    must((errno = thread_stop_attach()) == 0);
    run_cycle(p, cycle);
    must((errno = thread_stop_detach()) == 0);
    publish(&p->done, cycle);
    /* Else the second request of this cycle might be the first of the next. */
    while (!await(&p->settled, cycle, options.limit_ns))
      continue;
  }
  return NULL;
}

static void *created_worker(void *argument) {
  struct pair *p = argument;
  unsigned cycle = atomic_load(&p->done) + 1;
  run_cycle(p, cycle);
  publish(&p->done, cycle);
  return NULL;
}

/* --- The requester -------------------------------------------------------- */

/* The stop, asked for by a signal handler. */
static __thread volatile pthread_t handler_target;
/* volatile: the compiler takes raise() for a function that calls nothing of
 * this file. */
static __thread volatile int handler_result;

static void requesting_handler(int signo) {
  int saved = errno;
  (void)signo;
  handler_result = thread_stop_request(handler_target);
  errno = saved;
}

static int request_somehow(struct pair *p) {
  if (next_random(&p->requester_random) % 16)
    return thread_stop_request(p->worker);
  handler_target = p->worker;
  handler_result = -1;
  must(raise(SIGUSR2) == 0);
  return handler_result;
}

/* Most of them short, about as long as it takes to get into a wait; a few so
 * long that the worker sleeps for sure. */
static void random_delay(struct pair *p) {
  static const int64_t limits[] = {500, 2000, 2000, 5000, 5000, 20000, 100000};
  uint64_t number = next_random(&p->requester_random);
  uint64_t which = number % 16;
  if (which < 7) {
    spin_ns((int64_t)(number / 16 % (uint64_t)limits[which]));
  } else if (which == 7) {
    struct timespec time = {0, (long)(number / 16 % 200000)};
    nanosleep(&time, NULL);
  } else if (which == 8) {
    sched_yield();
  }
}

static void disturb(struct pair *p, const struct kind *kind) {
  uint64_t number = next_random(&p->requester_random);
  for (uint64_t i = number % 4; i > 0; --i) {
    random_delay(p);
    if (number / 4 % 32 == 0)
      pthread_kill(p->worker, SIGUSR1); /* somebody else's signal */
    else if (kind->feed)
      kind->feed(p);
  }
}

static void print_file(int tid, const char *name) {
  char path[64], text[4096];
  FILE *file;
  snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, name);
  file = fopen(path, "r");
  while (file && fgets(text, sizeof text, file))
    if (strcmp(name, "status") != 0 || strncmp(text, "Sig", 3) == 0)
      fprintf(stderr, "  %s: %s%s", name, text, strchr(text, '\n') ? "" : "\n");
  if (file)
    fclose(file);
}

/* Says where the thread hangs, and whether asking again would have helped. */
__attribute__((noreturn)) static void
report_lost(struct pair *p, unsigned kind, unsigned cycle, const char *what) {
  int tid = atomic_load(&p->worker_tid), again;
  fprintf(stderr, "%s: %s, cycle %u of pair %d, seed %llu\n", what,
          all_kinds[kind].name, cycle, p->number,
          (unsigned long long)options.seed);
  print_file(tid, "wchan");
  print_file(tid, "syscall");
  print_file(tid, "status");
  again = thread_stop_request(p->worker);
  fprintf(stderr, "  asked again: %d, then the thread %s\n", again,
          await(&p->done, cycle, INT64_C(2000000000)) ? "stops"
                                                      : "hangs as before");
  fail("a stop was lost");
}

static void stop_worker(struct pair *p, unsigned cycle, struct tally *tally) {
  unsigned kind = kind_of(p, cycle);
  int64_t begin, latency;
  int error, twice = next_random(&p->requester_random) % 8 == 0;
  random_delay(p);
  atomic_store(&p->asked, cycle);
  begin = now_ns();
  error = request_somehow(p);
  if (error != 0)
    fail("%s: request: %s", all_kinds[kind].name, strerror(error));
  if (twice) {
    error = thread_stop_request(p->worker);
    if (error != 0 && error != ESRCH)
      fail("%s: second request: %s", all_kinds[kind].name, strerror(error));
  }
  if (!await(&p->done, cycle, options.limit_ns))
    report_lost(p, kind, cycle, "lost");
  latency = now_ns() - begin;
  ++tally->requests[kind];
  tally->sum[kind] += latency;
  if (latency > tally->longest[kind])
    tally->longest[kind] = latency;
}

static void *pool_requester(void *argument) {
  struct pair *p = argument;
  struct tally *tally = &tallies[p->number];
  for (unsigned cycle = p->first_cycle; cycle <= p->last_cycle; ++cycle) {
    if (!await(&p->started, cycle, options.limit_ns))
      report_lost(p, kind_of(p, cycle), cycle, "never started");
    disturb(p, &all_kinds[kind_of(p, cycle)]);
    stop_worker(p, cycle, tally);
    publish(&p->settled, cycle);
  }
  return NULL;
}

/* Half of the threads are asked before they can have run. */
static void *creating_requester(void *argument) {
  struct pair *p = argument;
  struct tally *tally = &tallies[p->number];
  for (unsigned cycle = p->first_cycle; cycle <= p->last_cycle; ++cycle) {
    must((errno = thread_stop_create(&p->worker, NULL, created_worker, p)) ==
         0);
    if (next_random(&p->requester_random) % 2) {
      if (!await(&p->started, cycle, options.limit_ns))
        report_lost(p, kind_of(p, cycle), cycle, "never started");
      disturb(p, &all_kinds[kind_of(p, cycle)]);
    }
    stop_worker(p, cycle, tally);
    must((errno = thread_stop_join(p->worker, NULL)) == 0);
  }
  return NULL;
}

/* --- The run -------------------------------------------------------------- */

static void run_pairs(unsigned requests, int create) {
  unsigned each = requests / (unsigned)options.pairs + 1;
  for (int i = 0; i < options.pairs; ++i) {
    struct pair *p = &pairs[i];
    p->first_cycle = p->last_cycle + 1;
    p->last_cycle += each;
    if (!create)
      must((errno = pthread_create(&p->worker, NULL, pool_worker, p)) == 0);
    must((errno = pthread_create(&p->requester, NULL,
                                 create ? creating_requester : pool_requester,
                                 p)) == 0);
  }
  for (int i = 0; i < options.pairs; ++i) {
    must((errno = pthread_join(pairs[i].requester, NULL)) == 0);
    if (!create)
      must((errno = pthread_join(pairs[i].worker, NULL)) == 0);
  }
}

static void run_all(unsigned requests, uint64_t seed, unsigned long *waits) {
  *waits = 0;
  for (int i = 0; i < options.pairs; ++i) {
    open_pair(&pairs[i], i);
    pairs[i].worker_random = seed * 3 + (uint64_t)i + 1;
    pairs[i].requester_random = seed * 5 + (uint64_t)i + 1;
  }
  run_pairs(requests - requests / 10, 0);
  run_pairs(requests / 10, 1);
  for (int i = 0; i < options.pairs; ++i) {
    *waits += atomic_load(&pairs[i].waits);
    close_pair(&pairs[i]);
  }
}

/* --- What is left --------------------------------------------------------- */

static int count_entries(const char *path) {
  DIR *folder = opendir(path);
  int count = 0;
  must(folder);
  while (readdir(folder))
    ++count;
  closedir(folder);
  return count - 2;
}

struct usage {
  int fds, threads;
  size_t memory;
};

static struct usage current_usage(void) {
  struct usage usage = {count_entries("/proc/self/fd"),
                        count_entries("/proc/self/task"), 0};
#if !SANITIZED && defined(__GLIBC__)
  usage.memory = mallinfo2().uordblks;
#endif
  return usage;
}

/* Threads of the library may need a moment to end. The waker may stay. */
static void check_usage(const struct usage *before) {
  struct usage now = {0, 0, 0};
  for (int i = 0; i < 500; ++i) {
    now = current_usage();
    if (now.fds <= before->fds && now.threads <= 2 &&
        now.memory <= before->memory + 100000)
      return;
    usleep(10000);
  }
  fail("left behind: descriptors %d, before %d; threads %d, expected 1 or 2; "
       "memory %zu, before %zu",
       now.fds, before->fds, now.threads, now.memory, before->memory);
}

static void print_table(void) {
  printf("%-28s %9s %9s %9s\n", "wait", "requests", "mean us", "max us");
  for (unsigned i = 0; all_kinds[i].name; ++i) {
    unsigned requests = 0;
    int64_t longest = 0, sum = 0;
    for (int j = 0; j < options.pairs; ++j) {
      requests += tallies[j].requests[i];
      sum += tallies[j].sum[i];
      if (tallies[j].longest[i] > longest)
        longest = tallies[j].longest[i];
    }
    if (requests)
      printf("%-28s %9u %9.1f %9.1f\n", all_kinds[i].name, requests,
             (double)sum / requests / 1000, (double)longest / 1000);
  }
}

static void silent_handler(int signo) { (void)signo; }

static void handle(int signo, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  must(sigaction(signo, &action, NULL) == 0);
}

static int run_shim(void) {
  struct usage before;
  unsigned long waits;
  int64_t begin = now_ns();
  signal(SIGPIPE, SIG_IGN);
  handle(SIGUSR1, silent_handler);
  handle(SIGUSR2, requesting_handler);
  must((errno = thread_stop_init(options.mode)) == 0);
  fill_lots();
  /* The first part is for what is made once and stays. */
  run_all(options.requests / 20, options.seed + 1, &waits);
  usleep(100000);
  before = current_usage();
  run_all(options.requests, options.seed, &waits);
  check_usage(&before);
  if (options.table)
    print_table();
  printf("%u requests, %lu waits that ended by themselves, %s, seed %llu: no "
         "stop lost, %.1f s\n",
         options.requests, waits,
         options.mode == THREAD_STOP_EVENTFD ? "eventfd" : "signal",
         (unsigned long long)options.seed, (double)(now_ns() - begin) / 1e9);
  return 0;
}

/* --- The command line ----------------------------------------------------- */

static const char *value_of(int argc, char **argv, int *i) {
  if (*i + 1 >= argc)
    fail("%s needs a value", argv[*i]);
  return argv[++*i];
}

static long number_of(int argc, char **argv, int *i, long least, long most) {
  const char *name = argv[*i], *text = value_of(argc, argv, i);
  char *end;
  long number = strtol(text, &end, 10);
  if (*end || end == text || number < least || number > most)
    fail("%s: %s is not from %ld to %ld", name, text, least, most);
  return number;
}

static int mode_of(const char *text) {
  if (strcmp(text, "signal") == 0)
    return 0;
  if (strcmp(text, "eventfd") == 0)
    return THREAD_STOP_EVENTFD;
  fail("--mode: signal or eventfd");
}

static void parse(int argc, char **argv) {
  options.seed = (uint64_t)now_ns() % 1000000;
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--requests") == 0)
      options.requests = (unsigned)number_of(argc, argv, &i, 20, 1000000000);
    else if (strcmp(argv[i], "--pairs") == 0)
      options.pairs = (int)number_of(argc, argv, &i, 1, MAX_PAIRS);
    else if (strcmp(argv[i], "--mode") == 0)
      options.mode = mode_of(value_of(argc, argv, &i));
    else if (strcmp(argv[i], "--only") == 0)
      options.only = value_of(argc, argv, &i);
    else if (strcmp(argv[i], "--limit") == 0)
      options.limit_ns = number_of(argc, argv, &i, 1, 3600) * 1000000000;
    else if (strcmp(argv[i], "--window") == 0)
      options.window_ns = number_of(argc, argv, &i, 0, 1000000000);
    else if (strcmp(argv[i], "--seed") == 0)
      options.seed = (uint64_t)number_of(argc, argv, &i, 0, 1000000000);
    else if (strcmp(argv[i], "--table") == 0)
      options.table = 1;
    else if (strcmp(argv[i], "--naive") == 0)
      options.naive = 1;
    else
      fail("unknown option %s", argv[i]);
  }
}

int main(int argc, char **argv) {
  parse(argc, argv);
  return options.naive
             ? run_naive(options.requests, options.window_ns, options.seed)
             : run_shim();
}
