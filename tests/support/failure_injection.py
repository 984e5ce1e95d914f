"""liangqu with a mistake in it: `python -m tests.support.failure_injection WHERE TIMES run -c FILE`.

The function `package.module:Class.name` raises the first TIMES times that it is called, and then works; the
program knows nothing of it.
"""

import importlib
import sys
from itertools import count
from typing import Any


class MistakeError(Exception):
    """None that the program could expect."""


def arrange(where: str, times: int) -> None:
    """Wrap the function."""
    module_name, _, path = where.partition(":")
    owner: Any = importlib.import_module(module_name)
    *owners, name = path.split(".")
    for part in owners:
        owner = getattr(owner, part)
    original, calls = getattr(owner, name), count(1)

    def wrapper(*arguments: Any, **options: Any) -> Any:
        if next(calls) <= times:
            raise MistakeError(f"in {name}, see http://u:geheim@example.org/geheim")
        return original(*arguments, **options)

    setattr(owner, name, wrapper)


if __name__ == "__main__":
    arrange(sys.argv.pop(1), int(sys.argv.pop(1)))
    from liangqu.__main__ import main

    sys.argv[0] = "liangqu"
    main()
