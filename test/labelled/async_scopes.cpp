// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <string>
#include <vector>

namespace {

class AsyncScope {
public:
    AsyncScope() { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_); }
    ~AsyncScope() { pthread_setcanceltype(old_, nullptr); }

private:
    int old_;
};

template <typename T> struct Matrix {
    std::array<T, 16> v{};
    T &at(int r, int c) { return v[static_cast<std::size_t>(r * 4 + c)]; }
    Matrix operator*(const Matrix &o) const
    {
        Matrix r;
        for (std::size_t i = 0; i < 16; ++i)
            r.v[i] = v[i] * o.v[i];
        return r;
    }
};

struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };

// Silent: inline arithmetic of a class template.
double power(Matrix<double> m, int n)
{
    AsyncScope scope;
    Matrix<double> r = m;
    for (int i = 0; i < n; ++i)
        r = r * m;
    return r.at(0, 0);
}

// Fires: push_back allocates.
void primes(std::vector<int> &out, int n)
{
    AsyncScope scope;
    for (int i = 2; i < n; ++i)
        if (i % 2)
            out.push_back(i); // expect: thread-stop-async-cancel-unsafe-call
}

// Silent: algorithms that only move values, and atomics.
int reduce(std::array<int, 8> &a, std::atomic<int> &n)
{
    AsyncScope scope;
    int best = std::max(a[0], a[1]);
    std::swap(a[2], a[3]);
    n.fetch_add(best, std::memory_order_relaxed);
    return std::abs(best);
}

// Fires: a virtual function may do anything.
double areas(const Shape &s)
{
    AsyncScope scope;
    return s.area(); // expect: thread-stop-async-cancel-unsafe-call
}

// Fires: new allocates.
int *make(int n)
{
    AsyncScope scope;
    return new int(n); // expect: thread-stop-async-cancel-unsafe-call
}

// Silent: the scope has ended when the string is made.
std::string text(double x)
{
    {
        AsyncScope scope;
        x = std::floor(x) + std::sqrt(x);
    }
    return std::to_string(x);
}

} // namespace

double all(std::vector<int> &v, std::array<int, 8> &a, std::atomic<int> &n, const Shape &s)
{
    primes(v, 100);
    std::unique_ptr<int> p(make(reduce(a, n)));
    return power({}, 4) + areas(s) + static_cast<double>(text(2).size());
}
