// What check_tidy.py accepts, and that the lines may be two digits long.
// RUN: %check_stock %s modernize-use-nullptr %t
// RUN: %check_stock %s modernize-use-nullptr %t -std=c++14-or-later

void take(int *);

void call() {
  take(0);
  // CHECK-NOTES: [[@LINE-1]]:8: warning: use nullptr [modernize-use-nullptr]
  // CHECK-FIXES: {{^}}  take(nullptr);{{$}}
}

void silenced() {
  take(0); // NOLINT(modernize-use-nullptr)
  // NOLINTNEXTLINE
  take(0);
}
