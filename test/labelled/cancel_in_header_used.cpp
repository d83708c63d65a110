// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fires: the header's function is called, for a thread that may be any.
#include "cancel_in_header.h"
#include <fcntl.h>
#include <unistd.h>

pthread_t lookup(int Id);

static void *logger(void *Path) {
  char Buffer[64];
  int Fd = open(static_cast<const char *>(Path), O_RDONLY);
  if (Fd < 0)
    return nullptr;
  while (read(Fd, Buffer, sizeof Buffer) > 0) // expect: thread-stop-leak-across-cancellation-point
    ;
  close(Fd);
  return nullptr;
}

int startLogger(pthread_t *Thread, const char *Path) {
  return pthread_create(Thread, nullptr, logger, const_cast<char *>(Path));
}

void stop(int Id) { ThreadApi::cancel(lookup(Id)); }
