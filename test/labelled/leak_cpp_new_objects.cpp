// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an object on the heap is made of is found where the object is found: a
// list of values, a constructor, an object that others copy.
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

struct Peer {
  int sock;
  unsigned long received;
  Peer *next;
};

struct Upload {
  char *name;
  int file;
  Upload(char *n, int f) : name(n), file(f) {}
};

struct Measured {
  long when;
  explicit Measured(int f) : when(lseek(f, 0, SEEK_END)) {}
};

Peer *peers;
std::vector<Peer *> table;
std::vector<std::unique_ptr<Peer>> owned;
std::vector<Peer> flat;
std::shared_ptr<Upload> current;
Measured *last;

// The list of peers has the socket.
int greet(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  peers = new Peer{sock, 0, peers};
  send(sock, "220\r\n", 5, 0);
  return 0;
}

int greet_table(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  table.push_back(new Peer{sock, 0, nullptr});
  send(sock, "220\r\n", 5, 0);
  return 0;
}

int greet_owned(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  owned.emplace_back(new Peer{sock, 0, nullptr});
  send(sock, "220\r\n", 5, 0);
  return 0;
}

// A local object is copied with all that is in it.
int greet_flat(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  Peer p{sock, 0, nullptr};
  flat.push_back(p);
  send(sock, "220\r\n", 5, 0);
  return 0;
}

// A constructor of this file keeps what it gets.
int upload(const char *path, int file) {
  pthread_testcancel();
  char *name = strdup(path);
  if (!name)
    return -1;
  current.reset(new Upload(name, file));
  sleep(1);
  return 0;
}

// Added by a function of this file, through an object of its own.
void add(int sock) {
  Peer p = {sock, 0, nullptr};
  flat.push_back(p);
}

int greet_added(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  add(sock);
  send(sock, "220\r\n", 5, 0);
  return 0;
}

// Not kept: the constructor only looks at it.
int measure(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  last = new Measured(file);
  sleep(1); // expect: thread-stop-leak-across-cancellation-point
  close(file);
  return 0;
}

// Only a local object has it, which nobody else sees.
int wait_for(const char *path) {
  pthread_testcancel();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  pollfd set{file, POLLIN, 0};
  int n = poll(&set, 1, -1); // expect: thread-stop-leak-across-cancellation-point
  close(file);
  return n;
}

// The point comes before the object.
int greet_late(int listener) {
  pthread_testcancel();
  int sock = accept(listener, nullptr, nullptr);
  if (sock < 0)
    return -1;
  send(sock, "220\r\n", 5, 0); // expect: thread-stop-leak-across-cancellation-point
  peers = new Peer{sock, 0, peers};
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  int n = greet(argc) + greet_table(argc) + greet_owned(argc) +
          greet_flat(argc) + greet_added(argc) + greet_late(argc);
  return n + upload(argv[0], 0) + measure(argv[0]) + wait_for(argv[0]);
}
