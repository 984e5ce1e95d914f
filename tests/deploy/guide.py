"""The guide's commands in their order, and where each is typed as printed; if nowhere, why not."""

import re
import textwrap

from tests.support.paths import ROOT

_TEXT = (ROOT / "docs" / "guide.md").read_text("utf-8")
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# On a Debian without containers: how `liangqu` is called there, and where its servers' files lie.
_DEBIAN = re.compile(
    r"sudo (liangqu|LIANGQU_|systemctl|cp deploy/mosquitto|install -(o mosquitto|m 600 -o)"
    r"|sh deploy/(influxdb1-accounts|make-service-certificate))"
)
ON_DEBIAN = (5, 6, 9, 11)
"""The chapters with such lines."""
CLUSTER = 12
"""For whom a cluster and a registry of images are there: CI builds what is applied; nothing is typed."""


def chapters() -> dict[int, list[str]]:
    """The lines of each chapter's blocks of commands; one that goes on in the next line is one."""
    found = re.findall(r"^## (\d+)\. .*?\n(.*?)(?=^## |\Z)", _TEXT, re.DOTALL | re.MULTILINE)
    return {
        int(number): [
            line
            for _, block in _BLOCK.findall(text)
            for line in re.sub(r" *\\\n *", " ", textwrap.dedent(block)).splitlines()
        ]
        for number, text in found
    }


def typed_on_debian(chapter: int) -> list[str]:
    """What the machine of test_debian.py is given; of chapter 9 everything."""
    return [line for line in chapters()[chapter] if chapter == 9 or _DEBIAN.match(line)]


def typed_with_containers() -> dict[int, list[str]]:
    """What podman/test_guide.py types, by chapter."""
    return {
        chapter: rest
        for chapter, lines in chapters().items()
        if chapter not in {9, CLUSTER} and (rest := [line for line in lines if not _DEBIAN.match(line)])
    }
