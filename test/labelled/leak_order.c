// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first point is the first in the source, whichever way is taken.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static void *blink(void *arg)
{
    const int *on = arg;
    const int led = open("/sys/class/leds/0/brightness", O_WRONLY);

    if (led < 0)
        return NULL;
    if (*on)
        (void)write(led, "1\n", 2); // expect: thread-stop-leak-across-cancellation-point
    else
        (void)write(led, "0\n", 2);
    close(led);
    return NULL;
}

static void *wait_for(void *arg)
{
    const int *which = arg;
    const int fd = open("/dev/null", O_RDONLY);
    char c;

    if (fd < 0)
        return NULL;
    switch (*which) {
    case 0:
        sleep(1); // expect: thread-stop-leak-across-cancellation-point
        break;
    case 1:
        (void)read(fd, &c, 1);
        break;
    default:
        pause();
    }
    close(fd);
    return NULL;
}

int main(void)
{
    int on = 1;
    pthread_t a, b;

    if (pthread_create(&a, NULL, blink, &on) ||
        pthread_create(&b, NULL, wait_for, &on))
        return 1;
    pthread_cancel(a); // expect: thread-stop-pthread-cancel
    pthread_cancel(b); // expect: thread-stop-pthread-cancel
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
