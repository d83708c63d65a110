#!/bin/sh
# Chooses an LLVM and installs what building or testing with it needs.
#
#   setup.sh select [LLVM]   print the major version to use
#   setup.sh build [LLVM]    install what make build and make lint need
#   setup.sh test [LLVM]     ... what make test needs
#   setup.sh package [LLVM]  ... what make package needs
#   setup.sh model           ... what make model needs
#   setup.sh bench           ... what make bench needs beside make build
#   setup.sh format          ... what make format needs
#   setup.sh images          ... what make images needs beside make build
#
# Without LLVM: the newest that is installed, else the newest that can be.
# Packages come from apt-get (Debian, Ubuntu); elsewhere the script only checks
# that the programs are there.
set -eu

MIN=14
MAX=22

fail() {
  echo "setup.sh: error: $*" >&2
  exit 1
}

have_apt() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

is_installed() {
  dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null |
    grep -qx installed
}

is_installable() {
  apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "'$*' needs root, and there is no sudo: let root run 'make build'" \
      "here once, which installs what is needed"
  fi
}

update_lists() {
  [ -z "${lists_updated-}" ] || return 0
  lists_updated=1
  # One unreachable source of many must not stop us: what matters is whether
  # the packages can be found afterwards.
  as_root apt-get update -qq >&2 ||
    echo "setup.sh: warning: apt-get update reported errors" >&2
}

# A complete LLVM, as make build leaves it.
is_usable() {
  [ -e "/usr/lib/llvm-$1/lib/cmake/clang/ClangConfig.cmake" ] &&
    [ -e "/usr/lib/llvm-$1/include/clang-tidy/ClangTidyCheck.h" ] &&
    command -v "clang-tidy-$1" >/dev/null && command -v "clang++-$1" >/dev/null
}

check_major() {
  case $1 in
  *[!0-9]*) fail "LLVM=$1 is not a number" ;;
  esac
  [ "$1" -ge $MIN ] && [ "$1" -le $MAX ] ||
    fail "LLVM $1 is not supported, only $MIN to $MAX"
}

select_llvm() {
  if [ -n "${1-}" ]; then
    check_major "$1"
    echo "$1"
    return
  fi
  for test in is_usable is_candidate; do
    if [ $test = is_candidate ]; then
      have_apt || break
      update_lists
    fi
    major=$MAX
    while [ "$major" -ge $MIN ]; do
      if $test "$major"; then
        echo "$major"
        return
      fi
      major=$((major - 1))
    done
  done
  fail "no LLVM from $MIN to $MAX is installed or can be installed" \
    "(looked for clang-tidy-<major> and libclang-<major>-dev)"
}

is_candidate() {
  is_installable "clang-tidy-$1" && is_installable "libclang-$1-dev"
}

build_packages() {
  echo "cmake ninja-build python3 clang-$1 clang-tidy-$1 libclang-$1-dev" \
    "llvm-$1-dev libsqlite3-dev"
}

# dpkg-dev has dpkg-shlibdeps, which asks file.
package_packages() {
  build_packages "$1"
  echo "dpkg-dev file"
}

# llvm-N-tools has lit and FileCheck, libclang-rt-N-dev the sanitizers.
test_packages() {
  build_packages "$1"
  echo "llvm-$1-tools libclang-rt-$1-dev libgtest-dev binutils diffutils gcc" \
    "git glibc-source musl-dev musl-tools g++ spin libbenchmark-dev pkg-config" \
    "neovim tmux"
}

install() {
  missing=
  for package; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  update_lists
  for package in $missing; do
    is_installable "$package" ||
      fail "package $package is needed, but apt has no such package"
  done
  echo "setup.sh: installing$missing" >&2
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $missing >&2 ||
    fail "apt-get could not install$missing"
}

# What some tests need, and skip without: Ubuntu has no such package of
# chromium, and nodejs from elsewhere brings an npm of its own.
test_extras() {
  command -v npm >/dev/null || echo "npm"
  for package in pre-commit python3-yaml chromium fonts-dejavu-core tmux meson \
    bazel-bootstrap bazel-rules-java nginx-light debootstrap lintian dpkg-dev file; do
    ! is_installable "$package" || echo "$package"
  done
}

check_programs() {
  for program; do
    command -v "$program" >/dev/null ||
      fail "$program is needed, and there is no apt-get to install it with"
  done
}

command=${1-}
case $command in
select)
  select_llvm "${2-}"
  ;;
build | test | package)
  llvm=$(select_llvm "${2-}")
  if have_apt; then
    # shellcheck disable=SC2046
    install $("${command}_packages" "$llvm")
    # shellcheck disable=SC2046
    [ "$command" != test ] || install $(test_extras)
  else
    check_programs cmake ninja python3 "clang++-$llvm" "clang-tidy-$llvm"
  fi
  is_usable "$llvm" || fail "LLVM $llvm is not usable: no clang-tidy headers," \
    "or no CMake files, under /usr/lib/llvm-$llvm"
  ;;
model)
  if have_apt; then
    install spin gcc libc6-dev python3
  else
    check_programs spin gcc python3
  fi
  ;;
bench)
  if have_apt; then
    install cmake make g++ libbenchmark-dev python3
  else
    check_programs cmake g++ python3
  fi
  ;;
images)
  if have_apt; then
    install tmux aha chromium fonts-dejavu-core git
  else
    check_programs tmux aha chromium git
  fi
  ;;
format)
  if have_apt; then
    install clang-format
  else
    check_programs clang-format
  fi
  ;;
*)
  fail "usage: setup.sh select|build|test|package [LLVM], or setup.sh model|bench|format|images"
  ;;
esac
