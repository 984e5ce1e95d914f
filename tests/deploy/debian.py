"""A Debian 12 of its own in a folder, booted with its systemd: for what the guide lets people type there."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.support.paths import ROOT
from tests.support.servers import PATIENCE

MIRROR = "http://deb.debian.org/debian"
PACKAGES = "ca-certificates,sudo,systemd,systemd-sysv,python3"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HIERARCHIES = "systemd unified pids memory cpu devices"
# pivot_root: in a chroot nobody may make a user namespace (PrivateUsers). Shared mounts: systemd hands out
# credentials by one.
BOOT = """
root=$1
for each in $2; do
    [ -d /sys/fs/cgroup/$each ] || continue
    mkdir -p /sys/fs/cgroup/$each/$3
    echo $$ >/sys/fs/cgroup/$each/$3/cgroup.procs
done
exec unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child sh -eu -c '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t tmpfs tmpfs sys/fs/cgroup
    for each in $2; do
        [ -d /sys/fs/cgroup/$each ] || continue
        mkdir -p sys/fs/cgroup/$each
        case $each in
        systemd) mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd ;;
        unified) mount -t cgroup2 cgroup2 sys/fs/cgroup/unified ;;
        *) mount -t cgroup -o $each cgroup sys/fs/cgroup/$each ;;
        esac
    done
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    mount -t tmpfs -o mode=755 tmpfs dev
    for each in null zero full random urandom tty; do touch dev/$each; mount --bind /dev/$each dev/$each; done
    mkdir dev/pts dev/shm before
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    pivot_root . before
    umount -l /before
    rmdir /before
    cd /
    mount --make-rshared /
    exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
' sh "$root" "$2"
"""

CHANGE_ROOT = """
root=$1
shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
exec chroot "$root" "$@"
"""


class Debian:
    """One machine: `install`, then `boot`; nothing of it is left after `end` but its folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._group = f"liangqu-{os.getpid()}-{folder.name}"
        self._machine: subprocess.Popen[bytes] | None = None
        self._init = 0

    def install(self, packages: str = PACKAGES, suite: str = "bookworm") -> Self:
        """A minimal Debian, the checkout in /src, and the authorities that this machine trusts."""
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={packages}", suite, self.root, MIRROR],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                target = self.root / "src" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target)
        shutil.copy(CERTIFICATES, self.root / CERTIFICATES.relative_to("/"))
        shutil.copy("/etc/resolv.conf", self.root / "etc" / "resolv.conf")
        (self.root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {os.uname().nodename}\n", "utf-8")
        return self

    def boot(self) -> None:
        """Start its systemd, and return when it has started what it starts."""
        self._machine = subprocess.Popen(
            ["sh", "-eu", "-c", BOOT, "sh", str(self.root), HIERARCHIES, self._group],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        children = Path(f"/proc/{self._machine.pid}/task/{self._machine.pid}/children")
        deadline = time.monotonic() + 2 * PATIENCE
        while True:
            assert self._machine.poll() is None, "it did not start"
            assert time.monotonic() < deadline, "it has not started"
            pids = children.read_text("ascii").split()
            if pids and Path(f"/proc/{pids[0]}/comm").read_text("utf-8") == "systemd\n":
                self._init = int(pids[0])
                state = self.run("systemctl is-system-running --wait")
                if state.stdout.strip() in {"running", "degraded"}:
                    return
            time.sleep(0.2)

    def run_unbooted(self, line: str) -> subprocess.CompletedProcess[str]:
        """A line typed in /src as root, with this machine's network, and nothing else running there."""
        home = ["env", "-i", "PATH=/usr/bin:/usr/sbin:/bin:/sbin", "HOME=/root", "LANG=C.UTF-8"]
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", CHANGE_ROOT, "sh",
             self.root, *home, f"PIP_CERT={CERTIFICATES}", "sh", "-euc", f"cd /src; {line}"],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, line: str, *, online: bool = False) -> subprocess.CompletedProcess[str]:
        """A line typed in /src as root; `online`: with this machine's network, for packages."""
        network = [] if online else ["--net"]
        enter = [
            "nsenter",
            f"--target={self._init}",
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            *network,
            "--cgroup",
        ]
        home = [
            "env",
            "-i",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
        ]
        certificates = [f"PIP_CERT={CERTIFICATES}"] if online else []
        return subprocess.run(
            [*enter, "--root", "--wdns=/src", *home, *certificates, "LANG=C.UTF-8", "sh", "-c", line],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def typed(self, line: str, *, online: bool = False) -> str:
        """What a line says that must succeed."""
        done = self.run(line, online=online)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}{self._journal()}"
        return done.stdout + done.stderr

    def _journal(self) -> str:
        return self.run("journalctl --no-pager -p warning -n 20").stdout

    def end(self) -> None:
        """Power off."""
        if self._machine and self._machine.poll() is None:
            os.kill(
                self._machine.pid, signal.SIGKILL
            )  # its child dies with it, and with that all of its processes
            self._machine.wait()
