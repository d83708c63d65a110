// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <utility>

// Silent: nobody instantiates it here.
template <class T> class NoCancel {
    int old_;
    T t_;

public:
    NoCancel() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_); }
    ~NoCancel() { pthread_setcancelstate(old_, nullptr); }
    T &get() { return t_; }
};

// Silent: out-of-class members.
template <class T> class Shield {
    int old_;

public:
    Shield();
    ~Shield();
};
template <class T> Shield<T>::Shield() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &this->old_); }
template <class T> Shield<T>::~Shield() { pthread_setcancelstate(this->old_, nullptr); }

// Silent: a policy guard, instantiated.
struct Off { static int value() { return PTHREAD_CANCEL_DISABLE; } };
template <class P> class Guard {
    int old_;

public:
    Guard() { pthread_setcancelstate(P::value(), &old_); }
    ~Guard() { pthread_setcancelstate(old_, nullptr); }
};
extern int work();
int a() { Guard<Off> g; return work(); }

// Silent: CRTP.
template <class D> struct Section {
    int run()
    {
        int old;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        int r = static_cast<D *>(this)->body();
        pthread_setcancelstate(old, nullptr);
        return r;
    }
};
struct Job : Section<Job> { int body() { return work(); } };
int b() { return Job().run(); }

// Silent: generic lambda with forwarding.
auto guarded = [](auto &&f) {
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    struct R { int o; ~R() { pthread_setcancelstate(o, nullptr); } } r{old};
    return std::forward<decltype(f)>(f)();
};
int c() { return guarded(work); }

// Fires: leak in the template member.
template <class D> struct Section2 {
    int run()
    {
        int old;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); // expect: thread-stop-cancel-state-not-restored
        int r = static_cast<D *>(this)->body();
        if (r < 0)
            return r;
        pthread_setcancelstate(old, nullptr);
        return r;
    }
};
struct Job2 : Section2<Job2> { int body() { return work(); } };
struct Job3 : Section2<Job3> { int body() { return work() + 1; } };
int d() { return Job2().run() + Job3().run(); }
