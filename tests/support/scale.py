"""Heavy proofs: a tenth in CI, in full with `./do prove`."""

import os

FULL = os.environ.get("LIANGQU_PROVE") == "full"


def scaled(full: int) -> int:
    """How much of a proof to run now: all of it, or a tenth, at least one."""
    return full if FULL else max(1, full // 10)
