"""The page on WCAG 2.2 has every criterion of levels A and AA, and the tests that it names exist."""

import re

from tests.support.paths import ROOT

PAGE = (ROOT / "liangqu/desk/wcag.md").read_text(encoding="utf-8")
CRITERIA = (  # by guideline; 4.1.1 is no more
    {"1.1": "1", "1.2": "1 2 3 4 5", "1.3": "1 2 3 4 5", "1.4": "1 2 3 4 5 10 11 12 13", "2.1": "1 2 4"}
    | {"2.2": "1 2", "2.3": "1", "2.4": "1 2 3 4 5 6 7 11", "2.5": "1 2 3 4 7 8", "3.1": "1 2"}
    | {"3.2": "1 2 3 4 6", "3.3": "1 2 3 4 7 8", "4.1": "2 3"}
)


def test_every_criterion_of_a_and_aa_is_gone_through() -> None:
    wanted = [
        f"{guideline}.{number}" for guideline, numbers in CRITERIA.items() for number in numbers.split()
    ]
    assert len(wanted) == 55
    assert re.findall(r"^\| ([\d.]+) \|", PAGE, re.MULTILINE) == wanted


def test_the_tests_that_it_names_exist() -> None:
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r"`(test_\w+)`", PAGE)) - there == set()
