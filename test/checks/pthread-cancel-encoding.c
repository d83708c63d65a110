// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are empty, not UTF-8, without a last newline, or with other line
// ends; all checks at once, and the fixes as well.
// RUN: %python -c "import sys; open(sys.argv[1], 'wb').write(b'')" %t.empty.c
// RUN: %clang_tidy %t.empty.c -load=%plugin -checks=-*,thread-stop-* -config={} -- 2>&1 | FileCheck %s -check-prefix=NONE -allow-empty -implicit-check-not="{{warning|error}}:"
// RUN: %python -c "import sys; open(sys.argv[1], 'wb').write(b'\n// \xe9\n')" %t.comment.c
// RUN: %clang_tidy %t.comment.c -load=%plugin -checks=-*,thread-stop-* -config={} -- 2>&1 | FileCheck %s -check-prefix=NONE -allow-empty -implicit-check-not="{{^[^ ]+:[0-9]+:[0-9]+: warning: .*thread-stop-}}"
// RUN: %python -c "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read().replace(b'~', b'\xe9\xff'))" %s %t.latin1.c
// RUN: %clang_tidy %t.latin1.c -load=%plugin -checks=-*,thread-stop-* -config={} -- 2>&1 | FileCheck %s -implicit-check-not="{{^[^ ]+:[0-9]+:[0-9]+: warning: .*thread-stop-}}"
// RUN: %python -c "import sys; open(sys.argv[2], 'wb').write(b'\xef\xbb\xbf' + open(sys.argv[1], 'rb').read().rstrip())" %s %t.bom.c
// RUN: %clang_tidy %t.bom.c -load=%plugin -checks=-*,thread-stop-* -config={} -- 2>&1 | FileCheck %s -implicit-check-not="{{^[^ ]+:[0-9]+:[0-9]+: warning: .*thread-stop-}}"
// RUN: %python -c "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read().replace(b'\n', b'\r\n'))" %s %t.crlf.c
// RUN: %clang_tidy %t.crlf.c -load=%plugin -checks=-*,thread-stop-* -config={} -- 2>&1 | FileCheck %s -implicit-check-not="{{^[^ ]+:[0-9]+:[0-9]+: warning: .*thread-stop-}}"
// RUN: %clang_tidy %t.latin1.c -load=%plugin -checks=-*,thread-stop-* -config={} -fix -- > %t.log 2>&1
// RUN: %python -c "import sys; sys.exit(b'/* \xe9\xff */ setcancelstate_follows' not in open(sys.argv[1], 'rb').read() or b'pthread_setcancelstate(kept, 0)' not in open(sys.argv[1], 'rb').read())" %t.latin1.c
// NONE-NOT: {{^.+:[0-9]+: warning}}

#include <pthread.h>

#define setcancelstate_follows
void work(void);

// ---- fires ----

// CHECK: :[[@LINE+2]]:{{[0-9]+}}: warning: 'pthread_cancel' stops a thread by force: what it holds is lost [thread-stop-pthread-cancel]
void stop(pthread_t t) {
  /* ~ */ pthread_cancel(t); /* ~ */
}

void section(void) {
  int kept;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &kept); /* ~ */
  work();
  // CHECK: :[[@LINE+1]]:{{[0-9]+}}: warning: cancellation is enabled outright, not restored: a caller that disabled it loses that [thread-stop-cancel-state-not-restored]
  /* ~ */ setcancelstate_follows pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
}

// ---- stays silent (a reason per case) ----

// A name in a comment or a string: ~ pthread_cancel(t);
const char *text = "~ pthread_cancel(t); pthread_cleanup_push(f, p);";
