// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Silent: the header can cancel threads, but nobody here calls that.
#include "cancel_in_header.h"
#include <fcntl.h>
#include <unistd.h>

static void *logger(void *Path) {
  char Buffer[64];
  int Fd = open(static_cast<const char *>(Path), O_RDONLY);
  if (Fd < 0)
    return nullptr;
  while (read(Fd, Buffer, sizeof Buffer) > 0)
    ;
  close(Fd);
  return nullptr;
}

int startLogger(const char *Path) {
  pthread_t Thread;
  return pthread_create(&Thread, nullptr, logger, const_cast<char *>(Path));
}
