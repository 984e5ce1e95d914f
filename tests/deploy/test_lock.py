"""deploy/requirements.lock: what the image installs, with its sums, is what pyproject.toml asks for."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Version by package; each must have a sum at least."""
    text = (ROOT / "deploy" / name).read_text("utf-8")
    found = PIN.findall(text)
    assert len(found) == len(re.findall(r"^\w", text, re.MULTILINE)), "a line that pins nothing"
    assert all(sums for _, _, sums in found)
    return {canonicalize_name(package): version for package, version, _ in found}


@pytest.mark.parametrize(
    ("lock", "asked"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements.lock", PROJECT["project"]["optional-dependencies"]["pdf"]),
        ("requirements.lock", PROJECT["project"]["optional-dependencies"]["dashboards"]),
        ("requirements-build.lock", PROJECT["build-system"]["requires"]),
    ],
)
def test_every_dependency_is_locked_within_its_range(lock: str, asked: list[str]) -> None:
    """Fails when pyproject.toml has changed: `./do lock`."""
    locked = pins(lock)

    wrong = []
    for requirement in map(Requirement, asked):
        version = locked.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            wrong.append(f"{requirement}: {version}")
    assert wrong == []


@pytest.mark.parametrize(
    ("extra", "file"),
    [
        ("dashboards", "liangqu/cli/dashboards.py"),
        ("dashboards", "liangqu/cli/words.toml"),
        ("pdf", "dashboards/reports/rendering/files/pdf.py"),
    ],
)
def test_a_missing_extra_names_the_package_to_install(extra: str, file: str) -> None:
    """liangqu itself is in no index, so `pip install 'liangqu[…]'` would find nothing or somebody else's."""
    text = (ROOT / file).read_text("utf-8")
    [package] = PROJECT["project"]["optional-dependencies"][extra]

    assert f"pip install {package}" in text or f"pip install '{package}'" in text
    assert "liangqu[" not in text


def test_the_image_installs_nothing_else() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")

    for command in re.findall(r"pip (install|wheel)([^&\n]*)", dockerfile):
        assert "--require-hashes" in command[1] or {"--no-index", "--no-deps"} <= set(command[1].split())
