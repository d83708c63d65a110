// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a helper process now and then and reads what it says. What an error is
// answered with: a line in the log, by a function that itself waits, and all
// is given back. The stop comes while the helper is silent.

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int logfd = 2;
static int lines, begun, given_back;
static pid_t helper;

static void logmsg(const char *s) { write(logfd, s, strlen(s)); }

static int check_mail(const char *cmd) {
  int p[2], n, status;
  pid_t pid;
  char *buf = malloc(256);

  if (buf == NULL || pipe(p) < 0) {
    free(buf);
    return -1;
  }
  if ((pid = fork()) < 0) {
    close(p[0]);
    close(p[1]);
    free(buf);
    return -1;
  }
  if (pid == 0) {
    dup2(p[1], 1);
    close(p[0]);
    close(p[1]);
    execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
    _exit(127);
  }
  helper = pid;
  begun++;
  close(p[1]);
  while ((n = read(p[0], buf, 256)) > 0)
    __atomic_add_fetch(&lines, 1, __ATOMIC_SEQ_CST);
  if (n < 0)
    logmsg("mail: cannot read\n");
  close(p[0]);
  if (n < 0)
    kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  free(buf);
  given_back++;
  return n;
}

static void *poller(void *arg) {
  const char *cmd = arg;
  while (1) {
    if (check_mail(cmd) < 0)
      logmsg("mail: check failed\n");
    sleep(1);
  }
  return 0;
}

int main(int argc, char **argv) {
  pthread_t t;
  (void)argv;
  const char *cmd = argc > 1 ? "echo mail" : "echo mail; exec sleep 60";
  if (pthread_create(&t, NULL, poller, (void *)cmd) != 0)
    return 2;
  while (__atomic_load_n(&lines, __ATOMIC_SEQ_CST) < 1)
    usleep(1000);
  usleep(20 * 1000); // by now it waits
  pthread_cancel(t);
  pthread_join(t, NULL);
  kill(helper, SIGKILL); // a cancelled thread leaves it behind
  printf("begun %d, given back %d\n", begun, given_back);
  return begun != 1;
}
