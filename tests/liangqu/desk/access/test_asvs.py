"""The page on ASVS 5.0.0 has every requirement of level 1, and the tests that it names exist."""

import re
from pathlib import Path

from tests.support.paths import ROOT

PAGE = (ROOT / "liangqu/desk/access/asvs.md").read_text(encoding="utf-8")
LEVEL_1 = (  # by section: how many requirements of level 1 stand in it, with their numbers
    {"1.2": "1 2 3 4 5", "1.3": "1 2", "1.5": "1", "2.1": "1", "2.2": "1 2", "2.3": "1", "3.2": "1 2"}
    | {"3.3": "1", "3.4": "1 2", "3.5": "1 2 3", "4.1": "1", "4.4": "1", "5.2": "1 2", "5.3": "1 2"}
    | {"6.1": "1", "6.2": "1 2 3 4 5 6 7 8", "6.3": "1 2", "6.4": "1 2", "7.2": "1 2 3 4", "7.4": "1 2"}
    | {"8.1": "1", "8.2": "1 2", "8.3": "1", "9.1": "1 2 3", "9.2": "1", "10.4": "1 2 3 4 5", "11.3": "1 2"}
    | {"11.4": "1", "12.1": "1", "12.2": "1 2", "13.4": "1", "14.2": "1", "14.3": "1", "15.1": "1"}
    | {"15.2": "1", "15.3": "1"}
)


def test_every_requirement_of_level_1_is_gone_through() -> None:
    wanted = [f"{section}.{number}" for section, numbers in LEVEL_1.items() for number in numbers.split()]
    assert len(wanted) == 70  # as the standard's own CSV of 5.0.0 counts them
    assert re.findall(r"^\| ([\d.]+) \|", PAGE, re.MULTILINE) == wanted


def test_the_tests_that_it_names_exist() -> None:
    there = {
        name
        for file in Path(ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r"`(test_\w+)`", PAGE)) - there == set()
