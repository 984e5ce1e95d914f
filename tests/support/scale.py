"""Heavy proofs: a tenth in CI, in full with `./do prove`; and whose processes have coverage."""

import os
from collections.abc import Iterable

FULL = os.environ.get("LIANGQU_PROVE") == "full"


def scaled(full: int) -> int:
    """How much of a proof to run now: all of it, or a tenth, at least one."""
    return full if FULL else max(1, full // 10)


WHOLE_FILES = ("tests/end_to_end/", "tests/deploy/")
"""Where the tests of a file start the same programs, again and again."""


def with_covered_processes(tests: Iterable[str]) -> set[str]:
    """Of these tests, by id: those whose processes have coverage, which costs a short process a fifth.

    The first row of each table, and the first test of each file of `WHOLE_FILES`.
    """
    first = dict[str, str]()
    for test in tests:
        first.setdefault(test.partition("::" if test.startswith(WHOLE_FILES) else "[")[0], test)
    return set(first.values())
