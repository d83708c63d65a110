// RUN: %check_stock %s bugprone-suspicious-semicolon %t
// RUN: %check_stock %s bugprone-suspicious-semicolon %t -std=c99,gnu11
// RUN: %check_stock %s bugprone-suspicious-semicolon %t -std=gnu99-or-later

void loop(int n) {
  while (n > 0);
  // CHECK-MESSAGES: [[@LINE-1]]:16: warning: potentially unintended semicolon [bugprone-suspicious-semicolon]
  // CHECK-FIXES: {{^}}  while (n > 0){{$}}
    n--;
}
