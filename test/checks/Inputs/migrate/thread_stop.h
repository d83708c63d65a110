// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stands for the header of the runtime.
#ifndef THREAD_STOP_H
#define THREAD_STOP_H

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif
int thread_stop_create(pthread_t *thread, const pthread_attr_t *attr,
                       void *(*start)(void *), void *arg);
int thread_stop_request(pthread_t thread);
bool thread_stop_requested(void);
int thread_stop_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
ssize_t thread_stop_read(int fd, void *buffer, size_t size);
ssize_t thread_stop_write(int fd, const void *buffer, size_t size);
int thread_stop_accept(int fd, struct sockaddr *address, socklen_t *length);
int thread_stop_nanosleep(const struct timespec *duration,
                          struct timespec *remaining);
unsigned thread_stop_sleep(unsigned seconds);
int thread_stop_sem_wait(sem_t *semaphore);
int thread_stop_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
#ifdef __cplusplus
}
#endif

#endif
