"""The archive for machines without a network: installed with none, refused when altered."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.deploy.debian import Debian
from tests.deploy.test_lock import pins
from tests.support import scale
from tests.support.paths import ROOT
from tests.support.servers import wait_until

INSTALL = ROOT / "deploy" / "bundle-install.sh"
ASK_THE_DESK = "import urllib.request as u; u.urlopen('http://127.0.0.1:9465/login')"
MAIN = "def main():\n    print('liangqu 0.0.1')\n"


def wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """A small wheel; its line of a lock."""
    info = f"{name}-0.0.1.dist-info"
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0.1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={digest(text)},{len(text)}\n" for path, text in files.items())
    file = folder / f"{name}-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}).items():
            archive.writestr(path, text)
    return f"{name}==0.0.1 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """As make-bundle.sh lays it out, with two small packages."""
    folder = tmp_path / "liangqu-bundle"
    (folder / "wheels").mkdir(parents=True)
    shutil.copy(INSTALL, folder / "install.sh")
    script = {
        "lq.py": MAIN,
        "liangqu-0.0.1.dist-info/entry_points.txt": "[console_scripts]\nliangqu = lq:main\n",
    }
    (folder / "liangqu.lock").write_text(wheel(folder / "wheels", "liangqu", script), "utf-8")
    (folder / "requirements.lock").write_text(wheel(folder / "wheels", "other", {"other.py": ""}), "utf-8")
    sum_anew(folder)
    return folder


def sum_anew(folder: Path) -> None:
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != "SHA256SUMS")
    sums = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  ./{f.relative_to(folder)}\n" for f in files]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def install(bundle: Path, to: Path) -> subprocess.CompletedProcess[str]:
    """Where there is no network at all."""
    return subprocess.run(
        ["unshare", "--net", "sh", bundle / "install.sh", to], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(bundle)},
    )  # fmt: skip


@pytest.mark.server
class TestInstall:
    def test_without_a_network(self, bundle: Path, tmp_path: Path) -> None:
        done = install(bundle, tmp_path / "opt")

        assert (done.returncode, done.stdout) == (0, "liangqu 0.0.1\n"), done.stderr
        assert (tmp_path / "opt" / "lib" / "python3.11" / "site-packages" / "other.py").exists()

    def test_an_altered_file_is_named_and_nothing_is_installed(self, bundle: Path, tmp_path: Path) -> None:
        file = bundle / "wheels" / "other-0.0.1-py3-none-any.whl"
        file.write_bytes(file.read_bytes() + b"x")

        done = install(bundle, tmp_path / "opt")

        assert done.returncode == 1
        assert f"./wheels/{file.name}: FAILED" in done.stdout
        assert not (tmp_path / "opt").exists()

    def test_a_package_that_is_not_the_locks_is_not_installed(self, bundle: Path, tmp_path: Path) -> None:
        """Sums made anew by whoever has put it there; the lock's is another."""
        file = bundle / "wheels" / "other-0.0.1-py3-none-any.whl"
        file.write_bytes(file.read_bytes() + b"x")
        sum_anew(bundle)

        done = install(bundle, tmp_path / "opt")

        assert done.returncode == 1
        assert "DO NOT MATCH THE HASHES" in done.stderr


def test_the_scripts_install_nothing_without_its_sum() -> None:
    for name in ("make-bundle.sh", "bundle-install.sh"):
        text = (ROOT / "deploy" / name).read_text("utf-8").replace("\\\n", " ")
        for how, words in re.findall(r'pip" (install|wheel|download)([^&\n]*)', text):
            assert "--require-hashes" in words or {"--no-index", "--no-deps"} <= set(words.split()), (
                how,
                words,
            )


def test_outside_a_checkout_no_bundle_is_made(tmp_path: Path) -> None:
    """A copy of the files without git's: a bundle without documents and boards would be the result."""
    (tmp_path / "deploy").mkdir()
    script = shutil.copy(ROOT / "deploy" / "make-bundle.sh", tmp_path / "deploy")

    made = subprocess.run(["sh", script], capture_output=True, text=True, check=False)

    assert made.returncode == 1
    assert made.stderr.endswith("make-bundle: git does not list the files; it is made in a checkout\n")
    assert not (tmp_path / "dist").exists()


if scale.FULL:

    @pytest.mark.heavy
    @pytest.mark.timeout(1800)
    def test_the_whole_of_it_on_a_debian_without_a_network(tmp_path: Path) -> None:
        made = subprocess.run(["./do", "bundle"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        debian = Debian(tmp_path).install("sudo,systemd,systemd-sysv,python3-venv")
        try:
            shutil.rmtree(debian.root / "src")
            (debian.root / "src").mkdir()
            for name in ("liangqu-bundle.tar", "liangqu-bundle.tar.sha256"):
                shutil.copy(ROOT / "dist" / name, debian.root / "src")
            debian.boot()
            assert debian.run(
                "python3 -c \"import socket; socket.create_connection(('192.0.2.1', 9), 2)\""
            ).returncode
            debian.typed("sha256sum -c liangqu-bundle.tar.sha256")
            debian.typed("tar -xf liangqu-bundle.tar")
            assert "liangqu 0.1.0" in debian.typed("sudo sh liangqu-bundle/install.sh")
            debian.typed("liangqu check")
            debian.typed("/opt/liangqu/bin/pip check")
            debian.typed(
                "/opt/liangqu/bin/python -c 'import numpy, pandas, matplotlib.pyplot, msgspec, lxml, PIL'"
            )
            debian.typed(
                "test -s liangqu-bundle/dashboards/boards/zh/overview.json -a -s liangqu-bundle/docs/guide.md"
            )
            debian.typed("test -s liangqu-bundle/deploy/liangqu-desk.service")
            debian.typed("cd /tmp && (timeout 90 liangqu desk >desk.log 2>&1 &)")
            wait_until(lambda: debian.run(f'python3 -c "{ASK_THE_DESK}"').returncode == 0)
            debian.typed("sudo sh liangqu-bundle/install.sh")  # again, as for an upgrade
            names = debian.typed("ls liangqu-bundle/wheels").split()
        finally:
            debian.end()
        for architecture in ("x86_64", "aarch64"):
            held = {
                canonicalize_name(parse_wheel_filename(n)[0])
                for n in names
                if architecture in n or "-any" in n
            }
            assert pins("requirements.lock").keys() <= held, architecture
