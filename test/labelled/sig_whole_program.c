// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A whole program: where main is and no handler, there is none.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

static void *accept_clients(void *arg)
{
    for (;;)
        if (accept(*(int *)arg, NULL, NULL) < 0 && errno == EINTR) return arg;
}

int main(void)
{
    pthread_t acceptor;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (pthread_create(&acceptor, NULL, accept_clients, &listener) != 0) return 1;
    pthread_kill(acceptor, SIGTERM); // expect: thread-stop-process-killing-signal
    return pthread_join(acceptor, NULL);
}
