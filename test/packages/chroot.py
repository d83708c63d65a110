# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A Debian, or Ubuntu, with nothing in it, in a folder: made by debootstrap from
where this machine has its packages from.

Each command in it has mounts and processes of its own, which the kernel takes
away when it ends: nothing is left behind, however a test ends.
"""

import os
import pathlib
import re
import shutil
import subprocess

from packages_env import run

PRIVATE = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork",
           "--kill-child")
# $0 the folder, $1 that of apt's downloads, and the command.
ENTER = """\
root=$0 cache=$1
shift
mount -t proc proc "$root/proc"
mount --bind "$cache" "$root/var/cache/thread-stop-test"
exec chroot "$root" "$@"
"""


def why_not():
    """Why there can be none here, or nothing."""
    if os.getuid() != 0:
        return "only root can make a chroot"
    for program in ("debootstrap", "apt-get", "unshare", "chroot"):
        if not shutil.which(program):
            return "there is no " + program
    if run(*PRIVATE, "true", check=False)[0]:
        return "unshare may not mount here"
    return "" if _mirror() else "apt has no source for " + _codename()


def _codename():
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?([^"\n]*)', release, re.M)
    return found.group(1) if found else "this system"


def _mirror():
    """(address, components, keys) of apt's source for this release."""
    text = run("apt-get", "indextargets", "--format",
               "$(SITE)|$(CODENAME)|$(COMPONENT)|$(SIGNED_BY)",
               "Created-By: Packages")
    rows = [row for row in (line.split("|") for line in text.splitlines())
            if row[1] == _codename() and row[0].startswith(("http", "file"))]
    if not rows:
        return None
    site, _, _, keys = rows[0]
    return site, {r[2] for r in rows if r[0] == site}, keys


def _environment():
    """apt's proxies, for debootstrap; and no language to install."""
    result = dict(os.environ, LC_ALL="C.UTF-8", DEBIAN_FRONTEND="noninteractive",
                  HOME="/work", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    result.pop("LANGUAGE", None)
    for scheme in ("http", "https"):
        proxy = run("apt-config", "shell", "P",
                    "Acquire::%s::Proxy" % scheme).strip()
        if proxy:
            result.setdefault(scheme + "_proxy", proxy[2:].strip("'"))
    return result


class Chroot:
    def __init__(self, folder):
        self.root = folder / "root"
        self.cache = folder / "downloads"
        self.environment = _environment()

    def make(self):
        self.remove()
        for part in ("debootstrap", "apt/partial"):
            (self.cache / part).mkdir(parents=True, exist_ok=True)
        site, components, keys = _mirror()
        options = ["--variant=minbase", "--components=" + ",".join(components),
                   "--cache-dir=%s" % (self.cache / "debootstrap")]
        if keys.startswith("/"):
            options.append("--keyring=" + keys)
        run(*PRIVATE, "debootstrap", *options, _codename(), self.root, site,
            env=self.environment)
        self._configure()

    def _configure(self):
        """apt as here: sources, keys, proxies."""
        shutil.rmtree(self.root / "etc/apt")
        shutil.copytree("/etc/apt", self.root / "etc/apt", symlinks=True)
        names = [p for folder in ("usr/share/keyrings", "etc/ssl/certs")
                 for p in pathlib.Path("/", folder).glob("*")]
        for path in [*names, pathlib.Path("/etc/resolv.conf"),
                     pathlib.Path("/etc/hosts")]:
            copy = self.root / path.relative_to("/")
            if path.is_file() and (not copy.exists() or "etc" in path.parts[:2]):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
        for folder in ("work", "var/cache/thread-stop-test"):
            (self.root / folder).mkdir(parents=True)
        # Nobody needs this system after a power cut.
        (self.root / "etc/dpkg/dpkg.cfg.d/test").write_text("force-unsafe-io\n")
        # An unreachable source need not matter: what is missing will be told.
        self.apt("update", check=False)

    def run(self, *command, **more):
        return run(*PRIVATE, "sh", "-ec", ENTER, self.root, self.cache / "apt",
                   "env", "-C", "/work", *command, env=self.environment, **more)

    def apt(self, *arguments, **more):
        return self.run(
            "apt-get", "-qq", "-y", "-o", "APT::Sandbox::User=root",
            "-o", "Dir::Cache::archives=/var/cache/thread-stop-test",
            "-o", "APT::Keep-Downloaded-Packages=true",
            "-o", "APT::Install-Recommends=false", *arguments, **more)

    def files(self):
        """All there is, folders too, as usr/bin/x."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            for name in folders + names:
                found.add(os.path.relpath(os.path.join(folder, name), self.root))
        return found

    def remove(self):
        subprocess.run(["rm", "-rf", "--one-file-system", str(self.root)],
                       check=True)
