// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

extern int use(const void *);

class Upload {
public:
    // Fires: a member.
    void run()
    {
        fd_ = -1;
        pthread_cleanup_push(closeFd, reinterpret_cast<void *>(static_cast<std::intptr_t>(fd_))); // expect: thread-stop-stale-cleanup-argument
        fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        use(&fd_);
        pthread_cleanup_pop(1);
    }

    // Silent: the object itself.
    void runAll()
    {
        pthread_cleanup_push(closeSelf, this);
        fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        use(this);
        pthread_cleanup_pop(1);
    }

private:
    static void closeFd(void *p) { ::close(static_cast<int>(reinterpret_cast<std::intptr_t>(p))); }
    static void closeSelf(void *p) { ::close(static_cast<Upload *>(p)->fd_); }
    int fd_ = -1;
};

void run_both(Upload &u)
{
    u.run();
    u.runAll();
}

// Fires: a lambda as handler.
void lambda()
{
    char *p = nullptr;
    pthread_cleanup_push([](void *q) { std::free(q); }, p); // expect: thread-stop-stale-cleanup-argument
    p = static_cast<char *>(std::malloc(10));
    use(p);
    pthread_cleanup_pop(1);
}

// Silent: a lambda that ignores it.
void ignoring()
{
    char *p = nullptr;
    pthread_cleanup_push([](void *) { use(nullptr); }, p);
    p = static_cast<char *>(std::malloc(10));
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: new after delete.
void renewed()
{
    int *p = new int(1);
    pthread_cleanup_push([](void *q) { delete static_cast<int *>(q); }, p); // expect: thread-stop-stale-cleanup-argument
    use(p);
    delete p;
    p = new int(2);
    use(p);
    pthread_cleanup_pop(1);
}

// Fires: a reference parameter is written by the callee.
static void make(char *&p) { p = strdup("x"); }
void by_reference()
{
    char *p = nullptr;
    pthread_cleanup_push(std::free, p); // expect: thread-stop-stale-cleanup-argument
    make(p);
    use(p);
    pthread_cleanup_pop(1);
}

// Silent: a captured variable is anybody's.
void captured()
{
    char *p = nullptr;
    auto set = [&] { p = strdup("x"); };
    set();
    pthread_cleanup_push(std::free, p);
    use(p);
    p = nullptr;
    pthread_cleanup_pop(1);
}

template <class T> void in_template()
{
    T *p = nullptr;
    pthread_cleanup_push(std::free, p); // expect: thread-stop-stale-cleanup-argument
    p = static_cast<T *>(std::malloc(sizeof(T)));
    use(p);
    pthread_cleanup_pop(1);
}
void instantiate() { in_template<int>(); }
