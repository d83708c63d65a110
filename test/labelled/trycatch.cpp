// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

struct IoError : std::runtime_error { using std::runtime_error::runtime_error; };
extern void write_all(int, const std::string &);

// Silent: the exception thrown here is caught here, and both ways restore.
int a(int fd)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    try {
        if (fsync(fd) < 0)
            throw std::runtime_error("fsync");
        pthread_setcancelstate(old, nullptr);
    } catch (const std::exception &) {
        pthread_setcancelstate(old, nullptr);
        return -1;
    }
    return 0;
}

// Silent: restore behind the handlers.
int b(int fd, const std::string &s)
{
    int old, rc = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    try {
        write_all(fd, s);
        if (fd == 3)
            throw IoError("x");
    } catch (const IoError &) {
        rc = -1;
    } catch (const std::exception &) {
        rc = -2;
    }
    pthread_setcancelstate(old, nullptr);
    return rc;
}

// Silent: catch all, restore, rethrow.
int c(int fd, const std::string &s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    try {
        write_all(fd, s);
    } catch (...) {
        pthread_setcancelstate(old, nullptr);
        throw;
    }
    pthread_setcancelstate(old, nullptr);
    return 0;
}

// Fires: the throw leaves the function with cancellation disabled.
int d(int fd)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    if (fsync(fd) < 0)
        throw std::runtime_error("fsync");
    pthread_setcancelstate(old, nullptr);
    return 0;
}

// Silent: any call may throw, but that is not certain.
int e(int fd, const std::string &s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    write_all(fd, s);
    pthread_setcancelstate(old, nullptr);
    return 0;
}

// Fires: the handler returns without restoring.
int f(int fd, const std::string &s)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
    try {
        write_all(fd, s);
    } catch (const std::exception &) {
        return -1;
    }
    pthread_setcancelstate(old, nullptr);
    return 0;
}
